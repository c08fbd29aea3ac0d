/** What a JPEG's markers say (ITU-T T.81, JFIF, Adobe's technical note 5116), up to and over its scans. */

import { UnreadLayout } from './error.ts';
import { readOrientation } from './orientation.ts';

export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
  readonly components: number;
  readonly scans: number;
  /** True if the end marker was reached. */
  readonly ended: boolean;
  /** Where the marker of its frame stands, and that of Adobe; -1 where there is none. */
  readonly frame: number;
  readonly adobe: number;
}

const PROCESSES: Readonly<Record<number, string>> = {
  3: 'lossless',
  5: 'hierarchical',
  6: 'hierarchical',
  7: 'lossless hierarchical',
  9: 'arithmetic-coded',
  10: 'arithmetic-coded progressive',
  11: 'arithmetic-coded lossless',
};

/** A progressive JPEG has some ten scans; each goes over all pixels, though it may take a few bytes only. */
export const MAX_SCANS = 100;

/** @throws RangeError when it is cut before its scans @throws UnreadLayout for processes that are not read */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let [width, height, orientation, components, scans, ended] = [0, 0, 1, 0, 0, false];
  let [frame, adobe] = [-1, -1];
  for (let at = nextMarker(bytes, 2); at < bytes.length; ) {
    const marker = bytes[at + 1] as number;
    if (marker === 0xd9) {
      ended = true;
      break;
    }
    if (marker === 0xd8 || marker === 1 || (marker >= 0xd0 && marker <= 0xd7)) {
      at = nextMarker(bytes, at + 2);
      continue;
    }
    if (marker === 0xf7) throw new UnreadLayout('JPEG-LS');
    const length = at + 4 <= bytes.length || scans === 0 ? view.getUint16(at + 2) : 2;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      if (components > 0) throw new RangeError('it has two frames');
      frame = at;
      const precision = view.getUint8(at + 4);
      [height, width, components] = [view.getUint16(at + 5), view.getUint16(at + 7), view.getUint8(at + 9)];
      const process = PROCESSES[marker - 0xc0] ?? (marker > 0xc2 ? `of process ${marker - 0xc0}` : undefined);
      if (process) throw new UnreadLayout(`JPEG, ${process}`);
      if (height === 0) throw new UnreadLayout('JPEG whose height stands behind its pixels (DNL)');
      if (precision !== 8) throw new UnreadLayout(`JPEG of ${precision} bits`);
      if (![1, 3, 4].includes(components)) throw new UnreadLayout(`JPEG of ${components} components`);
    }
    if (marker === 0xe1 && String.fromCharCode(...bytes.subarray(at + 4, at + 8)) === 'Exif')
      orientation = readOrientation(bytes.subarray(at + 10, at + 2 + length));
    if (marker === 0xee && String.fromCharCode(...bytes.subarray(at + 4, at + 9)) === 'Adobe') adobe = at;
    if (marker === 0xda) scans++;
    at = nextMarker(bytes, at + 2 + length);
  }
  if (!(width > 0 && height > 0)) throw new RangeError('no frame');
  // Without Adobe's marker nothing says whether they are inks, and whether 0 is none of them or all.
  if (components === 4 && adobe < 0) throw new UnreadLayout('JPEG of 4 components without the marker of Adobe');
  return { width, height, orientation, components, scans, ended, frame, adobe };
}

/** Over compressed data: an 0xff in it is followed by 0 or is a restart. */
function nextMarker(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const code = bytes[at + 1] ?? 0;
    if (code !== 0 && code !== 0xff && !(code >= 0xd0 && code <= 0xd7)) return at;
  }
  return bytes.length;
}
