/** Where the files of a fetched model, or of a folder, lie. */

import { HubCache, type LocalFile, ModelFolder } from './cache.ts';
import { HubNotFoundError } from './errors.ts';
import type { Layout, Part } from './models.ts';
import { planModel } from './plan.ts';
import type { HubSettings } from './settings.ts';

const { stat } = process.getBuiltinModule('node:fs/promises');
const { basename, resolve } = process.getBuiltinModule('node:path');

/** The files of one part of a model. */
export interface ResolvedPart {
  readonly repository: string;
  /** Path of each file by its name in the repository: `config.json`, `tokenizer.json`. */
  readonly files: Readonly<Record<string, string>>;
  /** Path of the file with all tensors, or of the index of its shards. */
  readonly weights?: string;
}

export interface ResolvedModel {
  readonly name: string;
  readonly layout: Layout;
  /** OpenFlamingo: a gated block before every n-th layer, which its files do not say. */
  readonly every?: number;
  /** What the layout has: IDEFICS holds vision and language in `flamingo`. */
  readonly parts: Readonly<Partial<Record<Part, ResolvedPart>>>;
}

/**
 * A model that `fetch` brought, by its name, or a folder that holds one in the same layout. Asks no network.
 * What a folder's config.json names in other repositories is looked for in `FOLDER/OWNER/NAME`, then in the cache.
 *
 * @throws HubNotFoundError when a file is missing, with what to do; HubError for what is not a Flamingo
 */
export async function resolveModel(nameOrPath: string, settings: Pick<HubSettings, 'cache'>): Promise<ResolvedModel> {
  const cache = new HubCache(settings.cache);
  const entry = await stat(nameOrPath).catch(() => undefined);
  const folder = entry?.isDirectory() ? resolve(nameOrPath) : undefined;
  try {
    const { parts, ...plan } = folder
      ? await planModel(new ModelFolder(folder, cache), basename(folder), ModelFolder.itself)
      : await planModel(cache, nameOrPath);
    const resolved = parts.map(({ part, repository, files, weights }): [Part, ResolvedPart] => [
      part,
      { repository, files: pathsOf(files), ...(weights && { weights: weights.path }) },
    ]);
    return { ...plan, parts: Object.fromEntries(resolved) };
  } catch (error) {
    if (!(error instanceof HubNotFoundError)) throw error;
    const advice = folder
      ? 'in this folder or in the cache'
      : `in the cache; \`glass-flamingo fetch ${nameOrPath}\` brings it`;
    throw new HubNotFoundError(`${error.message} (${advice})`);
  }
}

function pathsOf(files: readonly LocalFile[]): Record<string, string> {
  return Object.fromEntries(files.map(({ name, path }) => [name, path]));
}
