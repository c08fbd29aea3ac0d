/** The weights that come with this package. */

/** Apart from the folder's name, or bundlers of pages look for a folder to copy and warn. */
const HERE = import.meta.url;

/** The folder of weights that comes with this package. */
export const SHIPPED: URL = new URL('../../weights/', HERE);

/** Weights that read clips, beside the shipped ones: `load('video')`. */
const VIDEO = 'video';

/** A location, or the shipped weights that a name stands for: `video`. A folder of that name is `./video`. */
export function shippedOr<T>(location: T): T | URL {
  return (location as unknown) === VIDEO ? new URL(`${VIDEO}/`, SHIPPED) : location;
}
