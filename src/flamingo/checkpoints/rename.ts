import { ArgumentError, ShapeError } from '../../tensor/errors.ts';
import { sizeOf } from '../../tensor/shape.ts';

/** Values of one tensor as read from, or written to, a file. */
export interface TensorValues {
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
  readonly data: Float32Array | Int32Array;
}

/** Named tensors that are read one by one: a file, a module's state, or one of these under other names. */
export interface TensorSource {
  readonly names: readonly string[];
  read(name: string): Promise<TensorValues>;
}

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

/** A source in their names seen in ours. Names that no rule knows stay, for a strict load to report. */
export function inOurNames(source: TensorSource, table: RenameTable): TensorSource {
  const reads = new Map<string, () => Promise<TensorValues>>();
  for (const name of source.names) {
    const found = match(table, name, (rule) => [rule.theirs]);
    const ours = found ? namesOf(found.rule.ours).map((pattern) => fill(pattern, found.wildcards)) : [name];
    ours.forEach((our, part) => {
      reads.set(our, async () => {
        const values = oriented(await source.read(name), found?.rule, name);
        return ours.length === 1 ? values : rowsOf(values, part, ours.length, name);
      });
    });
  }
  return view(reads);
}

/** A source in our names seen in theirs: what is written to a file of that format. */
export function inTheirNames(source: TensorSource, table: RenameTable): TensorSource {
  const reads = new Map<string, () => Promise<TensorValues>>();
  for (const name of source.names) {
    const found = match(table, name, (rule) => namesOf(rule.ours));
    if (!found) {
      reads.set(name, () => source.read(name));
      continue;
    }
    const { rule, wildcards } = found;
    const parts = namesOf(rule.ours).map((pattern) => fill(pattern, wildcards));
    reads.set(fill(rule.theirs, wildcards), async () => {
      const values = await Promise.all(parts.map((part) => source.read(part)));
      return oriented(stacked(values), rule, name);
    });
  }
  return view(reads);
}

/** The tensors under a prefix, without it; the others are left out. */
export function part(source: TensorSource, prefix: string): TensorSource {
  const names = source.names.filter((name) => name.startsWith(prefix));
  return { names: names.map((name) => name.slice(prefix.length)), read: (name) => source.read(prefix + name) };
}

function view(reads: ReadonlyMap<string, () => Promise<TensorValues>>): TensorSource {
  return {
    names: [...reads.keys()],
    read: async (name) => {
      const read = reads.get(name);
      if (!read) throw new ArgumentError('rename', `there is no tensor '${name}'`);
      return read();
    },
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

function oriented(values: TensorValues, rule: RenameRule | undefined, name: string): TensorValues {
  if (!rule?.transposed) return values;
  if (values.shape.length !== 2) throw new ShapeError('rename', `'${name}' should be a matrix`, values.shape);
  const [rows, columns] = values.shape as [number, number];
  const data = values.data.slice();
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) data[j * rows + i] = values.data[i * columns + j] as number;
  return { ...values, shape: [columns, rows], data };
}

function rowsOf(values: TensorValues, index: number, count: number, name: string): TensorValues {
  const [rows = 0, ...rest] = values.shape;
  if (rows % count !== 0)
    throw new ShapeError('rename', `the rows of '${name}' should be ${count} equal parts`, values.shape);
  const size = sizeOf(values.shape) / count;
  return { ...values, shape: [rows / count, ...rest], data: values.data.slice(index * size, (index + 1) * size) };
}

function stacked(parts: readonly TensorValues[]): TensorValues {
  const [first, ...others] = parts as [TensorValues, ...TensorValues[]];
  if (others.length === 0) return first;
  const data =
    first.data instanceof Float32Array
      ? new Float32Array(first.data.length * parts.length)
      : new Int32Array(first.data.length * parts.length);
  parts.forEach((part, i) => {
    if (part.data.length !== first.data.length)
      throw new ShapeError('rename', 'stacked tensors should have one shape', part.shape, first.shape);
    data.set(part.data, i * first.data.length);
  });
  return { ...first, shape: [(first.shape[0] as number) * parts.length, ...first.shape.slice(1)], data };
}
