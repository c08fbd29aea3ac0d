/** Golden cases on the disk, told by content: an index of many, or a case.json with its safetensors. */

import type { Dirent } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Indexed } from './compare.ts';
import { openIndex } from './registry.ts';
import type { CaseJson } from './runner.ts';

export type Found =
  | { readonly kind: 'indexed'; readonly label: string; readonly folder: string; readonly index: Indexed }
  | { readonly kind: 'module'; readonly label: string; readonly folder: string; readonly json: CaseJson }
  | { readonly kind: 'broken'; readonly label: string; readonly folder: string; readonly reason: string };

/** Every case in a folder and below it, in the order of names; folders that hold none are passed over. */
export async function findCases(folder: string): Promise<Found[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const here = await readCase(folder, entries);
  if (here) return [here];
  const below = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return (await Promise.all(below.map((entry) => findCases(join(folder, entry.name))))).flat();
}

async function readCase(folder: string, entries: readonly Dirent[]): Promise<Found | undefined> {
  const files = new Set(entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name));
  const full = resolve(folder);
  if (files.has('case.json') && files.has('io.safetensors')) {
    const label = `${basename(dirname(full))}/${basename(full)}`;
    const json = await readJson(join(folder, 'case.json'));
    if (typeof json === 'string') return { kind: 'broken', label, folder, reason: json };
    const { implementation, config } = (json ?? {}) as Partial<CaseJson>;
    if (typeof implementation !== 'string' || typeof config !== 'object' || config === null) return undefined;
    return { kind: 'module', label, folder, json: json as CaseJson };
  }
  const label = basename(full);
  try {
    const index = await openIndex(folder, files);
    return index && { kind: 'indexed', label, folder, index };
  } catch (error) {
    return { kind: 'broken', label, folder, reason: (error as Error).message };
  }
}

/** The value, or a text that says why there is none. */
async function readJson(file: string): Promise<object | string | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as object | null;
  } catch (error) {
    return `${basename(file)} cannot be read: ${(error as Error).message}`;
  }
}
