/** One file from the hub to the disk: goes on where it was cut, and is held against its checksum. */

import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HubChecksumError, HubNetworkError, onDisk } from './errors.ts';
import type { RemoteFile } from './remote.ts';
import { networkReason, request } from './request.ts';
import type { HubSettings } from './settings.ts';

/** A connection that brings nothing for so long is given up. */
const SECONDS_OF_SILENCE = 60;

/**
 * Brings a file to `target`. Until it is whole and right it lies beside, as `TARGET.incomplete`, from where the next
 * call goes on.
 *
 * @param progress is told of every piece, and first of what lay there already
 * @throws HubNetworkError when the connection breaks, HubChecksumError when the bytes are wrong (they are removed),
 *   HubAccessError, HubDiskError
 */
export async function download(
  file: RemoteFile,
  target: string,
  settings: HubSettings,
  progress: (bytes: number) => void,
): Promise<void> {
  const partial = `${target}.incomplete`;
  await onDisk(dirname(target), () => mkdir(dirname(target), { recursive: true }));
  const kept = await onDisk(partial, () => usableBytes(partial, file.bytes));
  const hash = await onDisk(partial, () => hashStart(file, partial, kept));
  progress(kept);
  if (kept < file.bytes || file.bytes === 0) await receive(file, partial, { kept, hash, settings, progress });
  await verify(file, partial, hash);
  await onDisk(target, () => rename(partial, target));
}

/** How much of an earlier attempt can be used: all of it, unless it is longer than the file. */
async function usableBytes(partial: string, bytes: number): Promise<number> {
  const size = (await stat(partial).catch(() => undefined))?.size ?? 0;
  if (size <= bytes) return size;
  await rm(partial, { force: true });
  return 0;
}

/** A hash that has seen what is there. Git hashes `blob SIZE`, a zero byte, then the bytes. */
async function hashStart({ checksum, bytes }: RemoteFile, partial: string, kept: number): Promise<Hash> {
  const hash = createHash(checksum?.algorithm === 'git-sha1' ? 'sha1' : 'sha256');
  if (checksum?.algorithm === 'git-sha1') hash.update(`blob ${bytes}\0`);
  if (kept > 0) for await (const chunk of createReadStream(partial)) hash.update(chunk as Uint8Array);
  return hash;
}

interface Reception {
  readonly kept: number;
  readonly hash: Hash;
  readonly settings: HubSettings;
  readonly progress: (bytes: number) => void;
}

async function receive(
  file: RemoteFile,
  partial: string,
  { kept, hash, settings, progress }: Reception,
): Promise<void> {
  const what = `${file.repository}/${file.name}`;
  const silence = new AbortController();
  const headers: Record<string, string> = kept > 0 ? { range: `bytes=${kept}-` } : {};
  const response = await request(file.address, what, settings, { headers, everywhere: true, signal: silence.signal });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new HubNetworkError(`${what}: the hub answers with ${response.status}`);
  }
  const whole = response.status !== 206;
  if (!whole && !response.headers.get('content-range')?.startsWith(`bytes ${kept}-`))
    throw new HubNetworkError(`${what}: the hub sends another part than the one asked for`);
  // A server without ranges sends everything again.
  const skip = whole ? kept : 0;
  const output = await onDisk(partial, () => open(partial, 'a'));
  try {
    await pour(response.body, {
      what,
      file,
      kept,
      skip,
      hash,
      output,
      silence,
      seconds: settings.silence ?? SECONDS_OF_SILENCE,
      progress,
    });
  } finally {
    await output.close();
  }
}

interface Pouring {
  readonly what: string;
  readonly file: RemoteFile;
  readonly kept: number;
  /** Bytes at the start of the body that are there already. */
  readonly skip: number;
  readonly hash: Hash;
  readonly output: FileHandle;
  readonly silence: AbortController;
  readonly seconds: number;
  readonly progress: (bytes: number) => void;
}

async function pour(body: ReadableStream<Uint8Array>, pouring: Pouring): Promise<void> {
  const { what, file, kept, hash, output, silence, seconds, progress } = pouring;
  let { skip } = pouring;
  let received = kept;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await nextChunk(reader, silence, seconds).catch((error: unknown) => {
      const reason = silence.signal.aborted ? `silent for ${seconds} seconds` : networkReason(error);
      throw new HubNetworkError(cutOff(what, received, file.bytes, reason));
    });
    if (done) break;
    const chunk = value.subarray(Math.min(skip, value.length));
    skip -= value.length - chunk.length;
    if (chunk.length === 0) continue;
    hash.update(chunk);
    await onDisk(what, () => output.writeFile(chunk));
    received += chunk.length;
    progress(chunk.length);
    if (received > file.bytes) {
      await reader.cancel();
      return; // Too long: the checksum says so.
    }
  }
  if (received < file.bytes) throw new HubNetworkError(cutOff(what, received, file.bytes, 'the connection was closed'));
}

async function nextChunk(reader: ReadableStreamDefaultReader<Uint8Array>, silence: AbortController, seconds: number) {
  const timer = setTimeout(() => silence.abort(), seconds * 1000);
  try {
    return await reader.read();
  } finally {
    clearTimeout(timer);
  }
}

function cutOff(what: string, received: number, bytes: number, reason: string): string {
  return `${what} was cut off after ${received} of ${bytes} bytes (${reason}); the same command goes on from there`;
}

async function verify({ checksum, repository, name, bytes }: RemoteFile, partial: string, hash: Hash): Promise<void> {
  const { size } = await onDisk(partial, () => stat(partial));
  const found = hash.digest('hex');
  const wrong =
    size !== bytes
      ? `has ${size} bytes; expected ${bytes}`
      : checksum && found !== checksum.hex
        ? `has the ${checksum.algorithm === 'sha256' ? 'SHA-256' : 'git SHA-1'} ${found}; expected ${checksum.hex}`
        : undefined;
  if (wrong === undefined) return;
  await rm(partial, { force: true });
  throw new HubChecksumError(
    `${repository}/${name} ${wrong}: what arrived was removed, the same command fetches it again`,
  );
}
