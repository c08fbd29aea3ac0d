/** Bytes by path or URL, in Node and in a page. */

import { asResourceError, isOnDisk, parseUrl, ResourceError } from './location.ts';

export { inFolder, ResourceError } from './location.ts';

/** Paths are the disk's in Node, and relative to the page in a page. @throws ResourceError */
export async function readResource(place: string | URL): Promise<Uint8Array> {
  const address = parseUrl(place);
  try {
    if (isOnDisk(place)) {
      const { readFile } = await import('node:fs/promises');
      return await readFile(address ?? place);
    }
    const response = await fetch(address ?? place);
    if (!response.ok) throw new ResourceError(String(place), `cannot be fetched (${response.status})`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw asResourceError(place, error);
  }
}
