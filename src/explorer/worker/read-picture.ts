/** In the page's worker in place of the reader of all formats: that comes in a chunk of its own, for one's own files. */

import type { Picture } from '../../files/picture/read.ts';

export type { Picture } from '../../files/picture/read.ts';

const all = (): Promise<typeof import('../../files/picture/read.ts')> => import('../../files/picture/read.ts');

/** @throws PictureError as the whole reader */
export async function readPicture(bytes: Uint8Array, name: string): Promise<Picture> {
  return (await all()).readPicture(bytes, name);
}

/** Gets the chunk, for a time without a network. */
export async function fetchReader(): Promise<void> {
  await all();
}
