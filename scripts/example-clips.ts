// Draws examples/clips from examples/pictures: a thing that moves, as a GIF of eight frames.
//
//     node --import tsx --conditions=source scripts/example-clips.ts

import { readFile, writeFile } from 'node:fs/promises';
import { makeFolder } from '../src/files/write-file.ts';
import { type Picture, readPicture } from '../src/model/image.ts';
import { type Layer, renderLayers } from '../src/training/data/layers.ts';
import { premultiply } from '../src/training/data/pictures.ts';
import { readArguments } from './arguments.ts';

readArguments('scripts/example-clips.ts: draws examples/clips from examples/pictures.', {});

const examples = new URL('../examples/', import.meta.url);
const FRAMES = 8;
const SIZE = 48;

type Course = (t: number) => Partial<Pick<Layer, 'x' | 'y' | 'scale' | 'rotation'>>;

const CLIPS: Readonly<Record<string, readonly [picture: string, course: Course]>> = {
  'flamingo-left': ['flamingo', (t) => ({ x: 0.2 - 0.4 * t })],
  'rocket-up': ['rocket', (t) => ({ y: 0.2 - 0.4 * t })],
  'trumpet-grows': ['trumpet', (t) => ({ scale: 0.35 + 0.45 * t })],
};

/** Four levels of each channel. */
const LEVELS = 4;
const PALETTE = Array.from({ length: LEVELS ** 3 }, (_, i) =>
  [i >> 4, (i >> 2) & 3, i & 3].map((level) => Math.round((255 * level) / (LEVELS - 1))),
);

await makeFolder(new URL('clips/', examples).pathname);
for (const [name, [picture, course]] of Object.entries(CLIPS)) {
  const file = new URL(`pictures/${picture}.png`, examples);
  const frames = framesOf(await readPicture(await readFile(file), picture), course);
  await writeFile(new URL(`clips/${name}.gif`, examples), gif(frames));
}

/** Frames of a square picture on white: planes in [-1, 1]. */
function framesOf({ width, height, rgba }: Picture, course: Course): Float32Array[] {
  if (width !== height) throw new RangeError(`a picture of ${width} x ${height}; expected a square`);
  const still = { x: 0, y: 0, scale: 0.6, rotation: 0, flip: false, tint: null };
  const pixels = premultiply(Uint8Array.from(rgba));
  return Array.from({ length: FRAMES }, (_, i) =>
    renderLayers([{ ...still, ...course(i / (FRAMES - 1)), pixels, side: width }], [1, 1, 1], SIZE),
  );
}

/** GIF89a that repeats for ever; its codes are written out without a dictionary. */
function gif(frames: readonly Float32Array[]): Uint8Array {
  const two = (value: number): number[] => [value & 255, value >> 8];
  const text = (words: string): number[] => [...new TextEncoder().encode(words)];
  const screen = [...text('GIF89a'), ...two(SIZE), ...two(SIZE), 0x80 | 5, 0, 0, ...PALETTE.flat()];
  const forEver = [0x21, 0xff, 11, ...text('NETSCAPE2.0'), 3, 1, 0, 0, 0];
  const images = frames.flatMap((frame) => [
    ...[0x21, 0xf9, 4, 0, ...two(12), 0, 0],
    ...[0x2c, ...two(0), ...two(0), ...two(SIZE), ...two(SIZE), 0],
    ...[6, ...blocks(codes(coloursOf(frame)))],
  ]);
  return Uint8Array.from([...screen, ...forEver, ...images, 0x3b]);
}

function coloursOf(frame: Float32Array): number[] {
  const plane = SIZE * SIZE;
  const level = (value: number): number => Math.round(((value + 1) / 2) * (LEVELS - 1));
  return Array.from({ length: plane }, (_, i) =>
    [0, 1, 2].reduce((code, c) => code * LEVELS + level(frame[c * plane + i] as number), 0),
  );
}

/** Codes of seven bits, the least significant first; the table is cleared before it asks for eight. */
function codes(colours: readonly number[]): number[] {
  const [CLEAR, END, BITS, RUN] = [64, 65, 7, 60];
  const all = [...colours.flatMap((colour, i) => (i % RUN === 0 ? [CLEAR, colour] : [colour])), END];
  const bytes = new Uint8Array(Math.ceil((all.length * BITS) / 8));
  for (const [i, code] of all.entries())
    for (let bit = 0; bit < BITS; bit++)
      if ((code >> bit) & 1)
        bytes[(i * BITS + bit) >> 3] = (bytes[(i * BITS + bit) >> 3] as number) | (1 << ((i * BITS + bit) & 7));
  return [...bytes];
}

/** Blocks of at most 255 bytes, and the empty one that ends them. */
function blocks(bytes: readonly number[]): number[] {
  const parts = Array.from({ length: Math.ceil(bytes.length / 255) }, (_, i) => bytes.slice(i * 255, (i + 1) * 255));
  return [...parts.flatMap((part) => [part.length, ...part]), 0];
}
