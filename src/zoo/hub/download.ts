/** Downloads one file from the hub: it resumes where it was cut, and compares the file with its checksum. */

import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { nextChunk, SECONDS_OF_SILENCE } from '../../files/body.ts';
import { type Holder, waitForLock } from '../../files/file-lock.ts';
import { networkReason } from '../../files/network-reason.ts';
import { makeFolders } from '../../files/write-file.ts';
import { HubError, onDisk } from './errors.ts';
import type { RemoteFile } from './remote.ts';
import { request } from './request.ts';
import type { HubSettings } from './settings.ts';

/** What is told while a file arrives. */
export interface DownloadReport {
  /** Negative when bytes that were there have to come again. */
  progress(bytes: number): void;
  /** Another process fetches the file just now. */
  waiting(file: RemoteFile, holder: Holder): void;
}

/** Written at its end, and never through a link that someone put there. */
const APPEND: number = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);

/**
 * Brings a file to `target`. Until it is whole and right it lies beside, as `TARGET.incomplete`, from where the next
 * call continues. `TARGET.lock` keeps other processes out meanwhile; what they fetched is not fetched again.
 *
 * @param report is told of every piece, first of what lay there already, and of a process that is waited for
 * @throws HubError when the connection breaks, the disk refuses or the bytes are wrong (they are removed); HubAccessError
 */
export async function download(
  file: RemoteFile,
  target: string,
  settings: HubSettings,
  { progress, waiting }: DownloadReport,
): Promise<void> {
  const partial = `${target}.incomplete`;
  await onDisk(dirname(target), () => makeFolders(dirname(target)));
  const lock = await onDisk(target, () => waitForLock(`${target}.lock`, (holder) => waiting(file, holder)));
  try {
    if ((await whatIsWrong(file, target)) === undefined) return progress(file.bytes);
    const kept = await onDisk(partial, () => usableBytes(partial, file.bytes));
    progress(kept);
    if (kept < file.bytes || file.bytes === 0) await receive(file, partial, { kept, settings, progress });
    await verify(file, partial);
    await onDisk(target, () => rename(partial, target));
  } finally {
    await lock.release();
  }
}

/** How much of an earlier attempt can be used: all of it, unless it is longer than the file or is not a file. */
async function usableBytes(partial: string, bytes: number): Promise<number> {
  const entry = await lstat(partial).catch(() => undefined);
  if (entry === undefined) return 0;
  if (entry.isFile() && entry.size <= bytes) return entry.size;
  await rm(partial, { force: true, recursive: true });
  return 0;
}

/** Of the bytes on the disk. Git hashes `blob SIZE`, a zero byte, then the bytes. */
async function hashOf(path: string, { checksum, bytes }: RemoteFile): Promise<string> {
  const hash = createHash(checksum?.algorithm === 'git-sha1' ? 'sha1' : 'sha256');
  if (checksum?.algorithm === 'git-sha1') hash.update(`blob ${bytes}\0`);
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

interface Reception {
  readonly kept: number;
  readonly settings: HubSettings;
  readonly progress: (bytes: number) => void;
}

async function receive(file: RemoteFile, partial: string, reception: Reception): Promise<void> {
  const { kept, settings, progress } = reception;
  const what = `${file.repository}/${file.name}`;
  const headers: Record<string, string> = kept > 0 ? { range: `bytes=${kept}-` } : {};
  const response = await request(file.address, what, settings, { headers, everywhere: true });
  const another = response.status === 206 && !response.headers.get('content-range')?.startsWith(`bytes ${kept}-`);
  if (kept > 0 && (response.status === 416 || another)) {
    await response.body?.cancel();
    await onDisk(partial, () => rm(partial, { force: true })); // the hub cannot continue: everything again
    progress(-kept);
    return receive(file, partial, { ...reception, kept: 0 });
  }
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw new HubError(`${what}: the hub answers with ${response.status}`);
  }
  const whole = response.status !== 206;
  if (another) throw new HubError(`${what}: the hub sends another part than the one asked for`);
  // A server without ranges sends everything again.
  const skip = whole ? kept : 0;
  const output = await onDisk(partial, () => open(partial, APPEND));
  try {
    await pour(response.body, {
      what,
      file,
      kept,
      skip,
      output,
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
  readonly output: FileHandle;
  readonly seconds: number;
  readonly progress: (bytes: number) => void;
}

async function pour(body: ReadableStream<Uint8Array>, pouring: Pouring): Promise<void> {
  const { what, file, kept, output, seconds, progress } = pouring;
  let { skip } = pouring;
  let received = kept;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await nextChunk(reader, seconds).catch((error: unknown) => {
      throw new HubError(cutOff(what, received, file.bytes, networkReason(error)));
    });
    if (done) break;
    const chunk = value.subarray(Math.min(skip, value.length));
    skip -= value.length - chunk.length;
    if (chunk.length === 0) continue;
    await onDisk(what, () => output.writeFile(chunk));
    received += chunk.length;
    progress(chunk.length);
    if (received > file.bytes) {
      await reader.cancel();
      return; // Too long: the checksum says so.
    }
  }
  if (received < file.bytes) throw new HubError(cutOff(what, received, file.bytes, 'the connection was closed'));
}

function cutOff(what: string, received: number, bytes: number, reason: string): string {
  return `${what} was cut off after ${received} of ${bytes} bytes (${reason}); the same command goes on from there`;
}

/** What is wrong with the bytes on the disk; undefined when they are the file. */
export async function whatIsWrong(file: RemoteFile, path: string): Promise<string | undefined> {
  const { checksum, bytes } = file;
  const entry = await lstat(path).catch(() => undefined);
  if (!entry?.isFile()) return 'is not there';
  if (entry.size !== bytes) return `has ${entry.size} bytes; expected ${bytes}`;
  if (!checksum) return undefined;
  const found = await onDisk(path, () => hashOf(path, file));
  const kind = checksum.algorithm === 'sha256' ? 'SHA-256' : 'git SHA-1';
  return found === checksum.hex ? undefined : `has the ${kind} ${found}; expected ${checksum.hex}`;
}

async function verify(file: RemoteFile, partial: string): Promise<void> {
  const wrong = await whatIsWrong(file, partial);
  if (wrong === undefined) return;
  await rm(partial, { force: true });
  throw new HubError(
    `${file.repository}/${file.name} ${wrong}: what arrived was removed, the same command fetches it again`,
  );
}
