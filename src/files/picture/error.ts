import { GlassFlamingoError } from '../../tensor/errors.ts';

/** A picture that cannot be used: which one, what is wrong with it, and what would do. */
export class PictureError extends GlassFlamingoError {
  override name = 'PictureError';
  readonly picture: string;
  readonly what: string;
  readonly expected: string;

  constructor(picture: string, what: string, expected: string) {
    super(`${picture} ${what}; expected ${expected}`);
    this.picture = picture;
    this.what = what;
    this.expected = expected;
  }
}

export const READABLE = 'a PNG, JPEG, GIF, BMP, TIFF, WebP or AVIF picture';

/** A sound file of a layout that no reader here handles, as its header says; named to the user by `readPicture`. */
export class UnreadLayout extends Error {}

/** What a reader throws of a damaged file, in words of our own where an engine says that a place lies behind the end. */
export function damageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'its decoder gives up'; // codecs throw bare numbers
  return /out(side the| of) bounds/i.test(error.message) ? 'it is too short' : error.message;
}
