import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileCases } from './files.ts';
import type { Indexed } from './indexed.ts';
import { operationCases } from './op-folder.ts';
import { preprocessingCases } from './preprocessing.ts';
import { tokenizerCases } from './tokenizer.ts';

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
