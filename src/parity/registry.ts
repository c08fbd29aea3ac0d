/** What is known of goldens: modules by their case.json, everything else by an index. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clip } from './clip.ts';
import type { Indexed } from './compare.ts';
import { fileCases } from './files.ts';
import { flamingoMini } from './flamingo-mini.ts';
import { idefics } from './idefics.ts';
import { languageModel } from './language-model.ts';
import { gatedBlock, resampler } from './lucidrains.ts';
import { operationCases } from './op-index.ts';
import { openFlamingo } from './open-flamingo.ts';
import { preprocessingCases } from './preprocessing.ts';
import type { CaseJson, CaseRunner } from './runner.ts';
import { tokenizerCases } from './tokenizer.ts';

/** Every kind of case that is a module; the first that matches runs it. */
export const runners: readonly CaseRunner[] = [
  clip,
  resampler,
  gatedBlock,
  languageModel,
  openFlamingo,
  flamingoMini,
  idefics,
];

export function runnerFor(json: CaseJson): CaseRunner | undefined {
  return runners.find((runner) => runner.matches(json));
}

/** A kind of index: its file, and the cases when the content is of this kind. Told by content, never by a name. */
interface IndexKind {
  readonly file: string;
  open(json: object, folder: string): Indexed | undefined;
}

const KINDS: readonly IndexKind[] = [
  { file: 'index.json', open: operationCases },
  { file: 'index.json', open: preprocessingCases },
  { file: 'index.json', open: fileCases },
  { file: 'cases.json', open: tokenizerCases },
];

/** The cases of a folder, of the first kind that knows its index. @throws Error when an index is not valid JSON */
export async function openIndex(folder: string, files: ReadonlySet<string>): Promise<Indexed | undefined> {
  for (const { file, open } of KINDS) {
    if (!files.has(file)) continue;
    const json: unknown = JSON.parse(await readFile(join(folder, file), 'utf8'));
    const found = typeof json === 'object' && json !== null ? open(json, folder) : undefined;
    if (found) return found;
  }
  return undefined;
}
