import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/tensor/random.ts';
import { loadConcepts } from '../../../src/training/data/concepts.ts';
import { premultiply } from '../../../src/training/data/picture-files.ts';
import { PICTURE_SIZE, Pictures } from '../../../src/training/data/pictures.ts';
import { PLAIN, renderPicture } from '../../../src/training/data/render.ts';
import { usableConcepts } from '../../../src/training/data/split.ts';
import { pictureKey } from '../../../src/training/data/styles.ts';
import { caption, visionBatch } from '../../../src/training/data/vision-batches.ts';
import { concepts, dataFolder, split } from './fixtures.ts';

/** A picture whose colour is a function of the place; alpha 255 but where the function gives null. */
function picture(colour: (x: number, y: number) => readonly [number, number, number] | null): Uint8Array {
  const rgba = new Uint8Array(PICTURE_SIZE ** 2 * 4).fill(77); // noise under the transparent pixels
  for (let i = 0; i < PICTURE_SIZE ** 2; i++) {
    const drawn = colour(i % PICTURE_SIZE, Math.floor(i / PICTURE_SIZE));
    rgba[4 * i + 3] = drawn === null ? 0 : 255;
    if (drawn) rgba.set(drawn, 4 * i);
  }
  return premultiply(rgba);
}

const leftHalfRed = picture((x) => (x < 32 ? [255, 0, 0] : null));
const at = (view: Float32Array, channel: number, row: number, column: number): number =>
  view[channel * 1024 + row * 32 + column] as number;

describe('renderPicture', () => {
  it('composites transparency, without the colour that hides under it', () => {
    const view = renderPicture(leftHalfRed, PICTURE_SIZE, { ...PLAIN, background: [0, 0, 1] }, 32);
    expect([0, 1, 2].map((c) => at(view, c, 16, 8))).toEqual([1, -1, -1]);
    expect([0, 1, 2].map((c) => at(view, c, 16, 24))).toEqual([-1, -1, 1]);
  });

  it('halves to area means', () => {
    const random = new Random(1);
    const source = picture(() => [random.integer(256), 0, 0]);
    const view = renderPicture(source, PICTURE_SIZE, PLAIN, 32);
    const mean = [0, 1, 64, 65].reduce((sum, i) => sum + (source[4 * (20 * 64 + 12 + i)] as number), 0) / 4;
    expect(at(view, 0, 10, 6)).toBeCloseTo((mean / 255 - 0.5) / 0.5, 4);
  });

  it('flips, shifts, turns and frames', () => {
    const draw = (change: object): Float32Array =>
      renderPicture(leftHalfRed, PICTURE_SIZE, { ...PLAIN, background: [0, 0, 0], ...change }, 32);
    expect([at(draw({ flip: true }), 0, 16, 24), at(draw({ flip: true }), 0, 16, 8)]).toEqual([1, -1]);
    expect(at(draw({ shift: [0.25, 0] }), 0, 16, 4)).toBe(-1); // moved right: the left edge is empty
    const quarter = draw({ rotation: Math.PI / 2 }); // clockwise: what was left is up
    expect([at(quarter, 0, 6, 16), at(quarter, 0, 26, 16)].map((value) => Math.round(value))).toEqual([1, -1]);
    expect([at(draw({ frame: 0.125 }), 1, 3, 16), at(draw({ frame: 0.125 }), 1, 4, 4)]).toEqual([1, -1]);
    const grey = draw({ grey: true });
    expect(at(grey, 0, 16, 8)).toBeCloseTo(2 * 0.299 - 1, 5);
    expect(at(grey, 1, 16, 8)).toBeCloseTo(2 * 0.299 - 1, 5);
  });
});

describe('visionBatch', () => {
  const styles = ['noto', 'twemoji', 'emojione'] as const;
  const flat = (value: number): Uint8Array => picture(() => [value, value, value]);
  const entries = concepts.flatMap(({ name }) =>
    styles.map((style) => [pictureKey(name, style), flat(style === 'emojione' ? 0 : 255)] as const),
  );
  const pictures = Pictures.from(new Map(entries));
  const shown = concepts.filter(({ name }) => split.vision.includes(name));

  it('repeats by seed and never draws the held style', () => {
    const { concepts: places, images } = visionBatch(pictures, shown, new Random(1), 8);
    expect(new Set(places).size).toBe(8);
    expect(images.length).toBe(16 * 3 * 32 * 32);
    expect(visionBatch(pictures, shown, new Random(1), 8).images).toEqual(images);
    for (let view = 0; view < 16; view++) expect(images[view * 3072 + 16 * 32 + 16]).toBeGreaterThan(0.4); // white, not black
  });

  it('captions with the name first, in either language', () => {
    const concept = shown[0] as (typeof shown)[number];
    const texts = Array.from({ length: 50 }, (_, i) => caption(concept, new Random(i)));
    expect(texts.every((text) => text.startsWith(concept.name) || text.startsWith(concept.korean))).toBe(true);
    expect(new Set(texts).size).toBeGreaterThan(2);
  });
});

describe.skipIf(dataFolder === null)('the real pictures', () => {
  it('are there in six styles, and render fast', async () => {
    const real = await loadConcepts(dataFolder as string);
    const pictures = await Pictures.load(dataFolder as string, real);
    expect(usableConcepts(real, pictures).length).toBe(796);
    const random = new Random(1);
    const start = performance.now();
    for (let i = 0; i < 1000; i++) pictures.render('owl', 'noto', random);
    console.log(`${Math.round(1e6 / (performance.now() - start))} renders a second`);
  });
});
