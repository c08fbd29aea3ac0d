/** The hub's cache folder, in the layout of huggingface_hub, so that Python finds what is fetched here and the other way. */

import { makeFolders, writeFileWhole } from '../../files/write-file.ts';
import { HubError, onDisk } from './errors.ts';
import type { RemoteFile } from './remote.ts';
import { checkFileName, checkRepository, type FileSource, type RepositoryFile } from './source.ts';

const { copyFile, readFile, rename, rm, stat, symlink } = process.getBuiltinModule('node:fs/promises');
const { dirname, join, relative } = process.getBuiltinModule('node:path');

export interface LocalFile extends RepositoryFile {
  readonly path: string;
}

/**
 *     models--OWNER--NAME/blobs/ETAG                  the bytes
 *     models--OWNER--NAME/snapshots/COMMIT/FILE       a link to them
 *     models--OWNER--NAME/refs/main                   COMMIT
 */
export class HubCache implements FileSource<LocalFile> {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async find(repository: string, name: string): Promise<LocalFile | undefined> {
    const commit = await readFile(join(this.repository(repository), 'refs', 'main'), 'utf8').catch(() => undefined);
    if (commit === undefined || !/^\w+$/.test(commit.trim())) return undefined;
    return localFile(this.pointer(repository, commit.trim(), name), repository, name);
  }

  read(file: LocalFile): Promise<string> {
    return readLocal(file);
  }

  /** Where the bytes of a file belong. */
  blob({ repository, etag }: RemoteFile): string {
    return join(this.repository(repository), 'blobs', etag);
  }

  /** Tells whether a file is there whole, linked or not. */
  async holds(file: RemoteFile): Promise<boolean> {
    const entry = await stat(this.blob(file)).catch(() => undefined);
    return entry?.isFile() === true && entry.size === file.bytes;
  }

  /** Links a snapshot's name to bytes that are there. */
  async link(file: RemoteFile): Promise<void> {
    const [blob, pointer] = [this.blob(file), this.pointer(file.repository, file.commit, file.name)];
    await onDisk(pointer, async () => {
      await makeFolders(dirname(pointer));
      const made = `${pointer}.${process.pid}.part`; // beside, then renamed: another fetch finds the old or the new one
      await rm(made, { force: true });
      try {
        await symlink(relative(dirname(pointer), blob), made);
      } catch (error) {
        // Windows lets only some accounts make links.
        if (!['EPERM', 'ENOSYS', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
        await copyFile(blob, made);
      }
      await rename(made, pointer);
    });
  }

  /** What `main` is, once all of its files that are needed are there. */
  async setMain(repository: string, commit: string): Promise<void> {
    const ref = join(this.repository(repository), 'refs', 'main');
    await onDisk(ref, async () => {
      await makeFolders(dirname(ref));
      await writeFileWhole(ref, commit);
    });
  }

  private repository(name: string): string {
    return join(this.folder, `models--${checkRepository(name).replaceAll('/', '--')}`);
  }

  private pointer(repository: string, commit: string, name: string): string {
    return join(this.repository(repository), 'snapshots', commit, ...checkFileName(name).split('/'));
  }
}

/** A folder with the files of a model; what it needs of others is looked for in `FOLDER/OWNER/NAME`, then in the cache. */
export class ModelFolder implements FileSource<LocalFile> {
  /** How the folder itself is called among repositories. */
  static readonly itself: string = '.';
  private readonly folder: string;
  private readonly cache: HubCache;

  constructor(folder: string, cache: HubCache) {
    this.folder = folder;
    this.cache = cache;
  }

  async find(repository: string, name: string): Promise<LocalFile | undefined> {
    const within = join(this.folder, repository, ...checkFileName(name).split('/'));
    const here = await localFile(within, repository, name);
    return here ?? (repository === ModelFolder.itself ? undefined : this.cache.find(repository, name));
  }

  read(file: LocalFile): Promise<string> {
    return readLocal(file);
  }
}

async function localFile(path: string, repository: string, name: string): Promise<LocalFile | undefined> {
  const entry = await stat(path).catch(() => undefined);
  return entry?.isFile() ? { repository, name, path, bytes: entry.size } : undefined;
}

async function readLocal({ path }: LocalFile): Promise<string> {
  return readFile(path, 'utf8').catch((error: Error) => {
    throw new HubError(`${path} cannot be read: ${error.message}`);
  });
}
