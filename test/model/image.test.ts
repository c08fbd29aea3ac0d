import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { turnUpright } from '../../src/files/picture/orientation.ts';
import { type Filter, resize } from '../../src/model/image/resample.ts';
import {
  CLIP_NORMALISATION,
  type Picture,
  PictureError,
  PREPROCESSING_STYLES,
  preprocess,
  readPicture,
} from '../../src/model/image.ts';

const FIXTURES = new URL('../fixtures/', import.meta.url);
const PICTURES = [
  'rgb.png',
  'rgba.png',
  'gray8.png',
  'gray16.png',
  'palette.png',
  'picture.bmp',
  'picture.tiff',
  'animated.gif',
];

const expected = readExpected();

describe('readPicture', () => {
  test.each(PICTURES)('decodes %s as Pillow does', async (name) => {
    const picture = await open(name);
    const rgba = expected.get(`${name}/rgba`);
    if (rgba) expect(picture.rgba).toEqual(rgba.data);
    else expect(dropAlpha(picture)).toEqual(expected.get(`${name}/rgb`)?.data);
  });

  test('reads a Buffer that lies in a pool, and leaves it alone', async () => {
    const pool = Buffer.concat([Buffer.alloc(7, 1), file('palette.png'), Buffer.alloc(9, 2)]);
    const view = pool.subarray(7, -9);
    expect((await readPicture(view, 'palette.png')).rgba).toEqual(expected.get('palette.png/rgba')?.data);
    const tiff = Buffer.from(file('picture.tiff'));
    await readPicture(tiff, 'picture.tiff');
    expect(tiff.equals(file('picture.tiff'))).toBe(true);
  });

  test('turns a JPEG upright as its EXIF orientation says', async () => {
    const picture = await open('exif6.jpg');
    expect([picture.width, picture.height]).toEqual([57, 91]);
    const truth = expected.get('exif6.jpg/rgb.oriented')?.data as Uint8Array;
    const differences = dropAlpha(picture).map((value, i) => Math.abs(value - (truth[i] as number)));
    const mean = differences.reduce((sum, d) => sum + d, 0) / differences.length;
    expect(mean).toBeLessThan(1); // a turn the wrong way gives 60
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('turns PNG and TIFF upright too: orientation %i', async (orientation) => {
    const upright = await readPicture(withOrientation(file('exif6.jpg'), orientation), 'a.jpg');
    const raw = await readPicture(withOrientation(file('exif6.jpg'), 1), 'a.jpg');
    const { width, height, rgba } = turnUpright(raw, orientation); // the decoder's own turn of a JPEG is the truth
    expect([width, height]).toEqual([upright.width, upright.height]);
    expect(rgba).toEqual(upright.rgba);
    const png = await readPicture(pngWithExif(orientation), 'a.png');
    expect(png.width).toBe(orientation >= 5 ? 61 : 97);
    expect(png.rgba).toEqual(turnUpright(await open('rgb.png'), orientation).rgba);
  });

  test('takes frame 1 of an animation and says so', async () => {
    expect((await open('animated.gif')).notes).toEqual([
      'animated.gif is an animation of 3 frames: only frame 1 is looked at',
    ]);
    expect((await open('rgb.png')).notes).toEqual([]);
  });

  test('takes page 1 of a TIFF and says so', async () => {
    const bytes = Buffer.from(file('picture.tiff'));
    const directory = bytes.readUInt32LE(4);
    bytes.writeUInt32LE(directory, directory + 2 + bytes.readUInt16LE(directory) * 12); // the next page: itself, for ever
    const picture = await readPicture(bytes, 'pages.tiff');
    expect(picture.notes).toEqual(['pages.tiff has several pages: only page 1 is looked at']);
  });

  test('refuses more than 64 megapixels without decoding', async () => {
    const bomb = Buffer.from(file('rgb.png'));
    bomb.writeUInt32BE(20000, 16);
    bomb.writeUInt32BE(20000, 20);
    await expect(readPicture(bomb, 'bomb.png')).rejects.toThrow(
      'bomb.png declares 20000 x 20000 pixels (400 megapixels); expected at most 64 megapixels',
    );
  });

  test('refuses a GIF whose frame is larger than its screen', async () => {
    const bytes = Buffer.from(file('animated.gif'));
    bytes.writeUInt16LE(8, 6);
    await expect(readPicture(bytes, 'a.gif')).rejects.toThrow(
      /a\.gif is a damaged GIF: its first frame reaches 51 x 43/,
    );
  });

  const foreign: [string, Uint8Array, RegExp][] = [
    ['a.webp', bytesOf('RIFF\x10\0\0\0WEBPVP8 '), /is a cut or damaged WebP/],
    ['a.jxl', bytesOf('\xff\x0a\0\0'), /is JPEG XL, which cannot be read.*magick "a\.jxl\[0\]" -auto-orient a\.png/],
    ['a.avif', bytesOf('\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf'), /is a cut or damaged AVIF/],
    ['a.avif', bytesOf('\0\0\0\x1cftypmif1\0\0\0\0avifmif1miaf'), /is a cut or damaged AVIF/],
    ['a.heic', bytesOf('\0\0\0\x18ftypheic\0\0\0\0mif1heic'), /is HEIC.*heif-convert a\.heic a\.png/],
    ['a.svg', bytesOf('<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'), /is an SVG drawing/],
    [
      'a.txt',
      bytesOf('BMX bicycles are fun.'),
      /a\.txt is text, not a picture; expected a PNG, JPEG, GIF, BMP, TIFF, WebP or AVIF/,
    ],
    ['a.bin', bytesOf('\x01\x02\x03\x04\x05\x06'), /is not a picture/],
    ['a.png', new Uint8Array(), /a\.png is empty/],
  ];
  test.each(foreign)('refuses %s by name (%#)', async (name, bytes, message) => {
    const refusal = readPicture(bytes, name);
    await expect(refusal).rejects.toThrow(PictureError);
    await expect(refusal).rejects.toThrow(message);
  });

  test.each([...PICTURES, 'exif6.jpg'])('a cut %s is refused or whole, never anything else', async (name) => {
    const bytes = file(name);
    for (const share of [0.001, 0.01, 0.1, 0.3, 0.5, 0.8, 0.95]) {
      const cut = bytes.slice(0, Math.max(1, Math.floor(bytes.length * share)));
      const result = await readPicture(cut, name).catch((error: unknown) => error);
      if (name === 'animated.gif' && !(result instanceof Error)) continue; // frame 1 may be whole
      expect(result, `${share}`).toBeInstanceOf(PictureError);
    }
  });
});

describe('resize', () => {
  test.each([...expected.keys()].filter((key) => key.startsWith('resize/')))('%s equals Pillow', (key) => {
    const [, name, filter, size] = key.split('/') as [string, string, Filter, string];
    const [width, height] = size.split('x').map(Number) as [number, number];
    const source = expected.get(`${name}/rgb`) as Expected;
    const raster = {
      width: source.shape[1] as number,
      height: source.shape[0] as number,
      channels: 3,
      data: source.data as Uint8Array,
    };
    expect(resize(raster, width, height, filter).data).toEqual(expected.get(key)?.data);
  });
});

describe('preprocess', () => {
  const cases = [...expected.keys()].filter((key) => /\/(clip|openclip|idefics|paper)(\.oriented)?$/.test(key));
  test.each(cases)('%s equals transformers', (key) => {
    const [name, tensor] = key.split('/') as [string, string];
    const [style, oriented] = tensor.split('.') as [keyof typeof PREPROCESSING_STYLES, string | undefined];
    const upright = expected.get(`${name}/rgb.oriented`);
    const source = oriented || (style === 'paper' && upright) ? `${name}/rgb.oriented` : `${name}/rgb`;
    const picture = toPicture(expected.get(`${name}/rgba`) ?? (expected.get(source) as Expected));
    const pixels = preprocess(picture, { size: 32, ...CLIP_NORMALISATION, ...PREPROCESSING_STYLES[style] });
    expect(largestDifference(pixels, expected.get(key)?.data as Float32Array)).toBeLessThan(2e-6);
  });

  test('composites on white as Pillow does', () => {
    const picture = toPicture(expected.get('rgba.png/rgba') as Expected);
    const whole = { size: 71, mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255], ...PREPROCESSING_STYLES.glass };
    const pixels = preprocess(picture, whole);
    const white = expected.get('rgba.png/white')?.data as Uint8Array;
    const left = Math.floor((71 - 53) / 2);
    for (let y = 0; y < 71; y++) {
      for (let x = 0; x < 53; x++) {
        for (let c = 0; c < 3; c++) {
          expect(Math.round(pixels[c * 71 * 71 + y * 71 + x + left] as number)).toBe(white[(y * 53 + x) * 3 + c]);
        }
      }
    }
  });

  test('the shipped model pads with white', () => {
    const black = { width: 4, height: 2, rgba: new Uint8Array(32).map((_, i) => (i % 4 === 3 ? 255 : 0)), notes: [] };
    const half = [0.5, 0.5, 0.5];
    const pixels = preprocess(black, { size: 4, mean: half, std: half, ...PREPROCESSING_STYLES.glass });
    expect([...pixels.subarray(0, 16)]).toEqual([1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1]);
  });

  test('a very long picture costs no more than its crop', () => {
    const line = { width: 1_000_000, height: 1, rgba: new Uint8Array(4_000_000), notes: [] };
    const pixels = preprocess(line, { size: 32, ...CLIP_NORMALISATION, ...PREPROCESSING_STYLES.clip });
    expect(pixels.length).toBe(3 * 32 * 32);
  });
});

interface Expected {
  shape: number[];
  data: Uint8Array | Float32Array;
}

function readExpected(): Map<string, Expected> {
  const bytes = readFileSync(new URL('goldens/preprocessing/expected.safetensors', FIXTURES));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, start).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const entries = Object.entries(header).filter(([, { dtype }]) => dtype === 'U8' || dtype === 'F32');
  return new Map(
    entries.map(
      ([
        name,
        {
          dtype,
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const raw = new Uint8Array(bytes.subarray(start + from, start + to)); // a copy, so aligned
        return [name, { shape, data: dtype === 'U8' ? raw : new Float32Array(raw.buffer) }];
      },
    ),
  );
}

function file(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`pictures/${name}`, FIXTURES)));
}

function open(name: string): Promise<Picture> {
  return readPicture(file(name), name);
}

function dropAlpha({ rgba }: Picture): Uint8Array {
  return rgba.filter((_, i) => i % 4 !== 3);
}

function toPicture({ shape: [height = 0, width = 0, channels], data }: Expected): Picture {
  const rgba = new Uint8Array(width * height * 4).fill(255);
  const at = (i: number) => (channels === 4 ? i : Math.floor(i / 3) * 4 + (i % 3));
  for (let i = 0; i < data.length; i++) rgba[at(i)] = data[i] as number;
  return { width, height, rgba, notes: [] };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] as number))), 0);
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

const ORIENTATION_ENTRY = Buffer.from([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0]); // tag 274, one SHORT, big-endian

/** A JPEG with another EXIF orientation. */
function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const bytes = Buffer.from(jpeg);
  const at = bytes.indexOf(ORIENTATION_ENTRY);
  expect(at).toBeGreaterThan(0);
  bytes[at + 9] = orientation;
  return bytes;
}

function pngWithExif(orientation: number): Uint8Array {
  const png = Buffer.from(file('rgb.png'));
  const entry = Buffer.concat([ORIENTATION_ENTRY, Buffer.from([orientation, 0, 0])]);
  const data = Buffer.concat([Buffer.from('MM\0*\0\0\0\b\0\x01', 'latin1'), entry, Buffer.alloc(4)]);
  const type = Buffer.from('eXIf');
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  type.copy(chunk, 4);
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), chunk.length - 4);
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
