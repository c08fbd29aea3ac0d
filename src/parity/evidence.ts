/** Mistakes that the numbers of one tap give away by themselves. */

import type { MistakeName } from '../inspect/mistakes.ts';
import { sameShape } from '../tensor/shape.ts';
import type { Values } from './runner.ts';

interface Evidence {
  readonly mistake: MistakeName;
  readonly says: string;
}

/** Numbers are the same when they differ by less than this part of the largest. */
const SAME = 1e-4;

/** What a diverging tap says by itself, expected beside found; undefined when nothing. */
export function evidenceOf(tap: string, expected: Values, found: Values): Evidence | undefined {
  if (/resampler\.layers\.\d+\.attention\.(scores|weights)$/.test(tap)) return ofKeys(tap, expected, found);
  if (tap === 'tap.mask.text_time') return ofCounts(expected, found);
  if (tap === 'tap.mask.allowed') return ofSight(expected, found);
  return undefined;
}

/** Rows are latents, columns visual tokens and then latents. */
function ofKeys(tap: string, expected: Values, found: Values): Evidence | undefined {
  const [latents, keys] = expected.shape.slice(-2) as [number, number];
  const media = keys - latents;
  if (found.shape.at(-1) === media) {
    // Of weights, what is left of a row has to sum to 1.
    const kept = columns(expected, (row) => row.slice(0, media), tap.endsWith('weights'));
    const says = `there are ${media} keys, those of the media, where there should be ${latents} more`;
    return same(kept, found.data) ? { mistake: 'latents-missing', says } : undefined;
  }
  if (!sameShape(expected.shape, found.shape)) return undefined;
  const exchanged = columns(expected, (row) => [...row.slice(media), ...row.slice(0, media)], false);
  if (!same(exchanged, found.data)) return undefined;
  return {
    mistake: 'media-and-latents-swapped',
    says: `the ${latents} columns of latents stand before the ${media} of media`,
  };
}

function columns({ shape, data }: Values, choose: (row: number[]) => number[], normalised: boolean): number[] {
  const width = shape.at(-1) as number;
  return Array.from({ length: data.length / width }, (_, i) => {
    const row = choose(Array.from({ length: width }, (_, j) => data[i * width + j] as number));
    const sum = normalised ? row.reduce((total, x) => total + x, 0) : 1;
    return row.map((x) => x / sum);
  }).flat();
}

/** [batch, text]: how many images were announced. */
function ofCounts(expected: Values, found: Values): Evidence | undefined {
  if (!sameShape(expected.shape, found.shape)) return undefined;
  const mistake = 'mask-off-by-one';
  for (const by of [1, -1]) {
    const moved = Array.from(expected.data, (x) => x + by);
    if (same(moved, found.data))
      return { mistake, says: `every count of images is ${by > 0 ? 'one more' : 'one less'}` };
  }
  if (same(alongText(expected, 1, 0), found.data)) return { mistake, says: 'an <image> token is not counted itself' };
  return undefined;
}

/** [batch, text, medium]: 1 where a token may look. */
function ofSight(expected: Values, found: Values): Evidence | undefined {
  if (!sameShape(expected.shape, found.shape)) return undefined;
  const mistake = 'mask-off-by-one';
  for (const by of [1, -1]) {
    const says = `every token sees what the one ${by > 0 ? 'before' : 'after'} it should`;
    if (same(alongText(expected, by, 0), found.data)) return { mistake, says };
  }
  for (const by of [1, -1]) {
    const says = `every token sees the image ${by > 0 ? 'after' : 'before'} its own`;
    if (isMoved(expected, found, by)) return { mistake, says };
  }
  return undefined;
}

/** Tells whether every token that should see media sees those that come `by` later. What should see none may see any. */
function isMoved({ shape, data }: Values, found: Values, by: number): boolean {
  const media = shape[2] as number;
  const rows = Array.from({ length: data.length / media }, (_, i) => i * media);
  return rows.every((at) => {
    const row = Array.from({ length: media }, (_, m) => data[at + m] as number);
    return !row.includes(1) || row.every((_, m) => (row[m - by] ?? 0) === found.data[at + m]);
  });
}

/** What each token has moved to a later one: [batch, text, ..] */
function alongText({ shape, data }: Values, by: number, first: number): number[] {
  const [, text = 1, ...rest] = shape;
  const inner = rest.reduce((product, extent) => product * extent, 1);
  return Array.from(data, (_, i) => {
    const token = Math.floor(i / inner) % text;
    return token - by < 0 || token - by >= text ? first : (data[i - by * inner] as number);
  });
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false;
  const scale = Array.from(a).reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
  return Array.from(a).every((x, i) => Math.abs(x - (b[i] as number)) <= SAME * scale);
}
