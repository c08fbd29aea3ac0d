/**
 * What shows nothing: zero-width spaces, byte order marks, soft hyphens, marks of the reading direction. The joiners that
 * Persian and emoji need stay, as do the signs that choose an emoji's form and the fillers of Hangul syllables.
 */
const INVISIBLE = /(?!\u200c|\u200d|[\ufe0e\ufe0f\u115f\u1160])\p{Default_Ignorable_Code_Point}/gu;

/** The signs and letters of ASCII as East Asian keyboards write them, as wide as a Hangul syllable: `：` for `:`. */
const WIDE_ASCII = /[\uff01-\uff5e]/g;
const WIDER_BY = 0xff01 - 0x21;

/**
 * A text as the shipped model was trained to read it: composed (macOS writes Korean in NFD), without what shows nothing,
 * with `:` for `：`, and with one space wherever there is space. Two texts that look the same to a person are one to the model.
 */
export function plainText(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(WIDE_ASCII, (sign) => String.fromCharCode(sign.charCodeAt(0) - WIDER_BY))
    .normalize('NFC')
    .replace(/\s+/g, ' ')
    .trim();
}
