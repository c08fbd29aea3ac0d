import type { Dtype, TensorData } from './devices/device.ts';
import { formatShape, requireArray } from './errors.ts';
import { requireWord } from './options.ts';
import { requireShape, type Shape, stridesOf } from './shape.ts';

const EDGE = 3;
const SHORTEN_FROM = 8;

/**
 * Values as nested rows, numbers aligned, axes longer than eight shortened to both ends.
 * @param data values, row-major
 * @param shape of the values
 * @example
 * ```ts
 * format(Float32Array.of(1, 2), [2], 'float32'); // '[1, 2]  float32 [2]'
 * ```
 */
export function format(data: TensorData, shape: Shape, dtype: Dtype): string {
  requireArray('format', 'the values', data);
  requireShape('format', shape);
  requireWord('format', 'the dtype', dtype, 'float32|int32');
  const cells = new Map<number, string>();
  const strides = stridesOf(shape);
  const indices = (axis: number): (number | null)[] => {
    const extent = shape[axis] as number;
    if (extent <= SHORTEN_FROM) return Array.from({ length: extent }, (_, i) => i);
    return [0, 1, 2, null, extent - EDGE, extent - 2, extent - 1];
  };
  const cell = (at: number): string => {
    const value = data[at] as number;
    const short = value.toPrecision(4).replace(/\.0+$|(\.\d*?)0+$/, '$1');
    const text = dtype === 'int32' || Number.isInteger(value) ? String(value) : short;
    cells.set(at, text);
    return text;
  };
  const walk = (axis: number, at: number, visit: (at: number) => string): string => {
    if (axis === shape.length) return visit(at);
    const last = axis === shape.length - 1;
    const step = strides[axis] as number;
    const parts = indices(axis).map((i) => (i === null ? '...' : walk(axis + 1, at + i * step, visit)));
    return `[${parts.join(last ? ', ' : `,${'\n'.repeat(shape.length - axis - 1)}${' '.repeat(axis + 1)}`)}]`;
  };
  walk(0, 0, cell);
  const width = Math.max(0, ...Array.from(cells.values(), (text) => text.length));
  return `${walk(0, 0, (at) => (cells.get(at) as string).padStart(width))}  ${dtype} ${formatShape(shape)}`;
}
