import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, brotliDecompress, constants } from 'node:zlib';
import { writeFileWhole } from '../../files/write-file.ts';
import { TrainingError } from '../files.ts';

/**
 * Pictures in one compact file: a header in JSON, then bytes compressed with brotli in parts, so that all cores work on
 * them. (Predicting pixels from their neighbours first makes drawings no smaller: measured.)
 *
 *     "GFPICT" u16 version, u32 header length, header, part after part
 */
const MAGIC = 'GFPICT';
const VERSION = 2;
const PART = 4 << 20;

interface Header<T> {
  readonly parts: readonly number[];
  readonly sha256: string;
  readonly bytes: number;
  readonly content: T;
}

const compress = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/** Writes `path` whole or not at all. @param body bytes to compress; left as they are */
export async function writePictureFile<T>(path: string, content: T, body: Uint8Array): Promise<void> {
  const cuts = Array.from({ length: Math.ceil(body.length / PART) }, (_, i) => body.subarray(i * PART, (i + 1) * PART));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 };
  const parts = await Promise.all(cuts.map((cut) => compress(cut, { params })));
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  const header: Header<T> = {
    parts: parts.map(({ length }) => length),
    sha256: hash.digest('hex'),
    bytes: body.length,
    content,
  };
  const json = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(12);
  start.write(MAGIC, 'latin1');
  start.writeUInt16LE(VERSION, 6);
  start.writeUInt32LE(json.length, 8);
  await writeFileWhole(path, Buffer.concat([start, json, ...parts]));
}

/** @throws TrainingError if the file is not whole, not of this version, or none at all; the system's error if unreadable */
export async function readPictureFile<T>(path: string): Promise<{ content: T; body: Uint8Array }> {
  const file = await readFile(path);
  const refuse = (why: string): never => {
    throw new TrainingError(`${path}: ${why}; delete it, and it is made again`);
  };
  if (file.length < 12 || file.toString('latin1', 0, 6) !== MAGIC) refuse('this is not a file of pictures');
  const version = file.readUInt16LE(6);
  if (version !== VERSION) refuse(`version ${version} where ${VERSION} is expected`);
  const end = 12 + file.readUInt32LE(8);
  if (end > file.length) refuse('it is cut short');
  const header = JSON.parse(file.toString('utf8', 12, end)) as Header<T>;
  const expected = end + header.parts.reduce((sum, length) => sum + length, 0);
  if (file.length !== expected) refuse(`${file.length} bytes where ${expected} are expected`);
  const found = createHash('sha256').update(file.subarray(end)).digest('hex');
  if (found !== header.sha256) refuse('its contents were changed (SHA-256 differs)');
  let at = end;
  const parts = header.parts.map((length) => {
    at += length;
    return file.subarray(at - length, at);
  });
  const body = Buffer.concat(await Promise.all(parts.map((part) => decompress(part))));
  if (body.length !== header.bytes) refuse(`${body.length} bytes of pictures where ${header.bytes} are expected`);
  return { content: header.content, body };
}
