/** Simple statistics of a tensor's bytes, in double precision, without a copy of its values. */

import { fromBfloat16, fromFloat16 } from '../tensor/float16.ts';
import { type ElementType, viewElements } from './element-types.ts';

/** Statistics of the finite values; null when there are none. */
export interface Statistics {
  readonly mean: number | null;
  /** The standard deviation of the population: divided by the count, as NumPy does unasked. */
  readonly std: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly nan: number;
  readonly infinite: number;
}

/** Halves are widened in pieces of this many elements. */
const PIECE = 65_536;

/** Undefined for types that are not decoded here (F4, F6, F8, complex). @param bytes little-endian, with a buffer of their own */
export function statisticsOf(bytes: Uint8Array<ArrayBuffer>, dtype: ElementType): Statistics | undefined {
  if (/^(F[468](_|$)|C)/.test(dtype)) return undefined;
  let [count, sum, nan, infinite] = [0, 0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const piece of pieces(bytes, dtype)) {
    for (let i = 0; i < piece.length; i++) {
      const x = Number(piece[i]);
      if (!Number.isFinite(x)) {
        if (Number.isNaN(x)) nan++;
        else infinite++;
        continue;
      }
      count++;
      sum += x;
      if (x < min) min = x;
      if (x > max) max = x;
    }
  }
  if (count === 0) return { mean: null, std: null, min: null, max: null, nan, infinite };
  const largest = Math.max(-min, max);
  const usual = largest === 0 || (largest < 1e150 && largest > 1e-150);
  const unit = usual ? 1 : largest; // squares and sums of what is farther out leave the range of doubles
  const mean = (usual ? sum : total(bytes, dtype, (x) => x / unit)) / count;
  const squares = total(bytes, dtype, (x) => (x / unit - mean) ** 2); // sum(x^2) - mean^2 would cancel
  return { mean: mean * unit, std: Math.sqrt(squares / count) * unit, min, max, nan, infinite };
}

function total(bytes: Uint8Array<ArrayBuffer>, dtype: ElementType, of: (x: number) => number): number {
  let sum = 0;
  for (const piece of pieces(bytes, dtype)) {
    for (let i = 0; i < piece.length; i++) {
      const x = Number(piece[i]);
      if (Number.isFinite(x)) sum += of(x);
    }
  }
  return sum;
}

function* pieces(bytes: Uint8Array<ArrayBuffer>, dtype: ElementType): Generator<ArrayLike<number | bigint>> {
  const elements = viewElements(bytes, dtype);
  if (dtype !== 'F16' && dtype !== 'BF16') return yield elements;
  const widen = dtype === 'F16' ? fromFloat16 : fromBfloat16;
  const halves = elements as Uint16Array;
  for (let at = 0; at < halves.length; at += PIECE) yield widen(halves.subarray(at, at + PIECE));
}
