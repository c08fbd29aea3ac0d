import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePicture } from '../src/model/image/writer.ts';
import { Random } from '../src/tensor/random.ts';
import { writeWhole } from '../src/training/files.ts';
import { readArguments, wholeNumber } from './arguments.ts';

const SIDE = 96;
const PEN = 2.4;

type Point = readonly [x: number, y: number];
type Stroke = readonly Point[];

const circle = (x: number, y: number, r: number, from = 0, to = 2 * Math.PI): Stroke =>
  Array.from({ length: 33 }, (_, i): Point => {
    const angle = from + ((to - from) * i) / 32;
    return [x + r * Math.cos(angle), y + r * Math.sin(angle)];
  });

/** Made-up creatures on a sheet from -1 to 1, in no picture that the shipped model was trained on. */
export const CREATURES: Readonly<Record<string, readonly Stroke[]>> = {
  // A round face with two long ears.
  momo: [
    circle(0, 0.25, 0.5),
    [
      [-0.3, -0.15],
      [-0.45, -0.8],
      [-0.1, -0.25],
    ],
    [
      [0.3, -0.15],
      [0.45, -0.8],
      [0.1, -0.25],
    ],
    circle(-0.18, 0.15, 0.05),
    circle(0.18, 0.15, 0.05),
    circle(0, 0.35, 0.18, 0.3, Math.PI - 0.3),
  ],
  // A zigzag snake with one eye.
  zuzu: [
    [
      [-0.8, 0.5],
      [-0.5, -0.4],
      [-0.2, 0.5],
      [0.1, -0.4],
      [0.4, 0.5],
      [0.7, -0.4],
    ],
    circle(0.75, -0.5, 0.16),
    circle(0.77, -0.52, 0.03),
  ],
};

/** RGBA of one drawing: the strokes moved, turned, sized and shaken, in a dark pen on nearly white paper. */
export function draw(strokes: readonly Stroke[], random: Random): Uint8Array {
  const around = (centre: number, spread: number): number => random.uniform(centre - spread, centre + spread);
  const [angle, size, dx, dy] = [around(0, 0.2), around(0.36, 0.06), around(0.5, 0.06), around(0.5, 0.06)];
  const place = ([x, y]: Point): Point => {
    const [u, v] = [x + random.normal(0, 0.025), y + random.normal(0, 0.025)];
    const turned = [u * Math.cos(angle) - v * Math.sin(angle), u * Math.sin(angle) + v * Math.cos(angle)] as const;
    return [SIDE * (dx + size * turned[0]), SIDE * (dy + size * turned[1])];
  };
  const lines = strokes.map((stroke) => stroke.map(place));
  const [ink, paper] = [random.uniform(20, 90), random.uniform(225, 255)];
  const rgba = new Uint8Array(4 * SIDE * SIDE).fill(255);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const near = Math.min(...lines.map((line) => distance([x, y], line)));
      const covered = Math.min(1, Math.max(0, PEN - near));
      const grey = Math.round(paper + (ink - paper) * covered + random.normal(0, 2));
      const at = 4 * (y * SIDE + x);
      rgba.fill(Math.min(255, Math.max(0, grey)), at, at + 3);
    }
  }
  return rgba;
}

function distance([x, y]: Point, line: Stroke): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < line.length; i++) {
    const [[ax, ay], [bx, by]] = [line[i - 1] as Point, line[i] as Point];
    const [ux, uy] = [bx - ax, by - ay];
    const t = Math.min(1, Math.max(0, ((x - ax) * ux + (y - ay) * uy) / (ux * ux + uy * uy || 1)));
    least = Math.min(least, Math.hypot(x - ax - t * ux, y - ay - t * uy));
  }
  return least;
}

/** Writes drawings of each creature with `train.jsonl` and `eval.jsonl`. */
export async function writeDrawings(folder: string, seed: number, each: number, toMeasure: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const root = new Random(seed).fork('drawings');
  const write = async (file: string, count: number): Promise<void> => {
    const lines: string[] = [];
    for (const [name, strokes] of Object.entries(CREATURES)) {
      for (let i = 1; i <= count; i++) {
        const image = `${file}-${name}-${i}.png`;
        const rgba = draw(strokes, root.fork(image));
        await writeWhole(join(folder, image), await writePicture({ width: SIDE, height: SIDE, rgba }));
        lines.push(JSON.stringify({ sequence: [{ image }, { text: 'name :' }, { text: `${name}<EOC>` }] }));
      }
    }
    await writeWhole(join(folder, `${file}.jsonl`), `${lines.join('\n')}\n`);
  };
  await write('train', each);
  if (toMeasure > 0) await write('eval', toMeasure);
}

const USAGE = `Draws simple figures as a hand with a felt pen would, each time a little otherwise, with the lines that \`tune\` reads.
They stand in for one's own drawings on paper in docs/own-data.md and in the tests.

    node --import tsx --conditions=source scripts/drawings.ts FOLDER [SEED] [OF EACH] [OF EACH TO MEASURE WITH]`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { positionals } = readArguments(USAGE, { allowPositionals: true });
  const [folder = 'drawings', seed = '1', each = '5', toMeasure = '20'] = positionals;
  const counts = [wholeNumber('OF EACH', each, 1), wholeNumber('OF EACH TO MEASURE WITH', toMeasure)] as const;
  await writeDrawings(folder, wholeNumber('SEED', seed), ...counts);
}
