import { collapse, type Shape, sizeOf } from '../shape.ts';

/**
 * Source text that turns the flat index `index` of a row-major array of shape `to` into an offset by strides `by`.
 * Half is added before dividing: GPUs divide in floating point and would round 12 / 6 down to 1.
 */
export function offsetCode(index: string, to: Shape, by: readonly number[]): string {
  const { shape, strides: all } = collapse(to, [by]);
  const strides = all[0] as number[];
  const terms: string[] = [];
  let inner = sizeOf(shape);
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = shape[axis] as number;
    inner /= extent || 1;
    const stride = strides[axis] as number;
    if (stride === 0 || extent === 1) continue;
    const quotient = inner === 1 ? index : `Math.floor((${index} + 0.5) / ${inner})`;
    const outermost = axis === 0 || sizeOf(shape.slice(0, axis)) === 1;
    const coordinate = outermost ? quotient : `(${quotient} - Math.floor((${quotient} + 0.5) / ${extent}) * ${extent})`;
    terms.push(stride === 1 ? coordinate : `${coordinate} * ${stride}`);
  }
  return sumCode(...terms);
}

/** Source text of a sum, without what is 0: gpu.js cannot compile a sum of two literals as an index. */
export function sumCode(...terms: readonly string[]): string {
  return terms.filter((term) => term !== '0').join(' + ') || '0';
}
