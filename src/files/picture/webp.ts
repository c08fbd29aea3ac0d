/** WebP for decoders that may turn a picture or not: what would turn it is taken out. */

const EXIF = [0x45, 0x58, 0x49, 0x46];

/** A copy whose EXIF chunk has another name, so that no decoder turns it: some browsers do and some do not. */
export function bareWebp(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const bare = new Uint8Array(bytes);
  const view = new DataView(bare.buffer);
  for (let at = 12; at + 8 <= bare.length; at += 8 + view.getUint32(at + 4, true) + (view.getUint32(at + 4, true) % 2))
    if (EXIF.every((letter, i) => bare[at + i] === letter)) bare.fill(0x20, at, at + 4);
  return bare;
}
