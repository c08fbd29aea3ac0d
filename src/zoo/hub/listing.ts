/** What a hub's interface says of a repository, through the hub's own library: commit, files, sizes and checksums. */

import { readBody } from '../../files/body.ts';
import { HubError } from './errors.ts';
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

/** A page of the interface has a thousand files. */
const MOST_PAGES = 300;
const LARGEST_PAGE = 32e6;

/** The same response, read here within its bounds. */
async function bounded(response: Response, { silence }: HubSettings): Promise<Response> {
  const bytes = await readBody(response, { bytes: LARGEST_PAGE, ...(silence && { seconds: silence }) });
  const { status, headers } = response;
  return new Response(bytes.length > 0 ? (bytes as Uint8Array<ArrayBuffer>) : null, { status, headers });
}

/**
 * The library lists; it does not download here, because it starts every file from its beginning, checks no checksum,
 * and takes only tokens that begin with `hf_`.
 *
 * @returns undefined when there is no such repository, or the server has no interface
 * @throws HubAccessError, HubError
 */
export async function listRepository(
  repository: string,
  revision: string,
  settings: HubSettings,
): Promise<Listing | undefined> {
  const { listFiles, modelInfo } = await import('@huggingface/hub');
  let pages = 0;
  const library = {
    hubUrl: settings.endpoint,
    revision,
    fetch: async (address: Parameters<typeof fetch>[0], { headers }: RequestInit = {}) => {
      if (++pages > MOST_PAGES) throw new HubError(`${repository}: the list of its files has no end`);
      const options = { headers: Object.fromEntries(new Headers(headers)) };
      return bounded(await request(String(address), repository, settings, options), settings);
    },
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
    if (statusCode !== undefined && statusCode < 500 && statusCode !== 429) return undefined;
    // The library trusts what it is sent, and a Response has no status beyond 599.
    const unsound = [TypeError, SyntaxError, RangeError].some((kind) => error instanceof kind);
    const reason = statusCode ?? (unsound ? 'it is not what a hub sends' : message);
    throw new HubError(`${repository}: the hub's list of its files cannot be read (${reason})`);
  }
}
