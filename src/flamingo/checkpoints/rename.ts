import type { TensorValues } from '../../nn/safetensors.ts';
import type { StateSource } from '../../nn/state-dict.ts';
import { ArgumentError, ShapeError } from '../../tensor/errors.ts';
import { sizeOf } from '../../tensor/shape.ts';

/**
 * One line of a rename table. In both names `*` stands for one segment and `**` for any number, the same in both.
 * Several names of ours are rows of one tensor of theirs, stacked in this order in equal parts.
 */
export interface RenameRule {
  readonly ours: string | readonly string[];
  readonly theirs: string;
  /** Their matrix is ours with rows and columns exchanged. */
  readonly transposed?: boolean;
}

/** How a format names what this library names otherwise, usable for reading and for writing. */
export type RenameTable = readonly RenameRule[];

/** A source in their names seen in ours, to load from. Names that no rule knows stay, for a strict load to report. */
export function inOurNames(source: StateSource, table: RenameTable): StateSource {
  const entries = new Map<string, Entry>();
  for (const name of source.names) {
    const found = match(table, name, (rule) => [rule.theirs]);
    const ours = found ? namesOf(found.rule.ours).map((pattern) => fill(pattern, found.wildcards)) : [name];
    const transposed = found?.rule.transposed ?? false;
    ours.forEach((our, index) => {
      entries.set(our, {
        shape: () => rowsOf(orientedShape(source.info(name).shape, transposed, name), ours.length, name),
        read: async () => partOf(oriented(await source.read(name), transposed, name), index, ours.length, name),
      });
    });
  }
  return view(entries);
}

/** A source in our names seen in theirs: what is written to a file of that format. */
export function inTheirNames(source: StateSource, table: RenameTable): StateSource {
  const entries = new Map<string, Entry>();
  for (const name of source.names) {
    const found = match(table, name, (rule) => namesOf(rule.ours));
    if (!found) {
      entries.set(name, { shape: () => source.info(name).shape, read: () => source.read(name) });
      continue;
    }
    const { rule, wildcards } = found;
    const parts = namesOf(rule.ours).map((pattern) => fill(pattern, wildcards));
    const transposed = rule.transposed ?? false;
    entries.set(fill(rule.theirs, wildcards), {
      shape: () => orientedShape(stackedShape(source.info(name).shape, parts.length), transposed, name),
      read: async () => oriented(stacked(await Promise.all(parts.map((p) => source.read(p)))), transposed, name),
    });
  }
  return view(entries);
}

/** The tensors under a prefix, without it; the others are left out. */
export function part(source: StateSource, prefix: string): StateSource {
  const names = source.names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return { names, info: (name) => source.info(prefix + name), read: (name) => source.read(prefix + name) };
}

interface Entry {
  readonly shape: () => readonly number[];
  readonly read: () => Promise<TensorValues>;
}

function view(entries: ReadonlyMap<string, Entry>): StateSource {
  const entry = (name: string): Entry => {
    const found = entries.get(name);
    if (!found) throw new ArgumentError('rename', `there is no tensor '${name}'`);
    return found;
  };
  return {
    names: [...entries.keys()],
    info: (name) => ({ shape: entry(name).shape() }),
    read: async (name) => entry(name).read(),
  };
}

const namesOf = (names: string | readonly string[]): readonly string[] => (typeof names === 'string' ? [names] : names);

interface Match {
  readonly rule: RenameRule;
  readonly wildcards: readonly string[];
}

function match(table: RenameTable, name: string, patterns: (rule: RenameRule) => readonly string[]): Match | undefined {
  for (const rule of table) {
    for (const pattern of patterns(rule)) {
      const wildcards = expression(pattern).exec(name);
      if (wildcards) return { rule, wildcards: wildcards.slice(1) };
    }
  }
  return undefined;
}

function expression(pattern: string): RegExp {
  const source = pattern
    .split(/(\*+)/)
    .map((piece) => (piece === '**' ? '(.+)' : piece === '*' ? '([^.]+)' : piece.replaceAll('.', '\\.')))
    .join('');
  return new RegExp(`^${source}$`);
}

function fill(pattern: string, wildcards: readonly string[]): string {
  let index = 0;
  return pattern.replace(/\*+/g, () => wildcards[index++] as string);
}

function orientedShape(shape: readonly number[], transposed: boolean, name: string): readonly number[] {
  if (!transposed) return shape;
  if (shape.length !== 2) throw new ShapeError('rename', `'${name}' should be a matrix`, shape);
  return [shape[1] as number, shape[0] as number];
}

function oriented(values: TensorValues, transposed: boolean, name: string): TensorValues {
  if (!transposed) return values;
  const shape = orientedShape(values.shape, transposed, name);
  const [columns, rows] = shape as [number, number];
  const data = values.data.slice();
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) data[j * rows + i] = values.data[i * columns + j] as number;
  return { ...values, shape, data };
}

/** The shape of one of `count` equal parts, cut along the rows. */
function rowsOf(shape: readonly number[], count: number, name: string): readonly number[] {
  if (count === 1) return shape;
  const [rows = 0, ...rest] = shape;
  if (rows % count !== 0) throw new ShapeError('rename', `the rows of '${name}' should be ${count} equal parts`, shape);
  return [rows / count, ...rest];
}

function partOf(values: TensorValues, index: number, count: number, name: string): TensorValues {
  if (count === 1) return values;
  const shape = rowsOf(values.shape, count, name);
  const size = sizeOf(shape);
  return { ...values, shape, data: values.data.slice(index * size, (index + 1) * size) };
}

function stackedShape(shape: readonly number[], count: number): readonly number[] {
  return count === 1 ? shape : [(shape[0] as number) * count, ...shape.slice(1)];
}

function stacked(parts: readonly TensorValues[]): TensorValues {
  const [first, ...others] = parts as [TensorValues, ...TensorValues[]];
  if (others.length === 0) return first;
  const size = first.data.length;
  const data = first.dtype === 'int32' ? new Int32Array(size * parts.length) : new Float32Array(size * parts.length);
  parts.forEach((part, i) => {
    if (part.data.length !== size)
      throw new ShapeError('rename', 'stacked tensors should have one shape', part.shape, first.shape);
    data.set(part.data, i * size);
  });
  return { ...first, shape: stackedShape(first.shape, parts.length), data };
}
