/** Where the files of a repository are found: on the hub, or in the cache. */

import { HubError } from './errors.ts';

/** A file of a repository, under its name there: `pytorch_model.bin`, `folder/file.json`. */
export interface RepositoryFile {
  readonly repository: string;
  readonly name: string;
  readonly bytes: number;
}

export interface FileSource<File extends RepositoryFile> {
  /** Undefined when the repository has no such file. */
  find(repository: string, name: string): Promise<File | undefined>;
  /** The text of a small file. */
  read(file: File): Promise<string>;
}

/** @throws HubError unless it is `name` or `owner/name`; it becomes part of a path and of an address */
export function checkRepository(name: string): string {
  if (/^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(name) && !name.includes('..') && !name.includes('--')) return name;
  throw new HubError(`${JSON.stringify(name)} is not a name of a repository; expected OWNER/NAME`);
}

/** @throws HubError unless it stays inside of its folder on every system */
export function checkFileName(name: string): string {
  const parts = name.split('/');
  if (parts.every((part) => /^[^\\:*?"<>|\0]+$/.test(part) && part !== '.' && part !== '..')) return name;
  throw new HubError(`${JSON.stringify(name)} is not a name of a file; expected NAME or FOLDER/NAME`);
}
