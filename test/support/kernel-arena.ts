import { expect } from 'vitest';
import { type Kernels, loadKernels } from '../../src/tensor/devices/simd/kernels.ts';

export const memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 512 });
export const BASE = 4096;
const SENTINEL = 12345;

/** A bump allocator whose results are multiples of 4 but never of 8, with a guard number behind each array. */
export class Arena {
  #next = BASE + 4;

  reserve(length: number): number {
    const at = this.room(length);
    new Float32Array(memory.buffer, at, length).fill(SENTINEL);
    return at;
  }

  /** What a kernel needs while it runs, often much: whatever it holds. */
  room(length: number): number {
    const at = this.#next;
    this.#next += (length + 1) * 4;
    if (this.#next % 8 === 0) this.#next += 4;
    new Float32Array(memory.buffer, at + length * 4, 1).fill(SENTINEL);
    return at;
  }

  /** Checks that nothing was written behind an array. */
  check(at: number, length: number): void {
    expect(new Float32Array(memory.buffer, at + length * 4, 1)[0]).toBe(SENTINEL);
  }

  put(values: ArrayLike<number>): number {
    const at = this.reserve(values.length);
    new Float32Array(memory.buffer, at, values.length).set(values);
    return at;
  }

  /** Reads an array and checks that nothing was written behind it. */
  get(at: number, length: number): Float32Array {
    this.check(at, length);
    return new Float32Array(memory.buffer, at, length).slice();
  }
}

export function randomNumbers(length: number, seed: number, scale = 1): Float32Array {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * scale;
  });
}

export const f32: (x: number) => number = Math.fround;

/** |actual - expected| <= relative * |expected| + absolute everywhere; NaN and infinities must agree. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  relative: number,
  absolute = 0,
): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const a = actual[i] as number;
    const e = expected[i] as number;
    if (Object.is(a, e) || (Number.isNaN(a) && Number.isNaN(e))) continue;
    const close = Number.isFinite(f32(e)) && Math.abs(a - e) <= relative * Math.abs(e) + absolute;
    if (!close && !(a === f32(e))) expect.fail(`[${i}]: got ${a}, expected ${e}`);
  }
}

/** One spacing of float32 at 1. */
export const ulp: number = 2 ** -23;

/** Lengths around the multiples of 4, 8 and 16 at which loops end. */
export const lengths: readonly number[] = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 65, 70];

export type Twin = { name: string; kernels: Kernels; fma: boolean };

/** Every twin of the module that this engine can run. */
export const twins: readonly Twin[] = [false, true]
  .map((fma) => ({ ...loadKernels(memory, { fma }), wanted: fma }))
  .filter(({ fma, wanted }) => fma === wanted)
  .map(({ kernels, fma }) => ({ name: fma ? 'fused multiply-add' : 'plain SIMD', kernels, fma }));
