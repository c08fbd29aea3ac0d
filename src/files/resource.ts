/** Bytes by path or URL, in Node and in a page. */

import { type BodyBounds, fetchWithin, readBody } from './body.ts';
import { asResourceError, isOnDisk, parseUrl, ResourceError, requireNoPage, requireNoSecrets } from './location.ts';

export { inFolder, isPage, ResourceError } from './location.ts';

export interface ReadOptions extends Pick<BodyBounds, 'progress' | 'seconds'> {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Paths are the disk's in Node, and relative to the page in a page.
 * @throws ResourceError, for an HTML page too, and what the signal was aborted with
 */
export async function readResource(
  location: string | URL,
  { signal, ...bounds }: ReadOptions = {},
): Promise<Uint8Array> {
  const address = parseUrl(location);
  requireNoSecrets(location);
  try {
    if (isOnDisk(location)) {
      const { readFileWhole } = await import('./read-file.ts');
      return requireNoPage(await readFileWhole(address ?? location, { signal }), location);
    }
    if (address?.protocol === 'file:')
      throw new ResourceError(String(location), 'lies on a disk, which a page may not read');
    const response = await fetchWithin(address ?? location, { signal, seconds: bounds.seconds });
    if (!response.ok) throw new ResourceError(String(location), `cannot be fetched (${response.status})`);
    return requireNoPage(await readBody(response, bounds), location);
  } catch (error) {
    signal?.throwIfAborted();
    throw asResourceError(location, error);
  }
}
