import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { readFrames } from '../../src/model/image/frames.ts';
import { PictureError, readPicture } from '../../src/model/image.ts';

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** An RGB picture whose data unpacks to so many zeros. */
function png(width: number, height: number, unpacked: number, interlace = 0): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, interlace], 8);
  const data = deflateSync(new Uint8Array(unpacked));
  const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([start, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

const fixture = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, '../fixtures/pictures', name)));

describe('a PNG', () => {
  it.each([
    ['of the right length is read', png(10, 6, 6 * 31)],
    ['that is interlaced is read', png(3, 3, 4 + 4 + 7 + 8 + 10, 1)],
  ])('%s', async (_, bytes) => {
    const { rgba } = await readPicture(bytes, 'a.png');
    expect(rgba.length % 4).toBe(0);
  });

  it.each([
    ['without its last row', png(10, 6, 5 * 31), 'a.png is a cut or damaged PNG: its pixel data has 155 of 186 bytes'],
    ['that unpacks to 50 MB', png(10, 6, 50e6), 'unpacks to more than its pixels; expected 186 bytes'],
    ['that is interlaced and unpacks to 50 MB', png(8, 8, 50e6, 1), 'unpacks to more than its pixels'],
    ['of 8000 x 8000 in 69 bytes', png(8000, 8000, 100), 'declares 8000 x 8000 pixels (64 megapixels) in 69 bytes'],
    ['with a side of millions', png(64e6, 1, 100), 'expected sides of at most 65535'],
    ['of 30000 x 30000', png(30_000, 30_000, 100), 'declares 30000 x 30000 pixels (900 megapixels)'],
  ])('%s is refused', async (_, bytes, message) => {
    const error = await readPicture(bytes, 'a.png').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PictureError);
    expect((error as Error).message).toContain(message);
  });

  it('large and empty, yet of less than 16 megapixels, is read', async () => {
    expect((await readPicture(png(2000, 2000, 2000 * 6001), 'a.png')).width).toBe(2000);
  });
});

it('a JPEG of 8000 x 8000 in 3 kB is refused, and one of a hundred scans', async () => {
  const bytes = fixture('exif6.jpg');
  const frame = Buffer.from(bytes).indexOf(Buffer.of(0xff, 0xc0));
  const large = bytes.slice();
  new DataView(large.buffer).setUint16(frame + 5, 8000);
  new DataView(large.buffer).setUint16(frame + 7, 8000);
  await expect(readPicture(large, 'a.jpg')).rejects.toThrow(
    'declares 8000 x 8000 pixels (64 megapixels) in 2853 bytes',
  );
  const scans = new Uint8Array([
    ...bytes.subarray(0, -2),
    ...Array(101).fill([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]).flat(),
    0xff,
    0xd9,
  ]);
  await expect(readPicture(scans, 'a.jpg')).rejects.toThrow('a.jpg is a JPEG of 102 scans; expected at most 100 scans');
});

it('an animation of thousands of tiny frames is refused', async () => {
  const gif = Buffer.from(fixture('animated.gif'));
  const header = 13 + 3 * 2 ** (((gif[10] as number) & 7) + 1);
  const frame = Buffer.of(0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0);
  const many = Buffer.concat([gif.subarray(0, header), ...Array(1025).fill(frame), Buffer.of(0x3b)]);
  await expect(readFrames(many, 'a.gif')).rejects.toThrow('a.gif holds 1025 frames; expected at most 1024 frames');
});
