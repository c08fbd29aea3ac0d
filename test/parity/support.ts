import { join } from 'node:path';
import type { Comparison } from '../../src/parity/compare.ts';

export const goldens: string = join(import.meta.dirname, '../fixtures/goldens');

/** Every device that runs in Node. */
export const nodeDevices: readonly string[] = ['simd', 'gpu:cpu', 'gpu:webasm'];

/** What did not pass, readable in a test's message. */
export function failures(comparisons: readonly Comparison[], label = ''): string[] {
  return comparisons
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ tensor, verdict, reason, maxAbsolute, allowed }) => {
      const why = reason ?? `${maxAbsolute} > ${allowed}`;
      return `${label} ${tensor} ${verdict}: ${why}`.trim();
    });
}
