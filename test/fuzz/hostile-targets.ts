/** Readers that fail in every way, to see the fuzzer notice. */

import fc from 'fast-check';
import type { Target } from '../../scripts/fuzz/targets.ts';
import { ArgumentError } from '../../src/tensor/errors.ts';

const cases = fc.uint8Array({ minLength: 4, maxLength: 4 });
let kept: Uint8Array[] = [];

const target = (name: string, run: Target['run']): Target => ({ name, cases, run });

export const targets: readonly Target[] = [
  target('loads', async () => {}),
  target('refuses', async () => {
    throw new ArgumentError('test', 'no');
  }),
  target('throws', async () => {
    throw new TypeError('undefined is not a function');
  }),
  target('is slow', async () => {
    const start = process.cpuUsage();
    for (let used = 0; used < 0.3e6; ) {
      const { user, system } = process.cpuUsage(start);
      used = user + system;
    }
  }),
  target('hangs', async () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // as a loop without end, without heating the machine
  }),
  target('waits for ever', () => new Promise(() => {})),
  target('dies', async () => process.exit(3)),
  target('grows', async () => {
    kept = Array.from({ length: 30 }, () => new Uint8Array(20e6).fill(1));
  }),
  target('loads again', async () => {
    if (kept.length > 0) throw new Error('the process that grew went on');
  }),
];
