/** What a hub's interface says of a repository, through the hub's own library: commit, files, sizes and checksums. */

import { HubError, HubNetworkError } from './errors.ts';
import { request } from './request.ts';
import type { HubSettings } from './settings.ts';

export interface ListedFile {
  readonly bytes: number;
  /** Git's hash of the file, or of the pointer that stands for it. */
  readonly oid: string;
  /** SHA-256 of a large file. */
  readonly sha256?: string;
}

export interface Listing {
  readonly commit: string;
  readonly files: ReadonlyMap<string, ListedFile>;
}

/**
 * The library lists; it does not download here, because it starts every file from its beginning, checks no checksum,
 * and takes only tokens that begin with `hf_`.
 *
 * @returns undefined when there is no such repository, or the server has no interface
 * @throws HubAccessError, HubNetworkError
 */
export async function listRepository(
  repository: string,
  revision: string,
  settings: HubSettings,
): Promise<Listing | undefined> {
  const { listFiles, modelInfo } = await import('@huggingface/hub');
  const library = {
    hubUrl: settings.endpoint,
    revision,
    fetch: (address: Parameters<typeof fetch>[0], { headers }: RequestInit = {}) =>
      request(String(address), repository, settings, { headers: Object.fromEntries(new Headers(headers)) }),
  };
  try {
    const { sha }: { sha?: unknown } = await modelInfo({ ...library, name: repository, additionalFields: ['sha'] });
    if (typeof sha !== 'string') return undefined;
    const files = new Map<string, ListedFile>();
    for await (const entry of listFiles({ ...library, repo: { type: 'model', name: repository }, recursive: true })) {
      if (entry.type !== 'file') continue;
      const { path, size, oid = '', lfs } = entry;
      files.set(path, { bytes: lfs?.size ?? size, oid, ...(lfs && { sha256: lfs.oid }) });
    }
    return { commit: sha, files };
  } catch (error) {
    if (error instanceof HubError) throw error;
    const { statusCode, message } = error as { statusCode?: number; message?: string };
    if (statusCode !== undefined && statusCode < 500) return undefined;
    throw new HubNetworkError(`${repository}: the hub's list of its files cannot be read (${statusCode ?? message})`);
  }
}
