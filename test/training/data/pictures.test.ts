import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/tensor/random.ts';
import { loadBank } from '../../../src/training/data/bank.ts';
import { type Paint, painted, toMonochrome } from '../../../src/training/data/monochrome.ts';
import { PICTURE_SIZE, Pictures, premultiply } from '../../../src/training/data/pictures.ts';
import { PLAIN, renderPicture } from '../../../src/training/data/render.ts';
import { usableConcepts } from '../../../src/training/data/split.ts';
import { DEVELOPMENT_HIDDEN, pictureKey } from '../../../src/training/data/styles.ts';
import { caption, trainingStyles } from '../../../src/training/data/vision-batches.ts';
import { concepts, dataFolder } from './fixtures.ts';

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

describe('monochrome', () => {
  /** A square outline with a dot in it, open at nothing. */
  const ink = Uint8Array.from({ length: PICTURE_SIZE ** 2 }, (_, i) => {
    const [x, y] = [i % PICTURE_SIZE, Math.floor(i / PICTURE_SIZE)];
    const edge = Math.max(Math.abs(x - 31.5), Math.abs(y - 31.5));
    return (edge > 20 && edge < 24) || edge < 4 ? 255 : 0;
  });
  const drawing = toMonochrome(ink, PICTURE_SIZE);
  const label = (x: number, y: number): number => (drawing[y * PICTURE_SIZE + x] as number) & 3;

  it('finds what the ink encloses, and not what is open to the border', () => {
    expect([label(0, 0), label(20, 20), label(31, 20)]).toEqual([0, 1, 1]);
    const opened = ink.slice();
    for (let x = 0; x < 32; x++) opened[32 * PICTURE_SIZE + x] = 0; // a door to the left
    expect(toMonochrome(opened, PICTURE_SIZE).every((byte) => (byte & 3) === 0)).toBe(true);
  });

  it('keeps the three largest regions, largest first', () => {
    const boxes = new Uint8Array(PICTURE_SIZE ** 2).fill(255);
    const clear = (at: number, side: number): void => {
      for (let y = 2; y < 2 + side; y++) for (let x = at; x < at + side; x++) boxes[y * PICTURE_SIZE + x] = 0;
    };
    for (const [place, side] of [
      [2, 4],
      [9, 6],
      [18, 8],
      [29, 10],
    ] as const)
      clear(place, side);
    const found = toMonochrome(boxes, PICTURE_SIZE);
    const at = (x: number): number => (found[3 * PICTURE_SIZE + x] as number) & 3;
    expect([at(3), at(10), at(19), at(30)]).toEqual([0, 3, 2, 1]);
  });

  it('is painted: ink over filled regions, the rest transparent', () => {
    const paint: Paint = { ink: [0, 0, 1], regions: [[1, 0, 0], null, null] };
    const rgba = painted(drawing, paint);
    const pixel = (x: number, y: number): number[] => [...rgba.subarray(4 * (y * PICTURE_SIZE + x)).subarray(0, 4)];
    expect([pixel(0, 0), pixel(20, 20), pixel(31, 31)]).toEqual([
      [0, 0, 0, 0],
      [255, 0, 0, 255],
      [0, 0, 255, 255],
    ]);
  });

  it('renders in colours by seed, and in black without one', () => {
    const pictures = Pictures.from(new Map(), new Map([[pictureKey('box', 'tabler'), drawing]]));
    const view = (seed: number): Float32Array => pictures.render('box', 'tabler', new Random(seed));
    expect(view(1)).toEqual(view(1));
    expect(view(1)).not.toEqual(view(2));
    expect(at(pictures.renderPlain('box', 'tabler'), 0, 16, 16)).toBe(-1);
    expect(pictures.drawings('box')).toEqual(['tabler']);
  });
});

describe('Pictures', () => {
  const flat = (value: number): Uint8Array => picture(() => [value, value, value]);
  const keys = ['noto', 'twemoji', 'twemoji2017', 'emojione'].map((style) => pictureKey('fox', style));
  const pictures = Pictures.from(new Map(keys.map((key, i) => [key, flat(60 * i)])));

  it('render the same from shared memory, as another thread sees them', async () => {
    const there = Pictures.openShared(structuredClone(pictures.share()));
    for (const style of ['noto', 'twemoji2017'])
      expect(there.render('fox', style, new Random(4))).toEqual(pictures.render('fox', style, new Random(4)));
  });

  it('can be without a style and its older drawings, which nothing then draws', () => {
    const less = pictures.without(DEVELOPMENT_HIDDEN);
    expect([trainingStyles(less, 'fox'), less.drawings('fox')]).toEqual([['noto'], []]);
    expect([trainingStyles(pictures, 'fox'), pictures.drawings('fox')]).toEqual([['noto', 'twemoji'], ['twemoji2017']]);
    expect(less.pixels('fox', 'emojione')).toEqual(pictures.pixels('fox', 'emojione'));
    expect(() => less.pixels('fox', 'twemoji')).toThrow(/twemoji/);
    expect(Pictures.openShared(less.share()).has('fox', 'twemoji')).toBe(false);
  });
});

describe('caption', () => {
  it('captions with the name first, in either language', () => {
    const concept = concepts[0] as (typeof concepts)[number];
    const texts = Array.from({ length: 50 }, (_, i) => caption(concept, new Random(i)));
    expect(texts.every((text) => text.startsWith(concept.name) || text.startsWith(concept.korean))).toBe(true);
    expect(new Set(texts).size).toBeGreaterThan(2);
  });
});

describe.skipIf(dataFolder === null)('the real pictures', () => {
  it('are there in six styles, and render fast', async () => {
    const { concepts: real, pictures } = await loadBank(dataFolder as string);
    expect(usableConcepts(real, pictures).length).toBe(796);
    const random = new Random(1);
    const start = performance.now();
    for (let i = 0; i < 1000; i++) pictures.render('owl', 'noto', random);
    console.log(`${Math.round(1e6 / (performance.now() - start))} renders a second`);
  });
});
