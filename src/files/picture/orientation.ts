/** EXIF orientation where the decoder leaves it to us: in TIFF's own tags and in PNG's eXIf chunk, which holds the same. */

const ORIENTATION_TAG = 274;
/** The type of 32 bits, which some writers take for it. */
const LONG = 4;

/** 1 (upright) to 8, from a TIFF structure, with or without JPEG's mark before it; 1 when it says nothing sensible. */
export function readOrientation(exif: Uint8Array): number {
  const tiff = String.fromCharCode(...exif.subarray(0, 4)) === 'Exif' ? exif.subarray(6) : exif;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  try {
    const little = tiff[0] === 0x49;
    const directory = view.getUint32(4, little);
    const entries = view.getUint16(directory, little);
    for (let at = directory + 2; at < directory + 2 + entries * 12; at += 12) {
      if (view.getUint16(at, little) !== ORIENTATION_TAG) continue;
      const long = view.getUint16(at + 2, little) === LONG;
      const orientation = long ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little);
      return orientation >= 1 && orientation <= 8 ? orientation : 1;
    }
  } catch {
    // Cut metadata turns nothing.
  }
  return 1;
}

/** Turns and mirrors RGBA pixels upright; orientations 5 to 8 swap width and height. */
export function turnUpright<Picture extends { width: number; height: number; rgba: Uint8Array }>(
  picture: Picture,
  orientation: number,
): Picture {
  if (orientation === 1) return picture;
  const { width, height } = picture;
  const swapped = orientation >= 5;
  const mirrorX = [2, 3, 7, 8].includes(orientation);
  const mirrorY = [3, 4, 6, 7].includes(orientation);
  const turned = { width: swapped ? height : width, height: swapped ? width : height };
  const rgba = new Uint8Array(picture.rgba.length);
  for (let y = 0; y < turned.height; y++) {
    for (let x = 0; x < turned.width; x++) {
      const [column, row] = swapped ? [y, x] : [x, y];
      const from = (mirrorY ? height - 1 - row : row) * width + (mirrorX ? width - 1 - column : column);
      for (let c = 0; c < 4; c++) rgba[(y * turned.width + x) * 4 + c] = picture.rgba[from * 4 + c] as number;
    }
  }
  return { ...picture, ...turned, rgba };
}
