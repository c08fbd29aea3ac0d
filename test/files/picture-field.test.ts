/** Pictures that other programs read wrong once: read as Pillow reads them, or refused by what the header says. */
import { readFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { readPicture } from '../../src/files/picture/read.ts';
import { differenceOf } from '../support/picture-difference.ts';

const FOLDER = new URL('../fixtures/pictures/field/', import.meta.url);
const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, FOLDER)));
const index = JSON.parse(readFileSync(new URL('index.json', FOLDER), 'utf8')) as Record<string, { expected: string }>;
const REFUSED: Readonly<Record<string, RegExp>> = { 'lzma.tif': /is a TIFF compressed with LZMA, which is not read/ };
/** Inks and lossy codecs, of 255 on average. */
const TOLERANCE: Readonly<Record<string, number>> = {
  'jrgb.jpg': 2,
  'cmyk.tif': 3,
  'rgba_assoc.tif': 2,
  'v4bgra.bmp': 2,
};

it.each(Object.entries(index))('%s', async (name, { expected }) => {
  const refused = REFUSED[name];
  if (refused) return expect(readPicture(bytesOf(name), name)).rejects.toThrow(refused);
  const [mine, right] = [await readPicture(bytesOf(name), name), await readPicture(bytesOf(expected), expected)];
  expect([mine.width, mine.height]).toEqual([right.width, right.height]);
  const [largest, mean] = differenceOf(mine.rgba, right.rgba);
  if (name in TOLERANCE) expect(mean).toBeLessThanOrEqual(TOLERANCE[name] as number);
  else expect(largest).toBe(0);
});

it('says nothing of its own where a decoder complains', async () => {
  const whole = new Uint8Array(readFileSync(new URL('../corpus/baseline-444.jpg', FOLDER)));
  const tables = whole.findIndex((byte, i) => byte === 0xff && whole[i + 1] === 0xdb);
  // libjpeg: "Corrupt JPEG data: 3 extraneous bytes before marker 0xdb"
  const complained = Uint8Array.of(...whole.subarray(0, tables), 1, 2, 3, ...whole.subarray(tables));
  const lines = (['log', 'info', 'warn', 'error'] as const).map((kind) => vi.spyOn(console, kind));
  const written = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write'));
  vi.resetModules(); // a decoder takes its printer when it is started
  const { readPicture: read } = await import('../../src/files/picture/read.ts');
  const { rgba } = await read(complained, 'complained.jpg');
  const said = [...lines, ...written].map(({ mock }) => mock.calls.length);
  vi.restoreAllMocks();
  expect(said).toEqual([0, 0, 0, 0, 0, 0]);
  expect(rgba).toEqual((await readPicture(whole, 'whole.jpg')).rgba);
});
