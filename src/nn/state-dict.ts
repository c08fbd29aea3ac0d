import type { StateSource } from '../files/checkpoint-source.ts';
import type { StoredValues } from '../files/element-types.ts';
import { requireKinds } from '../files/kinds.ts';
import { formatShape, GlassFlamingoError } from '../tensor/errors.ts';
import { fromHost, type HostValues, hostValues, requireOptions, type Tensor } from '../tensor/index.ts';
import { sameShape } from '../tensor/shape.ts';

export { mapSource } from '../files/map-source.ts';

/** What has named parameters: every Module. */
export interface Parameterised {
  parameters(): Map<string, Tensor>;
}

export interface LoadOptions {
  /** The source's name of a parameter's path; default the path itself. */
  readonly rename?: (path: string) => string;
  /** True if missing and unexpected names are errors (default); shapes that differ always are. */
  readonly strict?: boolean;
  /**
   * Where matrices are kept. `device`: in the device's memory, as float32. `host`: outside of it, in the precision in
   * which the source has them; every operation reads them from there in parts, where the device can (simd). The source's
   * arrays then become the module's. Default: `host` for a module that takes more than 1 GiB as float32.
   */
  readonly keep?: 'device' | 'host';
  /** How a name is called in errors; default as it is. */
  readonly label?: (name: string) => string;
  /** Called after each parameter with the numbers read so far and in all; what it throws ends the loading. */
  readonly progress?: (loaded: number, total: number, name: string) => void;
}

const EXAMPLES = 5;
/** Half of WASM's 4 GiB would do for weights alone; activations, caches and what else a program loads need room too. */
const MOST_ON_DEVICE = 2 ** 30;

/** Names and shapes of a source that are not those of a module. */
export class StateDictError extends GlassFlamingoError {
  override name = 'StateDictError';
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** `name: [found] instead of [expected]` */
  readonly mismatched: readonly string[];

  constructor(missing: readonly string[], unexpected: readonly string[], mismatched: readonly string[]) {
    const some = (names: readonly string[]) => [...names.slice(0, EXAMPLES), ...(names.length > EXAMPLES ? ['…'] : [])];
    const parts = Object.entries({ missing, unexpected, 'of another shape': mismatched })
      .filter(([, names]) => names.length > 0)
      .map(([what, names]) => `${names.length} ${what} (${some(names).join('; ')})`);
    super(`[loadStateDict] the weights do not fit the model: ${parts.join(', ')}`);
    this.missing = missing;
    this.unexpected = unexpected;
    this.mismatched = mismatched;
  }
}

/**
 * The values of every parameter, read from its device: what `writeSafetensors` takes.
 * @param rename gives the name that a parameter gets; default its own
 * @example
 * ```ts
 * const all = await readState(new Linear({ device }, 2, 1)); // weight and bias, as values
 * ```
 */
export async function readState(
  module: Parameterised,
  rename: (path: string) => string = (path) => path,
): Promise<{ name: string; shape: readonly number[]; data: Float32Array | Int32Array }[]> {
  requireKinds('readState', { module, rename }, '{parameters} function');
  const read = async ([path, x]: [string, Tensor]) => ({ name: rename(path), shape: x.shape, data: await x.data() });
  return Promise.all(Array.from(module.parameters(), read));
}

/**
 * Puts the values of a source into a module's parameters. All names and shapes are compared first. Tensors are read and
 * converted one by one; the module takes them over when the last one is there, so that nobody sees half of a model, and
 * a failure leaves it as it was.
 * @throws StateDictError that lists missing, unexpected and mismatched names together
 * @example
 * ```ts
 * const layer = new Linear({ device }, 2, 1);
 * const values = new Map([['weight', { shape: [1, 2], dtype: 'float32' as const, data: Float32Array.of(1, 2) }], ['bias', { shape: [1], dtype: 'float32' as const, data: Float32Array.of(0) }]]);
 * await loadStateDict(layer, mapSource(values));
 * ```
 */
export async function loadStateDict(
  module: Parameterised,
  source: StateSource,
  options: LoadOptions = {},
): Promise<void> {
  requireOptions('loadStateDict', options, 'rename strict keep:device|host label progress');
  requireKinds('loadStateDict', { module, source }, '{parameters} {names,read}');
  const { rename = (path) => path, strict = true, keep, label = (name) => name, progress } = options;
  const known = new Set(source.names);
  const wanted = Array.from(module.parameters(), ([path, parameter]) => ({ name: rename(path), parameter }));
  const found = wanted.filter(({ name }) => known.has(name));
  const missing = wanted.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  const names = new Set(wanted.map(({ name }) => name));
  const unexpected = source.names.filter((name) => !names.has(name));
  const shape = (name: string) => source.info(name).shape;
  const mismatched = found
    .filter(({ name, parameter }) => !sameShape(shape(name), parameter.shape))
    .map(({ name, parameter: p }) => `${label(name)}: ${formatShape(shape(name))} instead of ${formatShape(p.shape)}`);
  if (mismatched.length > 0 || (strict && missing.length + unexpected.length > 0))
    throw new StateDictError(strict ? missing.map(label) : [], strict ? unexpected.map(label) : [], mismatched);
  const total = found.reduce((sum, { parameter }) => sum + parameter.size, 0);
  const hold = keep === undefined ? total * 4 > MOST_ON_DEVICE : keep === 'host';
  const staged: { readonly parameter: Tensor; readonly values: Tensor }[] = [];
  let loaded = 0;
  try {
    for (const { name, parameter } of found) {
      const stored = await (source.readStored?.(name) ?? source.read(name));
      // Vectors go whole into sums and norms, so they are at hand in the device.
      const held = { hold: hold && parameter.shape.length > 1 };
      const values = fromHost(parameter.device, onHost(stored), parameter.shape, held);
      staged.push({ parameter, values });
      loaded += parameter.size;
      progress?.(loaded, total, name);
    }
  } catch (error) {
    for (const { values } of staged) values.dispose();
    throw error;
  }
  for (const { parameter, values } of staged) parameter.assign(values);
}

function onHost({ dtype, data }: StoredValues): HostValues {
  if (data instanceof Uint16Array) return hostValues(data, dtype as 'float16' | 'bfloat16');
  return hostValues(data instanceof Float32Array ? data : Float32Array.from(data));
}
