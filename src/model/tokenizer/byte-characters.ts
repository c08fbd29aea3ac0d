/** GPT-2's way to write bytes: a character that can be seen for each of the 256. */

const CHARACTERS = charactersOfBytes();
const BYTES: ReadonlyMap<string, number> = new Map(CHARACTERS.map((character, byte) => [character, byte]));

/** Bytes that can be seen in Latin-1 stand for themselves, the others for U+0100 and on in their order. */
function charactersOfBytes(): string[] {
  const seen = /[!-~\u00a1-\u00ac\u00ae-\u00ff]/;
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const itself = String.fromCharCode(byte);
    return seen.test(itself) ? itself : String.fromCharCode(next++);
  });
}

export function toByteCharacters(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => CHARACTERS[byte]).join('');
}

/** The bytes that a token stands for; a token with another character stands for its own text. */
export function fromByteCharacters(token: string): Uint8Array {
  const bytes = Array.from(token, (character) => BYTES.get(character));
  return bytes.includes(undefined) ? new TextEncoder().encode(token) : Uint8Array.from(bytes as number[]);
}
