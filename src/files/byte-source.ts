/** Bytes that are read in parts: a file, an address, or memory. */

import { ArgumentError, GlassFlamingoError, shown } from '../tensor/errors.ts';
import { requireKinds } from './kinds.ts';

/** Where a file's bytes come from, read in parts. */
export interface ByteSource {
  /** Length of the file in bytes. */
  readonly size: number;
  /** Bytes from `start` up to but not including `end`. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/**
 * A file of weights that breaks its format's rules, or that cannot be held here. `kind` is the rule in a word or two,
 * for programs; the message is for people.
 */
export class WeightsFileError extends GlassFlamingoError {
  override name = 'WeightsFileError';
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }
}

/**
 * A source over bytes in memory.
 * @param bytes of the whole file
 * @example
 * ```ts
 * const source = memorySource(new Uint8Array(100));
 * const part = await source.read(10, 20);
 * ```
 */
export function memorySource(bytes: Uint8Array): ByteSource {
  requireKinds('memorySource', { bytes }, 'bytes');
  return { size: bytes.byteLength, read: (start, end) => Promise.resolve(bytes.subarray(start, end)) };
}

/** @throws ArgumentError for what gives no bytes */
export function asSource(source: Uint8Array | ByteSource): ByteSource {
  if (source instanceof Uint8Array) return memorySource(source);
  if (typeof source?.read === 'function' && Number.isSafeInteger(source.size) && source.size >= 0) return source;
  throw new ArgumentError('weights', `the source is ${shown(source)}; expected ${SOURCES}`);
}

const SOURCES = 'a path, a URL, a Uint8Array, or an object with size and read(start, end)';

/**
 * A copy with a buffer of its own, so that typed arrays of any element size can be laid over it.
 * @throws WeightsFileError `read-short` when the source gives less
 */
export async function readExactly(source: ByteSource, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await source.read(start, end);
  if (bytes.byteLength !== end - start)
    throw new WeightsFileError('read-short', `got ${bytes.byteLength} bytes instead of ${start} to ${end}`);
  const { buffer } = bytes;
  const whole = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength;
  return whole ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

/** A size as people read it: `1.71 GiB`. */
export function humanBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const scaled = bytes / 1024 ** unit;
  return `${unit === 0 ? bytes : scaled.toFixed(scaled < 10 ? 2 : 1)} ${units[unit]}`;
}
