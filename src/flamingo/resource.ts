/** Bytes by path or URL, in Node and in a page. */

import { GlassFlamingoError } from '../tensor/errors.ts';

/** A file that cannot be had. */
export class ResourceError extends GlassFlamingoError {
  override name = 'ResourceError';
  /** For a sentence: `does not exist`. */
  readonly reason: string;

  constructor(place: string, reason: string) {
    super(`${place} ${reason}`);
    this.reason = reason;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read',
};

/** Paths are the disk's in Node, and relative to the page in a page. @throws ResourceError */
export async function readResource(place: string | URL): Promise<Uint8Array> {
  const address = parseUrl(place);
  const onDisk = typeof process !== 'undefined' && process.versions?.node !== undefined;
  try {
    if (onDisk && (!address || address.protocol === 'file:')) {
      const { readFile } = await import('node:fs/promises');
      return await readFile(address ?? place);
    }
    const response = await fetch(address ?? place);
    if (!response.ok) throw new ResourceError(String(place), `cannot be fetched (${response.status})`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    if (error instanceof ResourceError) throw error;
    const { code, message } = error as { code?: string; message?: string };
    throw new ResourceError(String(place), REASONS[code ?? ''] ?? `cannot be read (${message ?? error})`);
  }
}

/** A file of a folder given by path or URL. */
export function inFolder(folder: string | URL, name: string): string | URL {
  const address = parseUrl(folder);
  if (!address) return `${folder}/${name}`;
  return new URL(name, address.href.endsWith('/') ? address : `${address}/`);
}

/** Undefined for a path, Windows' `C:\` included. */
function parseUrl(place: string | URL): URL | undefined {
  if (place instanceof URL) return place;
  return /^[a-z][a-z\d+.-]+:/i.test(place) ? new URL(place) : undefined;
}
