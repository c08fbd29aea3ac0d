/**
 * Node only: the one way in which this project writes files. A file is there whole or not at all: its bytes go into a
 * temporary beside it, reach the disk, and take the name. What is not a regular file (a device, a FIFO, standard output) is
 * written into as it is.
 */

import type { FileHandle } from 'node:fs/promises';
import { GlassFlamingoError } from '../tensor/errors.ts';

const { createHash, randomBytes } = process.getBuiltinModule('node:crypto');
const { constants, fstatSync } = process.getBuiltinModule('node:fs');
const { access, lstat, mkdir, open, readdir, readlink, realpath, rename, rm, rmdir, stat, writeFile } =
  process.getBuiltinModule('node:fs/promises');
const { hostname } = process.getBuiltinModule('node:os');
const { basename, dirname, isAbsolute, join, resolve } = process.getBuiltinModule('node:path');

/** A file or folder that the disk does not take; the message names it and the reason. */
export class WriteError extends GlassFlamingoError {
  override name = 'WriteError';
  /** For a sentence: `no space is left on the disk`. */
  readonly reason: string;

  constructor(path: string, reason: string) {
    super(`'${path}' cannot be written: ${reason}`);
    this.reason = reason;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
  EISDIR: 'a folder is in the way',
  ENOTEMPTY: 'its folder holds something else',
  EACCES: 'that is not allowed',
  EPERM: 'that is not allowed',
  EROFS: 'the disk is read-only',
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is larger than the disk allows',
  EIO: 'the disk reports a fault',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EBUSY: 'it is in use',
  ETXTBSY: 'it is a program that runs',
  ENXIO: 'nothing reads from it',
  EPIPE: 'its reader is gone',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
};

const NO_NAME = 'it has no name';

/** Why the disk refused something, in a few words: `no space is left on the disk`. */
export function diskReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message ?? String(error);
}

/** The same result; what the disk refuses becomes a WriteError that names `path`. */
export async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WriteError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new WriteError(path, diskReason(error));
  }
}

/** What a file is to hold; pieces are written as they come. */
export type FileContent = string | Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Writes a file: a reader sees the old one or the new one, never half of it. Links are written through, the mode of the
 * file stays, devices and FIFOs are written into. Temporaries that a killed process left are removed.
 * @throws WriteError
 */
export async function writeFileWhole(path: string, content: FileContent): Promise<void> {
  await writing(path, async () => {
    const target = await locate(path);
    if (target.direct) return writeInto(path, content);
    await removeLeftovers(target.path);
    const temporary = temporaryFor(target.path);
    try {
      await writeNew(temporary, content, target.mode, target.owner);
      await rename(temporary, target.path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {}); // the first failure tells more
      throw error;
    }
    await syncFolder(dirname(target.path));
  });
}

/** Adds to the end of a file, all of it or nothing. @throws WriteError */
export async function appendToFile(path: string, content: string | Uint8Array): Promise<void> {
  await writing(path, async () => {
    const file = await open(path, 'a');
    try {
      const { size } = await file.stat();
      try {
        await file.writeFile(content);
        await file.datasync();
      } catch (error) {
        await file.truncate(size).catch(() => {});
        throw error;
      }
    } finally {
      await file.close();
    }
  });
}

/** A folder and those that it lies in; what is there stays. @throws WriteError */
export async function makeFolder(path: string): Promise<void> {
  await writing(path, async () => {
    await refuseFile(path);
    await makeFolders(await throughLinks(path));
  });
}

/**
 * Writes a new folder of files: all of them or none. An empty folder is filled; nothing that lies there is touched.
 * @param files by their path in the folder
 * @throws WriteError for a folder that holds something
 */
export async function writeFolderWhole(path: string, files: ReadonlyMap<string, FileContent>): Promise<void> {
  await checkNewFolder(path);
  await writing(path, async () => {
    const target = await throughLinks(path);
    const filled = (await lstat(target).catch(missing)) !== undefined;
    const temporary = filled ? join(target, basename(temporaryFor('export'))) : temporaryFor(target);
    try {
      for (const [name, content] of files) {
        await makeFolders(dirname(join(temporary, name)));
        await writeNew(join(temporary, name), content);
      }
      if (filled) await moveEntries(temporary, target);
      else await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true }).catch(() => {});
      throw error;
    }
    await syncFolder(dirname(target));
  });
}

/** @throws WriteError unless a folder can be made here, or an empty one is there; leftovers of killed runs are removed */
export async function checkNewFolder(path: string): Promise<void> {
  await writing(path, async () => {
    await refuseFile(path);
    const target = await throughLinks(path);
    await removeLeftovers(target);
    await removeLeftovers(join(target, 'export'));
    const entries = await readdir(target).catch(missing);
    if (entries && entries.length > 0) throw new WriteError(path, 'it holds something already; expected a new folder');
  });
  await checkFolder(path);
}

/** @throws WriteError unless a folder is there that can be written into, or can be made */
export async function checkFolder(path: string): Promise<void> {
  await writing(path, async () => {
    await refuseFile(path);
    const folder = await nearestFolder(await throughLinks(path));
    if (!(await stat(folder)).isDirectory()) throw new WriteError(path, REASONS.ENOTDIR as string);
    await access(folder, constants.W_OK);
  });
}

/** @throws WriteError for a name that is empty, or that of a file, a device or a pipe, whatever its links are called */
async function refuseFile(path: string): Promise<void> {
  if (path === '') throw new WriteError(path, NO_NAME);
  const there = await stat(path).catch(missing);
  if (OPEN_STREAM.test(path) || (there && !there.isDirectory())) throw new WriteError(path, REASONS.ENOTDIR as string);
}

/** As mkdir does with `recursive`, which never ends where a folder takes no other: in /proc. @throws WriteError there */
export async function makeFolders(path: string): Promise<void> {
  const made = async (): Promise<boolean> => {
    try {
      await mkdir(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return false;
      if (code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
    }
    return true;
  };
  if (await made()) return;
  await makeFolders(dirname(resolve(path)));
  if (!(await made())) throw new WriteError(path, REASONS.EACCES as string);
}

/** Checks that a file can be written, as far as that shows beforehand. @throws WriteError */
export async function checkWritable(path: string): Promise<void> {
  await writing(path, async () => {
    await locate(path);
  });
}

// The target

interface Target {
  /** Where the file itself lies, behind all links. */
  readonly path: string;
  /** It is not a regular file, or it is this process's output: it is written into, and stays. */
  readonly direct: boolean;
  /** Of the file that is there. */
  readonly mode?: number;
  readonly owner?: { readonly uid: number; readonly gid: number };
}

async function locate(path: string): Promise<Target> {
  if (path === '') throw new WriteError(path, NO_NAME);
  if (/[/\\]$/.test(path)) throw new WriteError(path, REASONS.EISDIR as string);
  const there = await stat(path).catch(missing);
  if (there?.isDirectory()) throw new WriteError(path, REASONS.EISDIR as string);
  if (OPEN_STREAM.test(path) || (there && (!there.isFile() || outputThatIs(there)))) return { path, direct: true };
  const target = there ? await realpath(path) : await throughLinks(path);
  if (!there) {
    const folder = await stat(dirname(target));
    if (!folder.isDirectory()) throw new WriteError(path, REASONS.ENOTDIR as string);
    await access(dirname(target), constants.W_OK);
    return { path: target, direct: false };
  }
  await access(target, constants.W_OK);
  await access(dirname(target), constants.W_OK);
  const { mode, uid, gid } = there;
  return { path: target, direct: false, mode: mode & 0o7777, owner: { uid, gid } };
}

/** What this process has open already: a second opening would write over what the first wrote. */
const OPEN_STREAM = /^\/(dev\/(stdout|stderr|fd\/\d+)|proc\/self\/fd\/\d+)$/;

/**
 * Standard output or error, where the file is what one of them goes to, by whatever name: a link to `/dev/stdout`, or the
 * file that a shell sends it to. A new file in its place would take all that follows with the old one.
 */
function outputThatIs({ dev, ino }: { readonly dev: number; readonly ino: number }): NodeJS.WriteStream | undefined {
  const goesThere = (descriptor: number): boolean => {
    try {
      const own = fstatSync(descriptor);
      return own.ino !== 0 && own.ino === ino && own.dev === dev;
    } catch {
      return false; // it is closed
    }
  };
  return goesThere(1) ? process.stdout : goesThere(2) ? process.stderr : undefined;
}

/** Tells whether a file that is written is where standard output goes: what else is printed there would stand in it. */
export async function isStandardOutput(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  return !there || there.isCharacterDevice()
    ? /^\/(dev\/(stdout|fd\/1)|proc\/self\/fd\/1)$/.test(path)
    : outputThatIs(there) === process.stdout;
}

const MOST_LINKS = 40;

/** Where a link leads, also when nothing is there yet. */
async function throughLinks(path: string): Promise<string> {
  let at = resolve(path);
  for (let links = 0; links < MOST_LINKS; links++) {
    const next = await readlink(at).catch(() => undefined);
    if (next === undefined) return at;
    at = isAbsolute(next) ? next : join(await realpath(dirname(at)), next);
  }
  throw new WriteError(path, REASONS.ELOOP as string);
}

async function nearestFolder(path: string): Promise<string> {
  const there = await stat(path).catch(missing);
  if (there) return path;
  return dirname(path) === path ? path : nearestFolder(dirname(path));
}

/** For what is not there: undefined. */
export function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

// Writing

async function writeInto(path: string, content: FileContent): Promise<void> {
  const stream = outputThatIs(await stat(path));
  if (stream === undefined) {
    const file = await open(path, constants.O_WRONLY | constants.O_APPEND);
    return writeFile(file, content).finally(() => file.close());
  }
  const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  for await (const piece of pieces)
    await new Promise<void>((done, failed) => {
      stream.write(piece, (error) => (error ? failed(error) : done()));
    });
}

async function writeNew(path: string, content: FileContent, mode?: number, owner?: Target['owner']): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await writeFile(file, content);
    if (mode !== undefined) await keepOwner(file, mode, owner);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** As the file was: root may write another account's file, which stays that account's. */
async function keepOwner(file: FileHandle, mode: number, owner: Target['owner']): Promise<void> {
  if (owner) await file.chown(owner.uid, owner.gid).catch(() => {});
  await file.chmod(mode);
}

/** So that the new name outlives a power cut; some disks and systems cannot. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

/** Into a folder that others may use: what has a name there already stays, and ours is taken back. */
async function moveEntries(from: string, into: string): Promise<void> {
  const moved: string[] = [];
  try {
    for (const name of await readdir(from)) {
      const place = join(into, name);
      if (await lstat(place).catch(missing)) throw new WriteError(place, REASONS.EEXIST as string);
      await rename(join(from, name), place);
      moved.push(place);
    }
    await rmdir(from);
  } catch (error) {
    for (const place of moved) await rm(place, { recursive: true, force: true }).catch(() => {});
    throw error;
  }
}

// Temporaries: NAME.HOST-PID-RANDOM.part. RANDOM is that of this process: a number of a process comes again.

const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
/** Of this process and no other, whatever numbers they have. */
export const PROCESS: string = randomBytes(4).toString('hex');
const LONGEST_NAME = 180;
let written = 0;

/** A name of this process alone beside `path`, of the form above: what it leaves there when it is killed is removed later. */
export function temporaryFor(path: string): string {
  return `${temporaryStem(path)}${HOST}-${process.pid}-${PROCESS}${written++}.part`;
}

function temporaryStem(path: string): string {
  const name = basename(path);
  const short = Buffer.byteLength(name) > LONGEST_NAME ? `${Array.from(name).slice(0, 40).join('')}…` : name;
  return join(dirname(path), `${short}.`);
}

/** Temporaries for `path` whose process is gone. Whether one of another machine is gone is not known: they stay. */
async function removeLeftovers(path: string): Promise<void> {
  const stem = basename(temporaryStem(`${path}`));
  for (const entry of await readdir(dirname(path)).catch(() => [])) {
    const [, host, pid, made] = /^([0-9a-f]{6})-(\d+)-([0-9a-f]{8})\d+\.part$/.exec(entry.slice(stem.length)) ?? [];
    if (!entry.startsWith(stem) || host !== HOST || made === PROCESS) continue;
    if (Number(pid) !== process.pid && isRunning(Number(pid))) continue;
    await rm(join(dirname(path), entry), { recursive: true, force: true }).catch(() => {});
  }
}

/** Tells whether a process with this number runs on this machine. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
