/** The pictures of other encoders once more, decoded by a page: the tolerances of Node, with the exceptions that docs/pictures.md names. */

import { expect, it } from 'vitest';
import { PictureError, readPicture } from '../../src/model/image.ts';
import { differenceOf } from '../support/picture-difference.ts';
import { EXCEPTIONS, LARGEST_ELSEWHERE } from '../support/picture-exceptions.ts';

const folder = new URL('../fixtures/pictures/corpus/', import.meta.url);
const get = (name: string): Promise<Response> => fetch(new URL(name, folder));

interface Entry {
  readonly tolerance: number;
  readonly width?: number;
  readonly height?: number;
  readonly rgba?: string;
}

async function inflate(base64: string): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const index = (await (await get('index.json')).json()) as Record<string, Entry>;
const packed = (await (await get('expected.json')).json()) as Record<string, string>;

it('reads every picture of the corpus as Node does, or refuses it as Node does', async () => {
  const problems: string[] = [];
  for (const [name, { tolerance, width, height, rgba }] of Object.entries(index)) {
    const bytes = new Uint8Array(await (await get(name)).arrayBuffer());
    const found = await readPicture(bytes, name).catch((error: unknown) => error as Error);
    if (found instanceof PictureError && !/cut|damaged/.test(found.message)) continue; // Node's test knows which
    if (found instanceof Error || rgba === undefined) {
      problems.push(`${name}: ${found instanceof Error ? found.message : 'is read, and Pillow does not read it'}`);
      continue;
    }
    const [largest, mean] = differenceOf(found.rgba, await inflate(packed[rgba] as string));
    const exception = EXCEPTIONS[name];
    const allowed = exception?.mean ?? tolerance;
    const most = exception?.largest ?? (tolerance <= 1 ? tolerance : LARGEST_ELSEWHERE);
    if (found.width !== width || found.height !== height) problems.push(`${name}: ${found.width} x ${found.height}`);
    else if (largest > most || mean > allowed)
      problems.push(`${name}: ${largest} > ${most}, or mean ${mean} > ${allowed}`);
  }
  expect(problems).toEqual([]);
});
