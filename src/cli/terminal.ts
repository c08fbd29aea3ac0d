/**
 * What reaches a terminal. Texts of prompts, names in files and answers of servers are foreign: a control character in
 * them could move the cursor, set the window's title or turn the reading direction. All output of the commands goes
 * through `printable`; the only escape sequences that it lets out are those of `tinted` and `halfBlock`.
 */

import { printableText } from '../inspect/printable.ts';

/** Middle tones of the 256-colour cube: at least 3.5 : 1 against black and against white. */
const COLOURS = { attention: 31, dense: 166, answer: 28 } as const;

export type Tone = keyof typeof COLOURS;

/** Drawn anew for each process, so that no foreign text can hold it. */
const MARK = `\u{f0000}${Math.random().toString(36).slice(2, 12).padEnd(10, '0')}`;
const MARKS = new RegExp(`${MARK}([\\d,]+);`, 'gu');

/** For `printable`, a text between two commands to the terminal: numbers of SGR, joined by commas. */
function between(text: string, begin: string, end: string): string {
  return `${MARK}${begin};${text}${MARK}${end};`;
}

/** A text in a colour, for `printable`. */
export function tinted(text: string, tone: Tone): string {
  return between(text, `38,5,${COLOURS[tone]}`, '39');
}

export type Colour = readonly [red: number, green: number, blue: number];

/** Two pixels, one above the other, in one cell; as exact as so many bits of colour allow, 8 or 24. */
export function halfBlock(upper: Colour, lower: Colour, bits: number): string {
  return between('▀', `38,${colourCode(upper, bits)},48,${colourCode(lower, bits)}`, '39,49');
}

/** Of each channel in the cube of 256 colours, as xterm has them. */
const LEVELS = [0, 95, 135, 175, 215, 255];

/** Of 24 bits, or the nearest of 256 colours: one of the cube, or of the 24 greys from 8 in steps of 10. */
function colourCode(colour: Colour, bits: number): string {
  if (bits >= 24) return `2,${colour.join(',')}`;
  const away = (value: number, level: number): number => Math.abs(value - level);
  const places = colour.map((value) =>
    LEVELS.reduce((best, level, i) => (away(value, level) < away(value, LEVELS[best] as number) ? i : best), 0),
  );
  const grey = Math.min(23, Math.max(0, Math.round((colour.reduce((sum, value) => sum + value) / 3 - 8) / 10)));
  const distance = (levels: readonly number[]): number =>
    colour.reduce((sum, value, c) => sum + (value - (levels[c] as number)) ** 2, 0);
  const [red, green, blue] = places as unknown as Colour;
  const isGrey = distance(Array(3).fill(8 + 10 * grey)) < distance(places.map((i) => LEVELS[i] as number));
  return `5,${isGrey ? 232 + grey : 16 + 36 * red + 6 * green + blue}`;
}

/** The text alone. */
export function untinted(text: string): string {
  return text.replace(MARKS, '');
}

/** The text with everything that a terminal would obey as `\u001b`, which JSON reads as the same text. */
export function printable(text: string): string {
  return printableText(text).replace(MARKS, (_, codes: string) => `\x1b[${codes.replaceAll(',', ';')}m`);
}
