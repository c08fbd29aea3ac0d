/**
 * Control and format characters but line break, tab, and the joiners (U+200C, U+200D) that Persian and emoji need; the
 * line and paragraph separators, which JSON allows raw; and what is no character at all.
 */
const UNPRINTABLE = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffe\uffff]/gu;

/**
 * Foreign text for a terminal or a picture: what a terminal would obey, what would turn the reading direction, and what no
 * SVG may hold stands as `\u001b`, which JSON reads as the same text.
 */
export function printableText(text: string): string {
  return text.replace(UNPRINTABLE, (found) =>
    Array.from({ length: found.length }, (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** A name or a text in one line: among lines that say something a line break in it could feign another. */
export function oneLine(text: string): string {
  return text.replaceAll('\n', '\\n');
}
