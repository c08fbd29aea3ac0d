/** Places of files: paths of the disk in Node, addresses anywhere. In a page a path is relative to the page. */

import { GlassFlamingoError } from '../tensor/errors.ts';
import { fetchWithin, MOST_BYTES, readBody, SECONDS_OF_SILENCE } from './body.ts';
import { type ByteSource, memorySource } from './byte-source.ts';
import { requireKinds } from './kinds.ts';
import { networkReason } from './network-reason.ts';

/** A file that cannot be had. */
export class ResourceError extends GlassFlamingoError {
  override name = 'ResourceError';
  /** For a sentence: `does not exist`. */
  readonly reason: string;

  constructor(location: string, reason: string) {
    requireKinds('ResourceError', { location, reason }, 'text text');
    super(`${withoutSecrets(location)} ${reason}`);
    this.reason = reason;
  }
}

/** An address as messages may show it. */
export function withoutSecrets(location: string): string {
  return location.replace(/^([a-z][a-z\d+.-]*:\/*)[^/?#]*@/i, '$1…@');
}

/** @throws ResourceError for an address with a name or a password in it, which no `fetch` takes */
export function requireNoSecrets(location: string | URL): void {
  const { username = '', password = '' } = parseUrl(location) ?? {};
  if (username !== '' || password !== '')
    throw new ResourceError(String(location), 'holds a name or a password; expected an address without');
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read',
  EPERM: 'may not be read',
  ENAMETOOLONG: 'has a name that is too long',
  ELOOP: 'is a link that leads round in a circle',
  ERR_INVALID_ARG_VALUE: 'is no path: it holds a character of value 0',
  ERR_INVALID_FILE_URL_HOST: 'names another machine',
  ERR_INVALID_FILE_URL_PATH: 'has an encoded / in a name',
};

/** What went wrong at a location, as a ResourceError. */
export function asResourceError(location: string | URL, error: unknown): ResourceError {
  if (error instanceof ResourceError) return error;
  if (error instanceof URIError) return new ResourceError(String(location), 'has a % that encodes nothing');
  const { code, message } = error as { code?: unknown; message?: string };
  const ofSystem = typeof code === 'string' && /^E[A-Z\d]+$/.test(code) ? code : undefined;
  const reason = message === 'fetch failed' ? networkReason(error) : (ofSystem ?? message ?? error);
  return new ResourceError(String(location), REASONS[String(code)] ?? `cannot be read (${reason})`);
}

/** Tells whether some bytes are an HTML page. */
export function isPage(bytes: Uint8Array): boolean {
  return /^\s*(<!--.*?-->\s*)*<(!doctype html|html|head|body)\b/is.test(
    new TextDecoder().decode(bytes.subarray(0, 1024)),
  );
}

/** The bytes. @throws ResourceError for a page: servers send one, often with status 200, for an address they do not have */
export function requireNoPage(bytes: Uint8Array, location: string | URL): Uint8Array {
  if (isPage(bytes))
    throw new ResourceError(String(location), 'is an HTML page, as servers send where they have no such file');
  return bytes;
}

/** Tells whether a location lies on the disk. */
export function isOnDisk(location: string | URL): boolean {
  const address = parseUrl(location);
  const inNode = typeof process !== 'undefined' && process.versions?.node !== undefined;
  return inNode && (!address || address.protocol === 'file:');
}

/** Undefined for a path, Windows' `C:\` included. */
export function parseUrl(location: string | URL): URL | undefined {
  if (location instanceof URL) return location;
  return /^[a-z][a-z\d+.-]+:/i.test(location) && URL.canParse(location) ? new URL(location) : undefined;
}

/** A file of a folder given by path or URL. */
export function inFolder(folder: string | URL, name: string): string | URL {
  const address = parseUrl(folder);
  if (!address) return `${folder}/${name}`;
  const base = address.href.endsWith('/') ? address : `${address}/`;
  if (!URL.canParse(name, base))
    throw new ResourceError(String(folder).slice(0, 60), 'holds no files, as a folder does');
  return new URL(name, base);
}

/** A file beside another one. */
export function besideFile(file: string | URL, name: string): string | URL {
  const address = parseUrl(file);
  return address ? new URL(name, address) : `${file.toString().replace(/[^/\\]*$/, '')}${name}`;
}

/**
 * A file's bytes, read in parts; nothing but its size is read now.
 * @param seconds longest time without an answer or a byte
 * @throws ResourceError
 */
export async function openLocation(location: string | URL, seconds?: number): Promise<ByteSource> {
  try {
    requireNoSecrets(location);
    if (!isOnDisk(location)) return await openAddress(parseUrl(location) ?? location, seconds);
    const { fileSource } = await import('./file-source.ts');
    const file = await fileSource(await pathOf(location));
    const fail = (error: unknown): never => {
      throw asResourceError(location, error);
    };
    return { size: file.size, read: (start, end) => file.read(start, end).catch(fail) };
  } catch (error) {
    throw asResourceError(location, error);
  }
}

/** The path of a location on the disk. */
export async function pathOf(location: string | URL): Promise<string> {
  const address = parseUrl(location);
  if (!address) return location as string;
  const { fileURLToPath } = process.getBuiltinModule('node:url');
  return fileURLToPath(address);
}

const PROBE = 65_536;

/** By ranges where the server knows them, else whole. The first part is kept: headers are read in small pieces. */
async function openAddress(address: string | URL, seconds = SECONDS_OF_SILENCE): Promise<ByteSource> {
  const fetchRange = (start: number, end: number) =>
    fetchWithin(address, { seconds, headers: { Range: `bytes=${start}-${end - 1}` } });
  const response = await fetchRange(0, PROBE);
  if (response.status === 416) return memorySource(new Uint8Array(0));
  if (!response.ok) throw new ResourceError(String(address), `cannot be fetched (${response.status})`);
  const first = requireNoPage(
    await readBody(response, { seconds, bytes: response.status === 206 ? PROBE : MOST_BYTES }),
    address,
  );
  if (response.status !== 206) return memorySource(first);
  const size = Number(/\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1]);
  if (!Number.isSafeInteger(size)) throw new ResourceError(String(address), 'is served in parts of unknown size');
  return {
    size,
    read: async (start, end) => {
      if (end <= first.length) return first.subarray(start, end);
      if (start >= end) return new Uint8Array(0);
      const part = await fetchRange(start, end);
      if (part.status !== 206) throw new ResourceError(String(address), `cannot be fetched in parts (${part.status})`);
      return readBody(part, { seconds, bytes: end - start });
    },
  };
}
