/** The corpus of pictures that scripts/pictures/corpus.py wrote, and what becomes of each. */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { PictureError } from '../../src/files/picture/error.ts';
import { readPicture } from '../../src/files/picture/read.ts';
import { differenceOf } from './picture-difference.ts';

const FOLDER = new URL('../fixtures/pictures/corpus/', import.meta.url);

export interface CorpusFile {
  readonly name: string;
  /** The encoder. */
  readonly by: string;
  readonly layout: string;
  /** Of 255: up to 1 for every value, above it on average (lossy codecs, inks and Lab). */
  readonly tolerance: number;
  readonly width?: number;
  readonly height?: number;
  readonly rgba?: Uint8Array;
}

const json = (name: string): unknown => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8'));

export function readCorpus(): CorpusFile[] {
  const index = json('index.json') as Record<string, Omit<CorpusFile, 'rgba' | 'name'> & { rgba?: string }>;
  const packed = json('expected.json') as Record<string, string>;
  return Object.entries(index).map(([name, { rgba, ...entry }]) => ({
    name,
    ...entry,
    ...(rgba !== undefined && { rgba: new Uint8Array(inflateSync(Buffer.from(packed[rgba] as string, 'base64'))) }),
  }));
}

export const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, FOLDER)));

/** `read` as Pillow reads it, or the words of the refusal. @throws Error for wrong pixels and a wrong kind of refusal */
export async function outcomeOf(file: CorpusFile): Promise<'read' | { refused: string }> {
  try {
    const { width, height, rgba } = await readPicture(bytesOf(file.name), file.name);
    const { tolerance } = file;
    if (!file.rgba) throw new Error(`${file.name} is read, and Pillow does not read it`);
    if (width !== file.width || height !== file.height) throw new Error(`${file.name} is ${width} x ${height}`);
    const [largest, mean] = differenceOf(rgba, file.rgba);
    if ((tolerance <= 1 ? largest : mean) > tolerance)
      throw new Error(`${file.name} is off by ${largest}, mean ${mean}`);
    return 'read';
  } catch (error) {
    if (!(error instanceof PictureError)) throw error;
    if (/cut|damaged/.test(error.message)) throw new Error(`a sound file is called damaged: ${error.message}`);
    return { refused: error.what };
  }
}
