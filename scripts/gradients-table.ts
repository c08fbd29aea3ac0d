/** Gradient rules as text: each is run once on tensors that have shapes and no values, and what it built is written down. */

import { type Inputs, type Op, ShapeDevice, Tensor, type TensorData, type TensorType } from '../src/tensor/index.ts';

/** What the inputs are called where `x` or `a` and `b` would not say enough. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  where: ['condition', 'a', 'b'],
  gather: ['x', 'index'],
  scatterAdd: ['x', 'index', 'source'],
  embedding: ['table', 'ids'],
  embeddingGradient: ['x', 'ids'],
  linear: ['x', 'weight', 'bias'],
  softmax: ['x', 'mask'],
  crossEntropyRows: ['logits', 'targets'],
  layerNorm: ['x', 'weight', 'bias'],
  rmsNorm: ['x', 'weight'],
  attention: ['q', 'k', 'v', 'mask'],
};
const INFIX: Readonly<Record<string, string>> = {
  add: '+',
  sub: '-',
  mul: '*',
  div: '/',
  equal: '=',
  less: '<',
  pow: '^',
};

/** Knows the numbers that a rule brings along. */
class TextDevice extends ShapeDevice {
  readonly numbers = new Map<object, number>();

  override upload(data: TensorData, type: TensorType): ReturnType<ShapeDevice['upload']> {
    const storage = super.upload(data, type);
    this.numbers.set(storage, data[0] as number);
    return storage;
  }

  override track(tensor: Tensor, storage: ReturnType<ShapeDevice['upload']>): void {
    super.track(tensor, storage);
    const number = this.numbers.get(storage);
    if (number !== undefined) this.numbers.set(tensor, number);
  }
}

/** @throws Error where an operation of several inputs has no names for them */
function inputNames(name: string, count: number): readonly string[] {
  const names = NAMES[name] ?? (count === 1 ? ['x'] : ['a', 'b']);
  if (names.length < count)
    throw new Error(`NAMES in gradients-table.ts has no names for the ${count} inputs of ${name}`);
  return names;
}

function attributesText(attributes: object): string[] {
  const shown = Object.entries(attributes).filter(([, value]) => value !== false);
  return shown.map(
    ([key, value]) =>
      `${key} ${typeof value === 'object' ? JSON.stringify(value).replaceAll('"', '').replaceAll(',', ', ') : value}`,
  );
}

function text(tensor: Tensor, names: ReadonlyMap<Tensor, string>, device: TextDevice, inner = false): string {
  const name = names.get(tensor);
  if (name !== undefined) return name;
  const { source } = tensor;
  if (!source) return `${Number((device.numbers.get(tensor) ?? Number.NaN).toPrecision(6))}`;
  const args = (nested: boolean): string[] => source.inputs.map((input) => text(input, names, device, nested));
  const operator = INFIX[source.op.name];
  if (source.op.name === 'neg') return `-${args(true)[0]}`;
  if (operator) return inner ? `(${args(true).join(` ${operator} `)})` : args(true).join(` ${operator} `);
  return `${source.op.name}(${[...args(false), ...attributesText(source.attributes as object)].join(', ')})`;
}

/** `dx = dy * y` for each input that has a gradient; null for an operation without one. */
export function gradientText(op: Op<never>, inputTypes: readonly TensorType[], attributes: never): string[] | null {
  const rule = op.gradient;
  if (rule === 'none') return null;
  const device = new TextDevice();
  const make = (type: TensorType): Tensor => new Tensor(device, type, device.fill(0, type.shape));
  const inputs = inputTypes.map(make) as Inputs<Tensor>;
  const output = make(op.infer(inputs, attributes));
  const cotangent = make(output);
  const called = inputNames(op.name, inputs.length);
  const names = new Map(inputs.map((input, i) => [input, called[i] as string]));
  names.set(output, 'y').set(cotangent, 'dy');
  const gradients = rule({
    inputs,
    output,
    cotangent,
    attributes,
    needs: inputs.map(({ dtype }) => dtype === 'float32'),
  });
  return gradients.flatMap((gradient, i) =>
    gradient ? [`d${called[i]} = ${text(gradient as Tensor, names, device)}`] : [],
  );
}
