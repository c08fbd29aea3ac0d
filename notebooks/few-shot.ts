// Small tools for evaluating with few pictures: pictures as pixels, and how sure a share of few cases is.
import { readFile } from 'node:fs/promises';
import { type Picture, readPicture } from 'glass-flamingo/flamingo';

/** A picture file as pixels, to be read once for many prompts. */
export async function openPicture(path: string): Promise<Picture> {
  return readPicture(await readFile(path), path);
}

/** Left and right exchanged: another picture of the same thing. */
export function mirrored({ width, height, rgba, notes }: Picture): Picture {
  const turned = new Uint8Array(rgba.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [from, to] = [(y * width + width - 1 - x) * 4, (y * width + x) * 4];
      turned.set(rgba.subarray(from, from + 4), to);
    }
  }
  return { width, height, rgba: turned, notes };
}

/** The 95 % interval of Wilson (1927) for `right` of `n`. */
export function wilson(right: number, n: number): [low: number, high: number] {
  const [z, p] = [1.96, right / n];
  const middle = (p + (z * z) / (2 * n)) / (1 + (z * z) / n);
  const reach = (z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n))) / (1 + (z * z) / n);
  return [Math.max(0, middle - reach), Math.min(1, middle + reach)];
}
