/** Bytes by path or URL, in Node and in a page. */

import { readBody } from './body.ts';
import { asResourceError, isOnDisk, parseUrl, ResourceError } from './location.ts';

export { inFolder, ResourceError } from './location.ts';

/** Paths are the disk's in Node, and relative to the page in a page. @throws ResourceError */
export async function readResource(location: string | URL): Promise<Uint8Array> {
  const address = parseUrl(location);
  try {
    if (isOnDisk(location)) {
      const { readFile } = process.getBuiltinModule('node:fs/promises');
      return await readFile(address ?? location);
    }
    const response = await fetch(address ?? location);
    if (!response.ok) throw new ResourceError(String(location), `cannot be fetched (${response.status})`);
    return await readBody(response);
  } catch (error) {
    throw asResourceError(location, error);
  }
}
