/** SentencePiece's map of characters: what a text is written with before it is cut, as `Precompiled` of tokenizer.json. */

/** Bytes of a double array, behind its own length, and texts that each end with a zero byte. */
export interface CharacterMap {
  /** What a character, or a few together, become; undefined where the map has nothing. */
  readonly find: (bytes: Uint8Array) => string | undefined;
}

/**
 * Reads the map.
 * @param base64 the map as the file holds it
 * @throws RangeError for bytes that are no such map; `find` too, where it leads to what is none
 */
export function readCharacterMap(base64: string): CharacterMap {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const length = view.getUint32(0, true);
  if (length === 0 || length % 4 !== 0 || 4 + length > bytes.length) throw new RangeError('the map is cut off');
  const units = Uint32Array.from({ length: length / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const texts = bytes.subarray(4 + length);
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const textAt = (start: number): string => {
    const end = texts.indexOf(0, start);
    try {
      return decoder.decode(texts.subarray(start, end < 0 ? texts.length : end));
    } catch {
      throw new RangeError('the map holds bytes that are no text');
    }
  };
  const found = new Map<number, string>();
  const find = (key: Uint8Array): string | undefined => {
    const at = firstValue(units, key);
    if (at === undefined) return undefined;
    const text = found.get(at) ?? textAt(at);
    found.set(at, text);
    return text;
  };
  return { find };
}

/** How far a unit's children lie from it. */
const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);

/** The value of the shortest entry that `key` begins with: Hugging Face takes the first that is found, not the longest. */
function firstValue(units: Uint32Array, key: Uint8Array): number | undefined {
  const unitAt = (place: number): number => {
    if (place >= units.length) throw new RangeError('the map leads out of itself');
    return units[place] as number;
  };
  let place = offsetOf(unitAt(0));
  for (const byte of key) {
    if (byte === 0) return undefined;
    place ^= byte;
    const unit = unitAt(place);
    if ((unit & 0x800000ff) >>> 0 !== byte) return undefined;
    place ^= offsetOf(unit);
    if (unit & 0x100) return unitAt(place) & 0x7fffffff;
  }
  return undefined;
}

/** Longer ones are looked up one character after the other. */
const LONGEST_TOGETHER = 5;

/** A text in the map's writing: what a reader sees as one character is looked up whole where it is short. */
export function throughMap({ find }: CharacterMap): (text: string) => string {
  const encoder = new TextEncoder();
  const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });
  const change = (part: string): string => {
    const bytes = encoder.encode(part);
    const together = bytes.length <= LONGEST_TOGETHER ? find(bytes) : undefined;
    return together ?? Array.from(part, (character) => find(encoder.encode(character)) ?? character).join('');
  };
  return (text) => Array.from(graphemes.segment(text), ({ segment }) => change(segment)).join('');
}
