import type { SafetensorsFile, TensorValues } from '../files/safetensors.ts';
import { backward, type Device, scope, type Tensor, tensor } from '../tensor/index.ts';
import { type Allowed, type Comparison, compare, equal } from './compare.ts';
import { operations } from './ops.ts';

/** One case of the group `ops` as its index describes it. */
export interface OpCase {
  readonly name: string;
  readonly family: string;
  readonly op: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** Inputs whose gradients of sum(out * cotangent) are recorded. */
  readonly gradients: readonly string[];
  /** What float32 itself costs here. */
  readonly float64Difference?: { readonly relative: number };
}

/** index.json of the group. */
export interface OpIndex {
  readonly implementation: string;
  readonly operations: Readonly<Record<string, unknown>>;
  readonly cases: readonly OpCase[];
}

/** Families that hold NaN and infinities, which graphics processors may treat as they like. */
export const extremeFamily = 'extreme';

/** Runs a case of `file` (its family's safetensors) forward and backward and compares every output and gradient. */
export async function runOpCase(golden: OpCase, file: SafetensorsFile, device: Device): Promise<Comparison[]> {
  const read = (name: string): Promise<TensorValues> => file.read(`${golden.name}/${name}`);
  const wanted = file.names
    .filter((name) => name.startsWith(`${golden.name}/out.`) || name.startsWith(`${golden.name}/grad.`))
    .map((name) => name.slice(golden.name.length + 1));
  const inputs = Object.fromEntries(
    await Promise.all(Object.keys(golden.inputs).map(async (name) => [name, await read(`in.${name}`)] as const)),
  );
  const cotangents = new Map<string, TensorValues>();
  for (const output of Object.keys(golden.outputs)) {
    const name = Object.keys(golden.outputs).length === 1 ? 'in.cotangent' : `in.cotangent.${output}`;
    if (file.has(`${golden.name}/${name}`)) cotangents.set(output, await read(name));
  }
  const results = evaluate(golden, inputs, cotangents, device);
  const comparisons: Comparison[] = [];
  for (const name of wanted) {
    const found = results.get(name);
    const values = found && { shape: found.shape, data: await found.data() };
    const exact = !file.info(`${golden.name}/${name}`).dtype.startsWith('F');
    comparisons.push(compare(name, await read(name), values, exact ? equal : tolerance(golden)));
  }
  for (const result of results.values()) result.dispose();
  return comparisons;
}

function tolerance({ float64Difference }: OpCase): Allowed {
  return (scale) => Math.max(4e-6, 4 * (float64Difference?.relative ?? 0)) * scale;
}

function evaluate(
  golden: OpCase,
  values: Readonly<Record<string, TensorValues>>,
  cotangents: ReadonlyMap<string, TensorValues>,
  device: Device,
): Map<string, Tensor> {
  const run = operations[golden.op];
  if (!run) return new Map();
  const place = ({ data, shape, dtype }: TensorValues): Tensor => tensor(device, data, shape, dtype);
  return scope(device, () => {
    const inputs = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, place(value)]));
    const result = run(inputs, golden.attributes as never, device, values);
    const outputs = 'shape' in result ? { y: result as Tensor } : (result as Readonly<Record<string, Tensor>>);
    const found = new Map(Object.entries(outputs).map(([name, output]) => [`out.${name}`, output]));
    if (golden.gradients.length === 0) return found;
    const parts = Array.from(cotangents, ([name, cotangent]) => (outputs[name] as Tensor).mul(place(cotangent)).sum());
    const loss = parts.reduce((sum, part) => sum.add(part));
    const targets = golden.gradients.map((name) => inputs[name] as Tensor);
    const gradients = backward(loss, targets);
    golden.gradients.forEach((name, i) => {
      found.set(`grad.in.${name}`, gradients.get(targets[i] as Tensor) as Tensor);
    });
    return found;
  });
}
