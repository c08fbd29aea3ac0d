/** Text drawings for a terminal; numbers stand beside every bar, so nothing hangs on a colour or a font. */

import { type Tone, tinted, untinted } from './terminal.ts';

export function paint(text: string, tone: Tone, colours: boolean): string {
  return colours ? tinted(text, tone) : text;
}

/** Cells on either side of a bar's middle. */
const HALF = 8;

/**
 * A bar to the left (negative) or right of a middle line, for -1 to 1; half a cell is its finest step.
 *
 * @returns always `2 * 8 + 1` cells wide
 */
export function signedBar(value: number): string {
  if (Number.isNaN(value)) return 'not a number'.padStart(2 * HALF + 1);
  const halves = Math.round(Math.min(1, Math.abs(value)) * HALF * 2);
  const full = '█'.repeat(Math.floor(halves / 2));
  if (value < 0) return `${((halves % 2 ? '▐' : '') + full).padStart(HALF)}│${' '.repeat(HALF)}`;
  return `${' '.repeat(HALF)}│${(full + (halves % 2 ? '▌' : '')).padEnd(HALF)}`;
}

/** Numbers from 0 as a row of small bars, the largest full unless said otherwise; nothing at all is a dot. */
export function sparkline(counts: readonly number[], largest: number = Math.max(...counts)): string {
  return counts.map((count) => (count > 0 ? '▁▂▃▄▅▆▇█'[Math.ceil((count / largest) * 8) - 1] : '·')).join('');
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** Below it no letter is wide. Asking the expression for every letter takes 20 ms of a command's start. */
const FIRST_WIDE = '\u1100';
/** Block and line drawings, of which bars are made. */
const DRAWING = /[\u2500-\u259f]/;

const PLAIN = /^[ -~]*$/;

/** Cells that a terminal gives a text: Hangul, other East Asian letters and emoji take two. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  const visible = untinted(text).normalize('NFC');
  const isWide = (letter: string): boolean => letter >= FIRST_WIDE && !DRAWING.test(letter) && WIDE.test(letter);
  return Array.from(visible).reduce((cells, letter) => cells + (isWide(letter) ? 2 : 1), 0);
}

/** Cells of the widest of some texts, which may be more than a call takes arguments; 0 of none. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0);
}

/** `padEnd`, counting cells. */
export function padCells(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - displayWidth(text)));
}

/** A text in lines of at most so many cells, broken between words; a longer word stands alone. */
export function wrapped(text: string, cells: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`;
    if (displayWidth(longer) <= cells || lines.at(-1) === '') lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Two columns of lines beside each other; the left one takes `cells`. */
export function sideBySide(left: readonly string[], right: readonly string[], cells: number): string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) =>
    `${padCells(left[i] ?? '', cells)}${right[i] ?? ''}`.trimEnd(),
  );
}
