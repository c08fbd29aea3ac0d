import { formatShape } from '../tensor/errors.ts';
import { sizeOf } from '../tensor/shape.ts';
import { WeightsFileError } from './byte-source.ts';
import { type ElementType, elementBytes } from './element-types.ts';
import { repeatedKey } from './json-keys.ts';
import { quote } from './quote.ts';

export interface TensorInfo {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Bytes of the data section: first, and one after the last. */
  readonly start: number;
  readonly end: number;
}

export type SafetensorsErrorKind =
  | 'header-truncated'
  | 'header-too-large'
  | 'header-beyond-file'
  | 'header-not-utf8'
  | 'header-not-json'
  | 'header-not-object'
  | 'header-start'
  | 'duplicate-key'
  | 'metadata-invalid'
  | 'entry-malformed'
  | 'dtype-unknown'
  | 'shape-invalid'
  | 'size-overflow'
  | 'size-mismatch'
  | 'offsets-invalid'
  | 'offsets-beyond-file'
  | 'overlap'
  | 'hole'
  | 'name-unknown';

/** A safetensors file that breaks the format's rules. */
export function safetensorsError(kind: SafetensorsErrorKind, sentence: string): WeightsFileError {
  return new WeightsFileError(kind, `[safetensors] ${sentence}`);
}

export interface Header {
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Checks a header by every rule of the format: JSON object, known types, shapes that fit their bytes, and bytes that
 * cover the data section without hole or overlap.
 * @throws WeightsFileError naming the rule and the tensor
 */
export function parseHeader(bytes: Uint8Array, dataBytes: number): Header {
  const json = parseJson(bytes);
  const tensors = new Map<string, TensorInfo>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, entry] of Object.entries(json)) {
    if (name === '__metadata__') metadata = checkMetadata(entry);
    else tensors.set(name, checkEntry(name, entry, dataBytes));
  }
  checkCoverage(tensors, dataBytes);
  return { tensors, metadata };
}

function parseJson(bytes: Uint8Array): object {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw safetensorsError('header-not-utf8', 'the header is not valid UTF-8');
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw safetensorsError('header-not-json', 'the header is not valid JSON');
  }
  if (!isObject(json)) throw safetensorsError('header-not-object', 'the header is not a JSON object');
  if (text[0] !== '{') throw safetensorsError('header-start', 'the header does not begin with {');
  const twice = repeatedKey(text);
  if (twice !== undefined) throw safetensorsError('duplicate-key', `${quote(twice)} stands twice in the header`);
  return json;
}

function checkMetadata(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) throw safetensorsError('metadata-invalid', '__metadata__ is not an object');
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw safetensorsError('metadata-invalid', `__metadata__ ${quote(key)} is not a text: ${typeof text}`);
  }
  return value as Record<string, string>;
}

function checkEntry(name: string, entry: unknown, dataBytes: number): TensorInfo {
  const where = `tensor ${quote(name)}`;
  if (!isObject(entry)) throw safetensorsError('entry-malformed', `${where} is not an object`);
  const { dtype, shape, data_offsets: offsets } = entry as Record<string, unknown>;
  for (const key of ['dtype', 'shape', 'data_offsets']) {
    if (!Object.hasOwn(entry, key)) throw safetensorsError('entry-malformed', `${where} has no ${key}`);
  }
  if (typeof dtype !== 'string' || !Object.hasOwn(elementBytes, dtype)) {
    const known = Object.keys(elementBytes).join(' ');
    throw safetensorsError('dtype-unknown', `${where} has dtype ${quote(dtype)}, expected one of ${known}`);
  }
  const bytes = checkShape(where, shape) * elementBytes[dtype as ElementType];
  if (bytes > Number.MAX_SAFE_INTEGER) throw safetensorsError('size-overflow', `${where} is too large`);
  const [start, end] = checkOffsets(where, offsets, dataBytes);
  const checked = shape as readonly number[];
  if (end - start !== bytes) {
    const sentence = `${where} ${dtype} ${formatShape(checked)} needs ${bytes} bytes, its offsets hold ${end - start}`;
    throw safetensorsError('size-mismatch', sentence);
  }
  return { dtype: dtype as ElementType, shape: checked, start, end };
}

/** The number of elements. */
function checkShape(where: string, shape: unknown): number {
  if (!Array.isArray(shape)) throw safetensorsError('shape-invalid', `${where} has no list as its shape`);
  let size = 1;
  for (const extent of shape as unknown[]) {
    if (!Number.isInteger(extent) || (extent as number) < 0)
      throw safetensorsError('shape-invalid', `${where} has ${quote(extent)} in its shape, expected integers >= 0`);
    size *= extent as number;
    if (!Number.isSafeInteger(extent) || !Number.isSafeInteger(size))
      throw safetensorsError('size-overflow', `${where} has more elements than can be counted`);
  }
  return size;
}

function checkOffsets(where: string, offsets: unknown, dataBytes: number): [number, number] {
  if (!Array.isArray(offsets) || offsets.length !== 2 || offsets.some((offset) => typeof offset !== 'number'))
    throw safetensorsError('entry-malformed', `${where} needs two numbers as data_offsets`);
  const [start, end] = offsets as [number, number];
  const whole = Number.isSafeInteger(start) && Number.isSafeInteger(end);
  if (!whole || start < 0 || end < start)
    throw safetensorsError('offsets-invalid', `${where} has data_offsets ${formatShape([start, end])}`);
  if (end > dataBytes) {
    const sentence = `${where} ends at byte ${end} of ${dataBytes}; was the file cut off?`;
    throw safetensorsError('offsets-beyond-file', sentence);
  }
  return [start, end];
}

function checkCoverage(tensors: ReadonlyMap<string, TensorInfo>, dataBytes: number): void {
  const ordered = Array.from(tensors).sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let covered = 0;
  let before: string | undefined;
  const named = (name: string | undefined): string => (name === undefined ? 'the header' : `tensor ${quote(name)}`);
  for (const [name, { start, end }] of ordered) {
    if (start < covered) throw safetensorsError('overlap', `${named(name)} begins inside ${named(before)}`);
    if (start > covered) {
      const sentence = `${start - covered} bytes between ${named(before)} and ${named(name)} belong to no tensor`;
      throw safetensorsError('hole', sentence);
    }
    covered = end;
    before = name;
  }
  if (covered < dataBytes)
    throw safetensorsError('hole', `${dataBytes - covered} bytes after ${named(before)} belong to no tensor`);
}

/** A header for tensors in the order of their bytes, padded so that the data begins at a multiple of 8. */
export function formatHeader(
  entries: readonly { name: string; dtype: ElementType; shape: readonly number[] }[],
  metadata: Readonly<Record<string, string>> | undefined,
): Uint8Array {
  let offset = 0;
  const parts = metadata ? [`"__metadata__":${JSON.stringify(metadata)}`] : [];
  for (const { name, dtype, shape } of entries) {
    const end = offset + sizeOf(shape) * elementBytes[dtype];
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [offset, end] })}`);
    offset = end;
  }
  const text = new TextEncoder().encode(`{${parts.join(',')}}`);
  const padded = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  padded.set(text);
  return padded;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
