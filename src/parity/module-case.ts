/** What runners of modules share: inputs in, taps and gradients out, everything released. */

import type { StateSource } from '../files/checkpoint-source.ts';
import type { TensorValues } from '../files/safetensors.ts';
import { changedTap } from '../inspect/alteration.ts';
import type { Module, Tap } from '../nn/index.ts';
import { loadStateDict, mapSource } from '../nn/state-dict.ts';
import { Capture } from '../runs/patterns.ts';
import { backward, type Device, scope, type Tensor, tensor } from '../tensor/index.ts';
import { inOurNames, inTheirNames, type RenameTable } from '../zoo/names/rename.ts';
import type { GoldenCase, Values } from './runner.ts';

/** Loads weights in their names into a module, all of them. */
export function loadRenamed(module: Module, weights: StateSource, table: RenameTable): Promise<void> {
  return loadStateDict(module, inOurNames(weights, table));
}

/** The case's inputs on a device, by name without `in.`. */
export async function readInputs(golden: GoldenCase, device: Device): Promise<Map<string, Tensor>> {
  const names = golden.io.names.filter((name) => name.startsWith('in.'));
  const inputs = new Map<string, Tensor>();
  for (const name of names) {
    const { data, shape, dtype } = await golden.io.read(name);
    inputs.set(name.slice('in.'.length), tensor(device, data, shape, dtype));
  }
  return inputs;
}

/** What one forward pass gives: outputs by name without `out.`, and the loss that gradients are of, if any. */
export interface Forward {
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly loss?: Tensor;
}

/** A loaded module with its inputs, and how the case names things. */
interface ModuleCase {
  readonly module: Module;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly table: RenameTable;
  /** Our name of a tap of theirs; default the same. */
  readonly tapOf?: (theirs: string) => string;
}

/**
 * Runs `forward` with the taps that the case wants, and derives the loss by every parameter and floating-point input
 * that the case wants gradients of. Taps come first, in order of computation. The module and the inputs are released.
 */
export async function runModule(
  golden: GoldenCase,
  device: Device,
  { module, inputs, table, tapOf = (name) => name }: ModuleCase,
  forward: (tap: Tap) => Forward,
): Promise<Map<string, Values>> {
  const wanted = (prefix: string) => golden.io.names.filter((name) => name.startsWith(prefix));
  const theirs = wanted('tap.').map((name) => name.slice('tap.'.length));
  const capture = new Capture(theirs.map(tapOf));
  const change = golden.alteration?.(module) ?? null;
  const parameters = module.parameters();
  const derivable = Array.from(inputs, ([name, x]) => [`in.${name}`, x] as const);
  const targets = new Map([...parameters, ...derivable.filter(([name]) => golden.io.has(`grad.${name}`))]);
  const found = scope(device, () => {
    const { outputs, loss } = forward(changedTap(capture.tap, change));
    const results = new Map<string, Tensor>();
    for (const [name, x] of capture.values) {
      for (const their of theirs.filter((other) => tapOf(other) === name)) results.set(`tap.${their}`, x);
    }
    for (const [name, x] of Object.entries(outputs)) results.set(`out.${name}`, x);
    const derived = loss && wanted('grad.').length > 0 ? backward(loss, [...targets.values()]) : new Map();
    return { results, gradients: new Map(Array.from(targets, ([name, x]) => [name, derived.get(x)])) };
  });
  const results = await readAll(found.results);
  for (const [name, values] of await gradientsInTheirNames(found.gradients, table)) results.set(`grad.${name}`, values);
  for (const x of [...found.results.values(), ...found.gradients.values()]) x?.dispose();
  for (const x of [...parameters.values(), ...inputs.values()]) x.dispose();
  return results;
}

async function readAll(tensors: ReadonlyMap<string, Tensor | undefined>): Promise<Map<string, TensorValues>> {
  const values = new Map<string, TensorValues>();
  for (const [name, x] of tensors) if (x) values.set(name, { shape: x.shape, dtype: x.dtype, data: await x.data() });
  return values;
}

async function gradientsInTheirNames(
  gradients: ReadonlyMap<string, Tensor | undefined>,
  table: RenameTable,
): Promise<[string, TensorValues][]> {
  const theirs = inTheirNames(mapSource(await readAll(gradients)), table);
  return Promise.all(theirs.names.map(async (name) => [name, await theirs.read(name)] as [string, TensorValues]));
}

/** The resampler's taps of implementations that flatten media into the batch: [b, (heads,) m, ..] -> [b m, (heads,) ..] */
export function perMedium(name: string, { shape, data }: Values): Values {
  if (!name.startsWith('tap.resampler.')) return { shape, data };
  const [b, ...rest] = shape as [number, ...number[]];
  if (rest.length !== 4) return { shape: [b * (rest[0] as number), ...rest.slice(1)], data };
  const [heads, m, n, keys] = rest as [number, number, number, number];
  const block = n * keys;
  const moved = new Float32Array(data.length);
  for (let i = 0; i < b; i++)
    for (let h = 0; h < heads; h++)
      for (let k = 0; k < m; k++) {
        const [from, to] = [((i * heads + h) * m + k) * block, ((i * m + k) * heads + h) * block];
        for (let j = 0; j < block; j++) moved[to + j] = data[from + j] as number;
      }
  return { shape: [b * m, heads, n, keys], data: moved };
}
