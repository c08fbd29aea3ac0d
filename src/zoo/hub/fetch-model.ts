/** A model by name: from the hub into the cache. */

import { stat, statfs } from 'node:fs/promises';
import { humanBytes } from '../../files/byte-source.ts';
import { makeFolders } from '../../files/write-file.ts';
import { HubCache } from './cache.ts';
import { type DownloadReport, download, whatIsWrong } from './download.ts';
import { HubError, onDisk } from './errors.ts';
import { type Plan, planModel } from './plan.ts';
import { Hub, type RemoteFile } from './remote.ts';
import { type ResolvedModel, resolveModel } from './resolve.ts';
import type { HubSettings } from './settings.ts';

/** What is told while files arrive. */
export interface FetchReport extends DownloadReport {
  begin(file: RemoteFile): void;
  end(file: RemoteFile, outcome: 'fetched' | 'was there'): void;
}

/** What a model needs of the hub, file by file, each once. @throws HubError */
export async function planFetch(name: string, settings: HubSettings): Promise<Plan<RemoteFile>> {
  return planModel(new Hub(settings), name);
}

/** The files of a plan, each once: a tokenizer may lie in the repository of the language model. */
export function filesOf(plan: Plan<RemoteFile>): RemoteFile[] {
  const files = plan.parts.flatMap((part) => part.files);
  return [...new Map(files.map((file) => [`${file.repository}/${file.name}`, file])).values()];
}

/**
 * Brings what is not in the cache yet. Only when all files of a repository are there is its `main` set to them, so
 * that nobody opens half a model.
 *
 * @throws HubError of one of its kinds
 */
export async function fetchModel(
  plan: Plan<RemoteFile>,
  settings: HubSettings,
  report: FetchReport,
): Promise<ResolvedModel> {
  const cache = new HubCache(settings.cache);
  const files = filesOf(plan);
  await checkSpace(cache, files);
  for (const file of files) {
    report.begin(file);
    const there = (await whatIsWrong(file, cache.blob(file))) === undefined;
    if (!there) await download(file, cache.blob(file), settings, report);
    await cache.link(file);
    report.end(file, there ? 'was there' : 'fetched');
  }
  for (const [repository, commit] of new Map(files.map((file) => [file.repository, file.commit])))
    await cache.setMain(repository, commit);
  return resolveModel(plan.name, settings);
}

async function checkSpace(cache: HubCache, files: readonly RemoteFile[]): Promise<void> {
  await onDisk(cache.folder, () => makeFolders(cache.folder));
  const missing = await Promise.all(
    files.map(async (file) => {
      if (await cache.holds(file)) return 0;
      const partial = await stat(`${cache.blob(file)}.incomplete`).catch(() => undefined);
      return Math.max(0, file.bytes - (partial?.size ?? 0));
    }),
  );
  const needed = missing.reduce((sum, bytes) => sum + bytes, 0);
  const { bavail, bsize } = await onDisk(cache.folder, () => statfs(cache.folder));
  if (needed > bavail * bsize)
    throw new HubError(`${cache.folder}: ${humanBytes(needed)} are needed, ${humanBytes(bavail * bsize)} are free`);
}
