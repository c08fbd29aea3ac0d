import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { OWN_FILES } from './files.ts';
import { holdBack } from './hold-back.ts';
import { type OwnData, type OwnReader, type OwnText, readOwnData } from './own-data.ts';

/** One's own lines: those that are learnt, and those that are measured with. */
export interface Lines {
  readonly pictures: OwnData['pictures'];
  readonly train: readonly OwnText[];
  readonly evaluated: readonly OwnText[];
  readonly dropped: number;
  /** True if the evaluated lines come from `train.jsonl`. */
  readonly heldBack: boolean;
}

/** Where one's own data is. */
export interface OwnPlace {
  /** Folder with pictures and `train.jsonl`. */
  readonly data: string;
  /** Lines to measure with; default `eval.jsonl` of that folder, or some of `train.jsonl` that are held back. */
  readonly evaluation?: string;
}

/** @throws OwnDataError that lists all bad lines; TrainingError where none could be held back */
export async function readLines({ data, evaluation }: OwnPlace, reader: OwnReader, seed: number): Promise<Lines> {
  const beside = join(data, OWN_FILES.eval);
  const found = await access(beside).then(
    () => beside,
    () => undefined,
  );
  const file = evaluation ?? found;
  const trainFile = join(data, OWN_FILES.train);
  const { pictures, files } = await readOwnData(file === undefined ? [trainFile] : [trainFile, file], reader);
  const [all = [], evaluated] = files;
  if (evaluated) return { pictures, train: all, evaluated, dropped: 0, heldBack: false };
  const { train, held, dropped } = holdBack(all, seed);
  return { pictures, train, evaluated: held, dropped: dropped.length, heldBack: true };
}

/** Pictures of evaluated lines that are trained on too. */
export function inBoth({ train, evaluated }: Lines): number {
  const trained = new Set(train.flatMap(({ pictures }) => pictures));
  return new Set(evaluated.flatMap(({ pictures }) => pictures.filter((picture) => trained.has(picture)))).size;
}

export function hashOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}

/** Of the lines that are learnt, and of all pictures. */
export function hashOfLines({ train, pictures }: Lines): string {
  return hashOf([JSON.stringify(train), ...pictures.map(({ picture }) => picture.rgba)]);
}
