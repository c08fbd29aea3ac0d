import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { gifFrames, readGifFrame } from '../../src/files/picture/gif.ts';
import { readFrames } from '../../src/model/image/frames.ts';
import { PictureError, readPicture } from '../../src/model/image.ts';

const file = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/pictures/${name}`, import.meta.url));
const animation = file('animated.gif');

/** The animation with another disposal of each frame. */
function disposing(...disposals: number[]): Uint8Array {
  const bytes = Uint8Array.from(animation);
  for (const [i, { start }] of gifFrames(bytes).entries())
    bytes[start + 3] = ((bytes[start + 3] as number) & 0b11100011) | ((disposals[i] ?? 1) << 2);
  return bytes;
}

/** One frame by itself, with nothing where it draws nothing. */
function alone(i: number): Uint8Array {
  const frame = gifFrames(animation)[i];
  if (!frame) throw new Error(`no frame ${i}`);
  return readGifFrame(animation, frame);
}

const over = (front: Uint8Array, back: Uint8Array) =>
  front.map((value, i) => (front[i - (i % 4) + 3] === 0 ? (back[i] as number) : value));

describe('readFrames', () => {
  it('draws later frames over earlier ones', async () => {
    const frames = await readFrames(disposing(1, 1, 1), 'a.gif');
    expect(frames).toHaveLength(3);
    const [first, second, third] = [alone(0), alone(1), alone(2)];
    expect(frames[1]?.rgba).toEqual(over(second, first));
    expect(frames[2]?.rgba).toEqual(over(third, over(second, first)));
  });

  it('brings back what was before a frame that asks for it', async () => {
    const frames = await readFrames(disposing(1, 3, 1), 'a.gif');
    expect(frames[2]?.rgba).toEqual(over(alone(2), alone(0)));
  });

  it('clears the rectangle of a frame that asks for it', async () => {
    const { left, top, width, height } = gifFrames(animation)[1] ?? { left: 0, top: 0, width: 0, height: 0 };
    const before = (await readFrames(disposing(1, 1, 1), 'a.gif'))[1];
    const cleared = before?.rgba.map((value, i) => {
      const [x, y] = [Math.floor(i / 4) % before.width, Math.floor(i / 4 / before.width)];
      return x >= left && x < left + width && y >= top && y < top + height ? 0 : value;
    });
    const frames = await readFrames(disposing(1, 2, 1), 'a.gif');
    expect(frames[2]?.rgba).toEqual(over(alone(2), cleared as Uint8Array));
  });

  it('gives any other picture as one frame', async () => {
    const frames = await readFrames(file('exif6.jpg'), 'exif6.jpg');
    expect(frames.map(({ width, height }) => [width, height])).toEqual([[57, 91]]);
  });

  it('stops at a frame that is cut', async () => {
    expect(await readFrames(animation.slice(0, -300), 'a.gif')).toHaveLength(2);
  });

  it('refuses more pixels than it may hold, before it decodes any', async () => {
    const { start, end } = gifFrames(animation)[0] ?? { start: 0, end: 0 };
    const frame = animation.subarray(start, end);
    const bytes = new Uint8Array(Buffer.concat([animation.subarray(0, start), frame, frame, frame, frame, frame]));
    new DataView(bytes.buffer).setUint16(6, 4000, true);
    new DataView(bytes.buffer).setUint16(8, 4000, true);
    await expect(readFrames(bytes, 'a.gif')).rejects.toThrow(PictureError);
    await expect(readFrames(bytes, 'a.gif')).rejects.toThrow(
      /holds 5 frames of 4000 x 4000 pixels; expected at most 64/,
    );
  });

  it('names the frame that is damaged', async () => {
    const bytes = Uint8Array.from(animation);
    const second = gifFrames(bytes)[1] ?? { start: 0 };
    const descriptor = bytes.indexOf(0x2c, second.start + 8);
    new DataView(bytes.buffer).setUint16(descriptor + 5, 9000, true);
    await expect(readFrames(bytes, 'a.gif')).rejects.toThrow(/^frame 2 of a\.gif is a damaged GIF/);
  });
});

describe('a GIF whose pixels cannot be unpacked', () => {
  const [first] = gifFrames(animation);
  if (!first) throw new Error('no frame');
  const spoilt = Array.from({ length: first.end - first.data - 1 }, (_, i) => {
    const bytes = Uint8Array.from(animation);
    bytes[first.data + i] = 0xff - (bytes[first.data + i] as number);
    return bytes;
  });

  it('is told from one that can', () => {
    const sound = (bytes: Uint8Array) => {
      try {
        return readGifFrame(bytes, first).length > 0;
      } catch {
        return false;
      }
    };
    expect(sound(animation)).toBe(true);
    const unsound = spoilt.filter((bytes) => !sound(bytes));
    expect(unsound.length).toBeGreaterThan(spoilt.length / 4);
  });

  it('is refused, or read with other pixels, but never sends the decoder round in circles', async () => {
    for (const bytes of spoilt.filter((_, i) => i % 23 === 0)) {
      const result = await readPicture(bytes, 'a.gif').catch((error: unknown) => error);
      expect(result instanceof PictureError || (result as { width: number }).width === 51).toBe(true);
    }
  });
});
