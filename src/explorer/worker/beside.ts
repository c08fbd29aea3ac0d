/** Files beside the weights and the page. */

import { ResourceError } from '../../files/location.ts';

/** Null where there is no such file. @throws ResourceError */
export async function fileAt(place: URL): Promise<Uint8Array | null> {
  const name = place.pathname.split('/').at(-1) as string;
  const response = await fetch(place).catch((error: unknown) => {
    throw new ResourceError(name, `did not come: ${error instanceof Error ? error.message : error}`);
  });
  if (response.status === 404) return null;
  if (!response.ok) throw new ResourceError(name, `is not there: the server says ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export const isAt = (place: URL): Promise<boolean> =>
  fetch(place, { method: 'HEAD' }).then(
    ({ ok }) => ok,
    () => false,
  );
