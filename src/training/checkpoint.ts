import { createHash } from 'node:crypto';
import { asResourceError } from '../files/location.ts';
import { openSafetensors, type SafetensorsFile, writeSafetensors } from '../files/safetensors.ts';
import { type Shape, sizeOf } from '../tensor/index.ts';
import { readRunFile, TrainingError, writeWhole } from './files.ts';

/** Values with their shape. */
interface Values {
  readonly shape: Shape;
  readonly data: Float32Array;
}
export type State = ReadonlyMap<string, Values>;

const bytesOf = ({ data }: Values): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Of all that a checkpoint says: a step that is a digit off would take its steps again, or leave some out. */
function checksum(state: State, { step, recipe }: Progress): string {
  const hash = createHash('sha256').update(JSON.stringify([step, recipe, ...state.keys()]));
  for (const values of state.values()) hash.update(bytesOf(values));
  return hash.digest('hex');
}

/** Writes values with text metadata, whole or not at all; F16 to keep, F32 bit for bit. */
export async function saveState(
  path: string,
  state: State,
  metadata: Readonly<Record<string, string>> = {},
  dtype: 'F32' | 'F16' = 'F32',
): Promise<void> {
  const entries = Array.from(state, ([name, { shape, data }]) => ({ name, shape, data, dtype }));
  await writeWhole(path, writeSafetensors(entries, metadata));
}

/** What a checkpoint says beside its tensors. */
interface Progress {
  /** Steps taken. */
  readonly step: number;
  readonly recipe: string;
}

/** Writes all that a stage needs to go on, with a checksum. */
export function saveCheckpoint(path: string, state: State, progress: Progress): Promise<void> {
  const { step, recipe } = progress;
  return saveState(path, state, { step: String(step), recipe, checksum: checksum(state, progress) });
}

/**
 * Reads a checkpoint into arrays that exist already; nothing is changed unless everything fits.
 * @returns steps taken; 0 when there is no such file
 * @throws TrainingError naming the file, what is wrong with it, and what to do
 */
export async function loadCheckpoint(
  path: string,
  into: State,
  expected: { recipe: string; steps: number },
): Promise<number> {
  const bytes = await readRunFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw asResourceError(path, error);
  });
  if (!bytes) return 0;
  const refuse = (problem: string): never => {
    throw new TrainingError(`${path} ${problem}; remove it to begin this stage again, or choose another folder`);
  };
  const file = await openSafetensors(bytes).catch((error: Error) => refuse(`is damaged: ${error.message}`));
  const { recipe, step: text = '', checksum: sum } = file.metadata;
  if (recipe !== expected.recipe) refuse(`was made with another recipe: ${recipe}, expected ${expected.recipe}`);
  checkNames(file, into, refuse);
  const read = new Map<string, Values>();
  for (const [name, { shape }] of into) {
    const { data } = await file.read(name).catch((error: Error) => refuse(`is damaged: ${error.message}`));
    if (!data.every(Number.isFinite)) refuse(`is damaged: ${name} holds numbers that are not finite`);
    read.set(name, { shape, data: data as Float32Array });
  }
  const step = /^\d+$/.test(text) ? Number(text) : -1;
  if (step < 0 || step > expected.steps) refuse(`says it is at step '${text}' of ${expected.steps}`);
  const says = checksum(read, { step, recipe: expected.recipe });
  if (sum !== says) refuse('is damaged: its checksum does not fit its contents');
  for (const [name, { data }] of read) into.get(name)?.data.set(data);
  return step;
}

function checkNames(file: SafetensorsFile, into: State, refuse: (problem: string) => never): void {
  const missing = [...into.keys()].filter((name) => !file.has(name));
  const unexpected = file.names.filter((name) => !into.has(name));
  const mismatched = [...into]
    .filter(([name, { data }]) => file.has(name) && sizeOf(file.info(name).shape) !== data.length)
    .map(([name]) => name);
  if (missing.length + unexpected.length + mismatched.length === 0) return;
  const list = (title: string, names: readonly string[]): string =>
    names.length > 0 ? `; ${names.length} ${title}: ${names.slice(0, 3).join(', ')}` : '';
  refuse(
    `does not fit${list('missing', missing)}${list('unexpected', unexpected)}${list('of another shape', mismatched)}`,
  );
}
