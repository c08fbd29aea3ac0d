import type { IndexRange, Inputs, OneOrMore, SimdBuffer, TensorType, TwoOrMore } from '../devices/device.ts';
import type { SimdMachine } from '../devices/simd/machine.ts';
import { requireWhole, ShapeError } from '../errors.ts';
import { requireWord } from '../options.ts';
import { broadcastStrides, collapse, offsetAt, repeatsTo, requireForm, type Shape, sameShape } from '../shape.ts';
import { offsetCode } from './index-code.ts';
import { requireIndex } from './indexing.ts';
import { float32, type Op, requireFit, requireFloat, requireSameShape } from './op.ts';
import { perElement, perRow, rowExpTotals, rowMaxima, rowsOf, softmaxKernels, withConstants } from './row-kernels.ts';

/** What a hidden score becomes before the softmax: -finfo.max, so that an all-hidden row is uniform and not NaN. */
export const HIDDEN = -3.4028234663852886e38;

/**
 * A row with nothing to attend to. `uniform`: 1 / n everywhere and no gradient, as after filling what is hidden with
 * -finfo.max. `added`: the same with a gradient, as after adding -finfo.max to it, in which float32 loses the scores but
 * their gradient passes. `zero`: 0 everywhere.
 */
export type EmptyRows = 'uniform' | 'added' | 'zero';

export const EMPTY_ROWS = 'uniform|added|zero';

export interface SoftmaxAttributes {
  readonly emptyRows: EmptyRows;
}

/** @throws ShapeError when a mask's last `fixed` axes do not equal those of `to`, or the others do not broadcast */
export function requireMask(operation: string, mask: TensorType, to: Shape, fixed: number): void {
  const tail = to.slice(to.length - fixed);
  const fits = sameShape(mask.shape.slice(mask.shape.length - fixed), tail) && repeatsTo(mask.shape, to);
  requireFit(operation, fits, 'the mask does not fit the scores', [mask, float32(to)]);
}

/** Source text: where element `at` of `to` finds its entry in a broadcast mask. */
function maskOffset(mask: TensorType, to: TensorType): string {
  return offsetCode('at', to.shape, broadcastStrides(mask.shape, to.shape));
}

/** Calls `visit` for each run of whole rows along which a broadcast mask is contiguous. */
function eachMaskedBlock(
  x: SimdBuffer,
  mask: SimdBuffer,
  visit: (at: number, maskAt: number, rows: number) => void,
): void {
  const columns = x.shape.at(-1) as number;
  const flat = collapse(x.shape, [broadcastStrides(mask.shape, x.shape)]);
  const strides = flat.strides[0] as number[];
  const run = strides.at(-1) === 0 ? columns : (flat.shape.at(-1) as number);
  for (let at = 0; at < x.size; at += run) visit(at, offsetAt(at, flat.shape, strides), run / columns);
}

export const softmax: Op<SoftmaxAttributes> = {
  name: 'softmax',
  definition:
    'e^(x - m) / sum of e^(x - m) along the last axis, m the row maximum; x is -finfo.max where the mask is 0',
  infer: (inputs, { emptyRows }) => {
    const [x, mask]: OneOrMore<TensorType> = requireFloat('softmax', inputs);
    requireWord('softmax', 'emptyRows', emptyRows, EMPTY_ROWS);
    if (x.shape.length === 0) throw new ShapeError('softmax', 'needs at least one axis', x.shape);
    if (mask) requireMask('softmax', mask, x.shape, 1);
    return float32(x.shape);
  },
  gpu: ([_x, mask]: OneOrMore<TensorType>, output, { emptyRows }) => {
    const shape = rowsOf(output);
    if (!mask) return softmaxKernels(shape, 0, 1, false);
    const hidden = `  return mask[${maskOffset(mask, output)}] == 0 ? this.constants.hidden : xs[at];`;
    const hide = perElement(shape, 'xs, mask', [0, 1], hidden);
    return [withConstants(hide, { hidden: HIDDEN }), ...softmaxKernels(shape, 2, 3, emptyRows === 'zero')];
  },
  simd: (machine, [x, mask]: OneOrMore<SimdBuffer>, y, { emptyRows }) => {
    if (y.size === 0) return;
    const columns = y.shape.at(-1) as number;
    const zero = emptyRows === 'zero' ? 1 : 0;
    if (!mask) return machine.kernels.softmax(x.pointer, 0, y.pointer, y.size / columns, columns, zero);
    eachMaskedBlock(x, mask, (at, maskAt, rows) => {
      machine.kernels.softmax(x.pointer + at * 4, mask.pointer + maskAt * 4, y.pointer + at * 4, rows, columns, zero);
    });
  },
  gradient: ({ inputs, output, cotangent, attributes: { emptyRows } }) => [
    output.apply(softmaxGradient, [cotangent, ...(emptyRows === 'uniform' ? inputs.slice(1) : [])], {}),
    null,
  ],
};

/** With a mask, a row that is hidden throughout gives 0: its uniform weights do not hang on the scores. */
export const softmaxGradient: Op = {
  name: 'softmaxGradient',
  definition: 'dx = y (dy - sum of dy y along the last axis), 0 where the mask is 0',
  infer: (inputs) => {
    const [y, dy, mask]: TwoOrMore<TensorType> = requireFloat('softmaxGradient', inputs);
    requireSameShape('softmaxGradient', y, dy);
    if (mask) requireMask('softmaxGradient', mask, y.shape, 1);
    return float32(y.shape);
  },
  gpu: ([_y, _dy, mask]: TwoOrMore<TensorType>, output) => {
    const shape = rowsOf(output);
    const dots = `  let total = 0;
  for (let i = 0; i < this.constants.columns; i++) total += dys[first + i] * ys[first + i];
  return total;`;
    const result = '  return ys[at] * (dys[at] - dots[row]);';
    const first = perRow(shape, 'ys, dys', [0, 1], dots);
    if (!mask) return [first, perElement(shape, 'ys, dys, dots', [0, 1, 2], result)];
    const hidden = `  if (mask[${maskOffset(mask, output)}] == 0) return 0;\n`;
    return [first, perElement(shape, 'ys, dys, mask, dots', [0, 1, 2, 3], hidden + result)];
  },
  simd: (machine, [y, dy, mask]: TwoOrMore<SimdBuffer>, dx) => {
    const columns = dx.shape.at(-1) as number;
    if (dx.size === 0) return;
    machine.kernels.softmaxGradient(y.pointer, dy.pointer, dx.pointer, dx.size / columns, columns);
    if (mask) clearHiddenRows(machine, dx, mask, columns);
  },
  gradient: 'none',
};

/** Hidden entries of other rows are 0 already, since their weights are; most rows show their first entry. */
function clearHiddenRows(machine: SimdMachine, x: SimdBuffer, mask: SimdBuffer, columns: number): void {
  const { floats } = machine;
  eachMaskedBlock(x, mask, (at, maskAt, rows) => {
    for (let row = 0; row < rows; row++) {
      const first = mask.pointer / 4 + maskAt + row * columns;
      let column = 0;
      while (column < columns && floats[first + column] === 0) column++;
      const start = x.pointer / 4 + at + row * columns;
      if (column === columns) floats.fill(0, start, start + columns);
    }
  });
}

export interface CrossEntropyAttributes {
  /** Rows with this target count nothing and give 0. */
  readonly ignoreIndex: number;
}

const targetRange = ([logits]: Inputs<TensorType>, { ignoreIndex }: CrossEntropyAttributes): IndexRange => ({
  input: 1,
  limit: logits.shape[1] as number,
  except: ignoreIndex,
});

function requireTargets([logits, targets, dy]: TwoOrMore<TensorType>): { rows: number; classes: number } {
  requireFloat('crossEntropy', [logits]);
  if (dy) requireSameShape('crossEntropy', dy, targets);
  const [rows, classes] = requireForm('crossEntropy', 'logits', logits, ['rows', 'classes']);
  requireForm('crossEntropy', 'targets', requireIndex('crossEntropy', targets), [rows]);
  return { rows, classes };
}

/** Loss per row; means and weights are composed from it. */
export const crossEntropyRows: Op<CrossEntropyAttributes> = {
  name: 'crossEntropyRows',
  definition: 'y[r] = log(sum of e^logits[r, :]) - logits[r, target[r]]; 0 where target[r] is ignoreIndex',
  infer: (inputs, { ignoreIndex }) => {
    requireWhole('crossEntropy', 'ignoreIndex', ignoreIndex, -(2 ** 31));
    return float32([requireTargets(inputs).rows]);
  },
  indices: targetRange,
  gpu: (inputs, _, { ignoreIndex }) => {
    const { rows, classes } = requireTargets(inputs);
    const shape = { rows, columns: classes };
    const loss = `  const target = targets[row];
  if (target == this.constants.ignoreIndex) return 0;
  return maxima[row] - logits[first + target] + Math.log(totals[row]);`;
    const last = perRow(shape, 'logits, targets, maxima, totals', [0, 1, 2, 3], loss);
    return [rowMaxima(shape, 0), rowExpTotals(shape, 0, 2), withConstants(last, { ignoreIndex })];
  },
  simd: (machine, inputs, y, { ignoreIndex }) => {
    const [logits, targets] = inputs;
    const { rows, classes } = requireTargets(inputs);
    const maxima = machine.workspace(rows * 4);
    machine.kernels.logSumExpRows(logits.pointer, maxima, y.pointer, rows, classes);
    const { floats, ints } = machine;
    for (let row = 0; row < rows; row++) {
      const target = ints[targets.pointer / 4 + row] as number;
      const at = y.pointer / 4 + row;
      const logit = floats[logits.pointer / 4 + row * classes + target] as number;
      const difference = (floats[maxima / 4 + row] as number) - logit; // before the small logarithm, as large logits lose it
      floats[at] = target === ignoreIndex ? 0 : difference + (floats[at] as number);
    }
  },
  gradient: ({ inputs: [logits, targets], cotangent, attributes }) => [
    logits.apply(crossEntropyGradient, [targets, cotangent], attributes),
    null,
  ],
};

export const crossEntropyGradient: Op<CrossEntropyAttributes> = {
  name: 'crossEntropyGradient',
  definition: 'dlogits[r, c] = (softmax(logits[r, :])[c] - (c = target[r])) dy[r]',
  infer: (inputs) => {
    requireTargets(inputs);
    return float32(inputs[0].shape);
  },
  indices: targetRange,
  gpu: (inputs, _, { ignoreIndex }) => {
    const { rows, classes } = requireTargets(inputs);
    const shape = { rows, columns: classes };
    const slope = `  const target = targets[row];
  if (target == this.constants.ignoreIndex) return 0;
  const p = Math.exp(logits[at] - maxima[row]) / totals[row];
  return (target == column ? p - 1 : p) * dys[row];`;
    const last = perElement(shape, 'logits, targets, dys, maxima, totals', [0, 1, 2, 3, 4], slope);
    return [rowMaxima(shape, 0), rowExpTotals(shape, 0, 3), withConstants(last, { ignoreIndex })];
  },
  simd: (machine, inputs, dx, { ignoreIndex }) => {
    const [logits, targets, dy] = inputs;
    const { rows, classes } = requireTargets(inputs);
    const maxima = machine.workspace(rows * 12);
    const logSums = maxima + rows * 4;
    const weights = logSums + rows * 4;
    machine.kernels.logSumExpRows(logits.pointer, maxima, logSums, rows, classes);
    const { floats, ints } = machine;
    for (let row = 0; row < rows; row++) {
      const ignored = ints[targets.pointer / 4 + row] === ignoreIndex;
      floats[weights / 4 + row] = ignored ? 0 : (floats[dy.pointer / 4 + row] as number);
    }
    const sources = [logits.pointer, maxima, logSums, targets.pointer, weights] as const;
    machine.kernels.crossEntropyGradient(...sources, dx.pointer, rows, classes);
  },
  gradient: 'none',
};
