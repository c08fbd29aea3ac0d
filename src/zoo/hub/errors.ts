/** What can go wrong between here and the hub. Every message says what, of which file, and what to do. */

import { GlassFlamingoError } from '../../tensor/errors.ts';

/** The connection failed or was cut, the answer or its bytes are not a hub's, or the disk refuses them; the message says which. */
export class HubError extends GlassFlamingoError {
  override name = 'HubError';
}

/** 401 or 403: a private or gated repository. */
export class HubAccessError extends HubError {
  override name = 'HubAccessError';
}

/** 404: no such repository, revision or file. */
export class HubNotFoundError extends HubError {
  override name = 'HubNotFoundError';
}

const DISK_REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space is left on the disk',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'the disk is read-only',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
};

/** The same result; what the disk refuses becomes a HubError that names the place. */
export async function onDisk<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof HubError) throw error;
    throw new HubError(`${place}: ${DISK_REASONS[code] ?? message}`);
  }
}
