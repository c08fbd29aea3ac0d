import { describe, expect, it } from 'vitest';
import { fromBfloat16, fromFloat16 } from '../../src/tensor/float16.ts';
import { Arena, lengths, memory, twins } from '../support/kernel-arena.ts';

const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);
const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
/** Neighbours differ in kind: normal beside subnormal, infinite, NaN and zero. */
const mixed = Uint16Array.from({ length: 65536 }, (_, i) => (i * 40503) & 0xffff);

describe.each(twins)('widening, $name', ({ kernels }) => {
  const formats = [
    ['float16', kernels.widenFloat16, fromFloat16],
    ['bfloat16', kernels.widenBfloat16, fromBfloat16],
  ] as const;

  describe.each(formats)('%s', (_, widen, oracle) => {
    it.each([
      ['in order', all],
      ['mixed', mixed],
      ['normal alone', all.subarray(0x3c00, 0x4800)],
    ])('gives the bits of every number, %s', (_, halves) => {
      const arena = new Arena();
      const [x, y] = [arena.reserve(halves.length / 2), arena.reserve(halves.length)];
      new Uint16Array(memory.buffer, x, halves.length).set(halves);
      widen(x, y, halves.length);
      expect(bits(arena.get(y, halves.length))).toEqual(bits(oracle(halves)));
    });

    it('widens any number of numbers out of the end of their own room', () => {
      for (const n of [...lengths, 1001]) {
        const arena = new Arena();
        const y = arena.reserve(n);
        const halves = mixed.subarray(n, 2 * n);
        new Uint16Array(memory.buffer, y + 2 * n, n).set(halves);
        widen(y + 2 * n, y, n);
        expect(bits(arena.get(y, n)), `${n}`).toEqual(bits(oracle(halves)));
      }
    });
  });
});
