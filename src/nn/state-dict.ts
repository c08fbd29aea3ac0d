import { formatShape, GlassFlamingoError } from '../tensor/errors.ts';
import { sameShape } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { TensorValues } from './safetensors.ts';

/** What has named parameters: every Module. */
export interface Parameterised {
  parameters(): Map<string, Tensor>;
}

/** Values by name, read when wanted; a SafetensorsFile is one. */
export interface StateSource {
  readonly names: readonly string[];
  info(name: string): { readonly shape: readonly number[] };
  read(name: string): Promise<TensorValues>;
}

export interface LoadOptions {
  /** The source's name of a parameter's path; default the path itself. */
  readonly rename?: (path: string) => string;
  /** Whether missing and unexpected names are errors (default); shapes that differ always are. */
  readonly strict?: boolean;
}

const EXAMPLES = 5;

/** Names and shapes of a source that are not those of a module. */
export class StateDictError extends GlassFlamingoError {
  override name = 'StateDictError';
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** `name: [found] instead of [expected]` */
  readonly mismatched: readonly string[];

  constructor(missing: readonly string[], unexpected: readonly string[], mismatched: readonly string[]) {
    const part = (what: string, list: readonly string[]) =>
      list.length === 0
        ? []
        : [`${list.length} ${what} (${list.slice(0, EXAMPLES).join('; ')}${list.length > EXAMPLES ? '; …' : ''})`];
    const parts = [
      ...part('missing', missing),
      ...part('unexpected', unexpected),
      ...part('of another shape', mismatched),
    ];
    super(`[loadStateDict] the weights do not fit the model: ${parts.join(', ')}`);
    this.missing = missing;
    this.unexpected = unexpected;
    this.mismatched = mismatched;
  }
}

/** Every parameter by its path. */
export function stateDict(module: Parameterised): Map<string, Tensor> {
  return module.parameters();
}

/** The values of every parameter, read from its device: what `writeSafetensors` takes. */
export async function readState(
  module: Parameterised,
  rename: (path: string) => string = (path) => path,
): Promise<{ name: string; shape: readonly number[]; data: Float32Array | Int32Array }[]> {
  return Promise.all(
    Array.from(module.parameters(), async ([path, tensor]) => ({
      name: rename(path),
      shape: tensor.shape,
      data: await tensor.data(),
    })),
  );
}

/** A source over values in memory. */
export function mapSource(values: ReadonlyMap<string, TensorValues>): StateSource {
  const get = (name: string): TensorValues => {
    const entry = values.get(name);
    if (!entry) throw new StateDictError([name], [], []);
    return entry;
  };
  return { names: [...values.keys()], info: get, read: async (name) => get(name) };
}

/**
 * Puts the values of a source into a module's parameters. All names and shapes are compared first; nothing is loaded
 * unless everything fits.
 * @throws StateDictError that lists missing, unexpected and mismatched names together
 */
export async function loadStateDict(
  module: Parameterised,
  source: StateSource,
  { rename = (path) => path, strict = true }: LoadOptions = {},
): Promise<void> {
  const known = new Set(source.names);
  const wanted = Array.from(module.parameters(), ([path, parameter]) => ({ name: rename(path), parameter }));
  const found = wanted.filter(({ name }) => known.has(name));
  const missing = wanted.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  const names = new Set(wanted.map(({ name }) => name));
  const unexpected = source.names.filter((name) => !names.has(name));
  const mismatched = found
    .filter(({ name, parameter }) => !sameShape(source.info(name).shape, parameter.shape))
    .map(
      ({ name, parameter }) =>
        `${name}: ${formatShape(source.info(name).shape)} instead of ${formatShape(parameter.shape)}`,
    );
  if (mismatched.length > 0 || (strict && missing.length + unexpected.length > 0))
    throw new StateDictError(strict ? missing : [], strict ? unexpected : [], mismatched);
  const read = await Promise.all(found.map(({ name }) => source.read(name)));
  found.forEach(({ parameter }, i) => {
    const { data, shape } = read[i] as TensorValues;
    parameter.assign(parameter.like(Float32Array.from(data), shape));
  });
}
