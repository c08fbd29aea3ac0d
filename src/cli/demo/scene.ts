/** One prompt of the demo with its answer, as pictures where the terminal shows them. */

import { basename } from 'node:path';
import type { Answer } from '../../model/answer.ts';
import { END_OF_CHUNK, type PicturePrompt } from '../../model/prompt.ts';
import { displayWidth, padCells, paint, sideBySide } from '../bars.ts';
import type { Context } from '../context.ts';
import { pictureLines } from '../half-blocks.ts';
import { loadPictures } from '../prompts.ts';
import { candidateLines, likelyLines, promptLines } from '../render.ts';
import { WORDS } from '../words.ts';

const SIZE = 18;
const GAP = 2;
const MOST_LIKELY = 3;
/** Of everything in a scene. */
export const INDENT = 3;

/** A prompt under its heading, and what was answered. */
export async function column(
  heading: string,
  prompt: PicturePrompt,
  answer: Answer,
  context: Context,
): Promise<string[]> {
  const asked = context.colourBits > 0 ? await strip(prompt, context, INDENT + 2) : promptLines(prompt);
  const { text, likely = [], candidates } = answer;
  const chances = candidates
    ? candidateLines(answer)
    : likelyLines({ text, likely: likely.slice(0, MOST_LIKELY) }, context);
  return [
    heading,
    ...asked.map((line) => `  ${line}`),
    `  ${paint(`-> ${text || WORDS[context.lang].nothing}`, 'answer', context.colours)}`,
    ...chances.map((line) => `     ${line}`),
  ];
}

/** The pictures beside each other, as many as the terminal has room for behind an indent, their texts below. */
async function strip(prompt: PicturePrompt, { colourBits: bits, columns }: Context, indent: number): Promise<string[]> {
  const loaded = await loadPictures(prompt);
  const blocks: { picture: string[]; text: string }[] = [];
  for (const item of loaded.sequence) {
    if ('image' in item) blocks.push({ picture: pictureLines(item.image, SIZE, bits), text: '' });
    else {
      if (blocks.length === 0) blocks.push({ picture: [], text: '' });
      (blocks.at(-1) as { text: string }).text += item.text.replaceAll(END_OF_CHUNK, '').trim();
    }
  }
  const inRow = Math.max(1, Math.floor((columns - indent + GAP) / (SIZE + GAP)));
  const row = (from: number): string[] =>
    blocks
      .slice(from, from + inRow)
      .map(({ picture, text }) => [...picture, text])
      .reduce((left, right, i) => sideBySide(left, right, i * (SIZE + GAP)));
  return Array.from({ length: Math.ceil(blocks.length / inRow) }, (_, i) => row(i * inRow)).flat();
}

/** Two columns where both fit, one below the other where they don't. */
export function beside(left: readonly string[], right: readonly string[], columns: number): string[] {
  const width = (lines: readonly string[]): number => Math.max(0, ...lines.map(displayWidth));
  const least = width(left) + 4;
  const half = Math.max(least, Math.min(48, Math.floor(columns / 2)));
  const cells = half + width(right) > columns ? least : half;
  return cells + width(right) > columns ? [...left, '', ...right] : sideBySide(left, right, cells);
}

/** What the picture is called where it cannot be shown. */
export async function query(prompt: PicturePrompt, context: Context): Promise<string[]> {
  if (context.colourBits > 0) return strip(prompt, context, INDENT);
  return prompt.sequence.map((item) => ('image' in item ? `[${basename(item.image)}]` : padCells(item.text, 0)));
}
