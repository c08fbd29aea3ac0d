import type { StateSource } from '../../files/checkpoint-source.ts';
import { type StoredValues, type TensorValues, toFloat32 } from '../../files/element-types.ts';
import { requireKinds } from '../../files/kinds.ts';
import { ArgumentError, ShapeError } from '../../tensor/errors.ts';
import { sameShape, sizeOf } from '../../tensor/shape.ts';

/**
 * One line of a rename table: from names of theirs to names of ours. In all of them `*` stands for one segment and `**`
 * for any number, the same in all. Where one side has several names, they are rows of one tensor of the other side,
 * stacked in this order. Without a name of ours it is left out, as buffers are, which are not parameters.
 */
export interface RenameRule {
  readonly ours: string | readonly string[];
  readonly theirs: string | readonly string[];
  /** Their matrices are ours with rows and columns exchanged. */
  readonly transposed?: boolean;
  /** Their tensors have an axis of length 1 there that ours have not. */
  readonly unitAxis?: number;
  /** Rows of each stacked part; default equal ones. */
  readonly rows?: readonly number[];
  /** The parts are stacked anew in each of so many equal groups of rows: GPT-NeoX's [q, k, v] of each head. */
  readonly groups?: number;
  /** Another name of what an earlier rule names: read where that one is missing, else left out, and never written. */
  readonly alias?: boolean;
}

/** How a format names the parameters of this library, usable for reading and for writing. */
export type RenameTable = readonly RenameRule[];

/** A source in their names seen in ours, to load from. Names that no rule knows stay, for a strict load to report. */
export function inOurNames(source: StateSource, table: RenameTable): StateSource {
  requireKinds('inOurNames', { source, table }, '{names,read} [ours,theirs]');
  return alsoStored(source, (from) => ours(from, table));
}

function ours(source: StateSource, table: RenameTable): StateSource {
  const entries = new Map<string, Entry>();
  const present = new Set(source.names);
  const aliases: Match[] = [];
  for (const name of source.names) {
    const found = match(table, name, 'theirs');
    if (!found?.theirs.every((their) => present.has(their))) entries.set(name, same(source, name));
    else if (found.rule.alias) aliases.push(found);
    else for (const [our, entry] of ourEntries(source, found)) entries.set(our, entry);
  }
  for (const found of aliases)
    for (const [our, entry] of ourEntries(source, found)) if (!entries.has(our)) entries.set(our, entry);
  return view(entries);
}

/** A source in our names seen in theirs: what is written to a file of that format. */
export function inTheirNames(source: StateSource, table: RenameTable): StateSource {
  requireKinds('inTheirNames', { source, table }, '{names,read} [ours,theirs]');
  return alsoStored(source, (from) => theirs(from, table));
}

function theirs(source: StateSource, table: RenameTable): StateSource {
  const entries = new Map<string, Entry>();
  const present = new Set(source.names);
  const written = table.filter(({ alias }) => !alias);
  for (const name of source.names) {
    const found = match(written, name, 'ours');
    if (!found?.ours.every((our) => present.has(our))) entries.set(name, same(source, name));
    else for (const [their, entry] of theirEntries(source, found)) entries.set(their, entry);
  }
  return view(entries);
}

/** What a format calls a tensor of ours, all parts of it; the name itself where the table has none. */
export function theirNamesOf(name: string, table: RenameTable): readonly string[] {
  const written = table.filter(({ alias }) => !alias);
  return match(written, name, 'ours')?.theirs ?? [name];
}

/** The tensors under a prefix, without it; the others are left out. */
export function part(source: StateSource, prefix: string): StateSource {
  const names = source.names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return alsoStored(source, (from) => ({
    names,
    info: (name) => from.info(prefix + name),
    read: (name) => from.read(prefix + name),
  }));
}

/** Several files as one source. @throws ArgumentError when two of them hold the same name */
export function together(sources: readonly StateSource[]): StateSource {
  const owners = new Map<string, StateSource>();
  for (const source of sources) {
    for (const name of source.names) {
      if (owners.has(name)) throw new ArgumentError('together', `two of the files hold '${name}'`);
      owners.set(name, source);
    }
  }
  const owner = (name: string): StateSource => {
    const found = owners.get(name);
    if (!found) throw new ArgumentError('together', `none of the files holds '${name}'`);
    return found;
  };
  return {
    names: [...owners.keys()],
    info: (name) => owner(name).info(name),
    read: async (name) => owner(name).read(name),
    readStored: async (name) => owner(name).readStored?.(name) ?? owner(name).read(name),
  };
}

/**
 * Renaming moves elements and computes with none, so a view of a source serves what the source keeps in half precision as
 * well as what it widens.
 */
function alsoStored(source: StateSource, view: (from: StateSource) => StateSource): StateSource {
  const stored = (name: string) => (source.readStored?.(name) ?? source.read(name)) as Promise<TensorValues>;
  const { read: readStored } = view({ names: source.names, info: (name) => source.info(name), read: stored });
  return { ...view(source), readStored };
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

function same(source: StateSource, name: string): Entry {
  return { shape: () => source.info(name).shape, read: () => source.read(name) };
}

function ourEntries(source: StateSource, { rule, ours, theirs }: Match): [string, Entry][] {
  const { transposed: isTransposed, unitAxis } = rule;
  const turned = theirs.map((name) => {
    const entry = isTransposed ? transposed(same(source, name), name) : same(source, name);
    return unitAxis === undefined ? entry : reshaped(entry, (shape) => shape.toSpliced(unitAxis, 1), name);
  });
  return restack(turned, ours, rule, theirs.join(', '));
}

function theirEntries(source: StateSource, { rule, ours, theirs }: Match): [string, Entry][] {
  const parts = ours.map((name) => same(source, name));
  const stacked = restack(parts, theirs, rule, ours.join(', '));
  const { transposed: isTransposed, unitAxis } = rule;
  return stacked.map(([name, entry]) => {
    const turned = isTransposed ? transposed(entry, name) : entry;
    return [name, unitAxis === undefined ? turned : reshaped(turned, (shape) => shape.toSpliced(unitAxis, 0, 1), name)];
  });
}

/** One tensor cut into several, several joined to one, or one as it is. */
function restack(from: readonly Entry[], to: readonly string[], rule: RenameRule, label: string): [string, Entry][] {
  const whole = from.length === 1 ? (from[0] as Entry) : joined(from, rule, label);
  return to.map((name, index) => [name, to.length === 1 ? whole : cut(whole, index, to.length, rule, label)]);
}

interface Match {
  readonly rule: RenameRule;
  /** The rule's names with the wildcards of the name that it was found by. */
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

const namesOf = (names: string | readonly string[]): readonly string[] => (typeof names === 'string' ? [names] : names);

function match(table: RenameTable, name: string, side: 'ours' | 'theirs'): Match | undefined {
  for (const rule of table) {
    for (const pattern of namesOf(rule[side])) {
      const wildcards = expression(pattern).exec(name)?.slice(1);
      if (!wildcards) continue;
      const filled = (names: RenameRule['ours']) => namesOf(names).map((other) => fill(other, wildcards));
      return { rule, ours: filled(rule.ours), theirs: filled(rule.theirs) };
    }
  }
  return undefined;
}

/** Each is asked for every name of a file. */
const expressions = new Map<string, RegExp>();

function expression(pattern: string): RegExp {
  const known = expressions.get(pattern);
  if (known) return known;
  const source = pattern
    .split(/(\*+)/)
    .map((piece) => (piece === '**' ? '(.+)' : piece === '*' ? '([^.]+)' : piece.replaceAll('.', '\\.')))
    .join('');
  const made = new RegExp(`^${source}$`);
  expressions.set(pattern, made);
  return made;
}

function fill(pattern: string, wildcards: readonly string[]): string {
  let index = 0;
  return pattern.replace(/\*+/g, () => wildcards[index++] as string);
}

/** The same numbers in another shape. @throws ShapeError when that holds another number of them */
function reshaped({ shape, read }: Entry, to: (shape: readonly number[]) => readonly number[], name: string): Entry {
  const shapeOf = (old: readonly number[]): readonly number[] => {
    if (sizeOf(to(old)) !== sizeOf(old))
      throw new ShapeError('rename', `'${name}' should have an axis of length 1`, old);
    return to(old);
  };
  return {
    shape: () => shapeOf(shape()),
    read: async () => {
      const values = await read();
      return { ...values, shape: shapeOf(values.shape) };
    },
  };
}

/** @throws ShapeError when it is not a matrix */
function transposed({ shape, read }: Entry, name: string): Entry {
  const turned = (old: readonly number[]): readonly number[] => {
    if (old.length !== 2) throw new ShapeError('rename', `'${name}' should be a matrix`, old);
    return [old[1] as number, old[0] as number];
  };
  return {
    shape: () => turned(shape()),
    read: async () => {
      const values = await read();
      const [columns, rows] = turned(values.shape) as [number, number];
      const data = values.data.slice();
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) data[j * rows + i] = values.data[i * columns + j] as number;
      return { ...values, shape: [columns, rows], data };
    },
  };
}

/** Part `index` of `count`. @throws ShapeError when the rows are not those of all parts */
function cut({ shape, read }: Entry, index: number, count: number, rule: RenameRule, label: string): Entry {
  const { groups = 1 } = rule;
  /** Where the part starts in a group of rows, how many it has there, and how many the group has. */
  const place = (whole: readonly number[]): { start: number; rows: number; group: number } => {
    const [all = 0] = whole;
    const each = rule.rows ?? new Array<number>(count).fill(all / count);
    const total = each.reduce((sum, rows) => sum + rows, 0);
    const fits = total === all && each.every((rows) => Number.isInteger(rows / groups));
    if (!fits) {
      const parts = `${rule.rows ? rule.rows.join(' + ') : `${count} equal parts`} in ${groups} groups`;
      throw new ShapeError('rename', `the rows of '${label}' should be ${parts}`, whole);
    }
    const start = each.slice(0, index).reduce((sum, rows) => sum + rows, 0);
    return { start: start / groups, rows: (each[index] as number) / groups, group: total / groups };
  };
  const partShape = (whole: readonly number[]): readonly number[] => [place(whole).rows * groups, ...whole.slice(1)];
  return {
    shape: () => partShape(shape()),
    read: async () => {
      const values = await read();
      const { start, rows, group } = place(values.shape);
      const row = sizeOf(values.shape.slice(1));
      const data = emptyLike(values, rows * groups * row);
      for (let i = 0; i < groups; i++) {
        const from = (i * group + start) * row;
        data.set(values.data.subarray(from, from + rows * row), i * rows * row);
      }
      return { ...values, shape: partShape(values.shape), data };
    },
  };
}

/** The inverse of `cut`. @throws ShapeError when the parts differ in more than their rows */
function joined(parts: readonly Entry[], { groups = 1 }: RenameRule, label: string): Entry {
  const joinedShape = (shapes: readonly (readonly number[])[]): readonly number[] => {
    const [first = [], ...others] = shapes;
    const odd = others.find((shape) => !sameShape(shape.slice(1), first.slice(1)));
    if (odd) throw new ShapeError('rename', `'${label}' should have rows of one length`, first, odd);
    return [shapes.reduce((sum, [rows = 0]) => sum + rows, 0), ...first.slice(1)];
  };
  return {
    shape: () => joinedShape(parts.map((part) => part.shape())),
    read: async () => {
      const read = await Promise.all(parts.map((part) => part.read()));
      const mixed = read.some(({ dtype }) => dtype !== read[0]?.dtype);
      const values = mixed ? read.map(toFloat32) : read;
      const shape = joinedShape(values.map((part) => part.shape));
      const [first] = values as [TensorValues];
      const data = emptyLike(first, sizeOf(shape));
      let at = 0;
      for (let i = 0; i < groups; i++) {
        for (const part of values) {
          const size = part.data.length / groups;
          data.set(part.data.subarray(i * size, (i + 1) * size), at);
          at += size;
        }
      }
      return { ...first, shape, data };
    },
  };
}

function emptyLike({ dtype }: StoredValues, size: number): TensorValues['data'] {
  const Elements = { float32: Float32Array, int32: Int32Array, float16: Uint16Array, bfloat16: Uint16Array }[dtype];
  return new Elements(size) as TensorValues['data'];
}
