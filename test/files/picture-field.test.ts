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

/** A directory of whole numbers, and a strip of one byte. */
function tiffOf(tags: Readonly<Record<number, number>>): Uint8Array {
  const entries = Object.entries({ 256: 1, 257: 1, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 1, 279: 1, ...tags });
  const view = new DataView(new ArrayBuffer(14 + entries.length * 12 + 6));
  view.setUint32(0, 0x49492a00);
  view.setUint32(4, 10, true);
  view.setUint16(10, entries.length, true);
  for (const [i, [tag, value]] of entries.entries()) {
    view.setUint16(12 + i * 12, Number(tag), true);
    view.setUint16(14 + i * 12, 4, true);
    view.setUint32(16 + i * 12, 1, true);
    view.setUint32(20 + i * 12, value, true);
  }
  return new Uint8Array(view.buffer);
}

it('reads a TIFF of one slice, and refuses a volume by its depth', async () => {
  expect((await readPicture(tiffOf({ 32997: 1 }), 'flat.tif')).width).toBe(1);
  await expect(readPicture(tiffOf({ 32997: 37 }), 'volume.tif')).rejects.toThrow('TIFF of a volume, 37 slices deep');
});

it('refuses a JPEG of four components that nothing explains, and not as damaged', async () => {
  const cmyk = new Uint8Array(readFileSync(new URL('../corpus/cmyk.jpg', FOLDER)));
  const at = cmyk.findIndex((byte, i) => byte === 0xff && cmyk[i + 1] === 0xee);
  const length = new DataView(cmyk.buffer).getUint16(at + 2);
  const bare = Uint8Array.of(...cmyk.subarray(0, at), ...cmyk.subarray(at + 2 + length));
  const said = 'bare.jpg is a JPEG of 4 components without the marker of Adobe, which is not read';
  await expect(readPicture(bare, 'bare.jpg')).rejects.toThrow(said);
});

it.each([
  ['JPEG 2000', [0xff, 0x4f, 0xff, 0x51]],
  ['JPEG XR', [0x49, 0x49, 0xbc, 0x01]],
  ['QOI', [...Buffer.from('qoif')]],
  ['Netpbm (PPM, PGM, PBM, PAM)', [...Buffer.from('P6\n4 4\n255\n')]],
  ['OpenEXR', [0x76, 0x2f, 0x31, 0x01]],
  ['an Apple icon (ICNS)', [...Buffer.from('icns')]],
  ['SGI', [0x01, 0xda]],
])('names %s', async (format, start) => {
  const file = Uint8Array.of(...start, ...new Uint8Array(64));
  await expect(readPicture(file, 'a.bin')).rejects.toThrow(`a.bin is ${format}, which cannot be read`);
});
