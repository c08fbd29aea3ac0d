import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load, loadPicture, PictureError, type PictureSource, readPicture } from '../../src/flamingo.ts';

const url = new URL('../../examples/pictures/panda.png', import.meta.url);
const path = fileURLToPath(url);
const bytes = new Uint8Array(readFileSync(path));
const base64 = Buffer.from(bytes).toString('base64');

let server: Server;
let address = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/panda.png') response.end(bytes);
    else if (request.url === '/slow') response.write('x');
    else response.writeHead(200, { 'content-type': 'text/html' }).end('<!-- host -->\n<!DOCTYPE html><title>Not here');
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function elsewhere(): Promise<PictureSource> {
  const { width, height, rgba } = await readPicture(bytes, 'panda');
  return { width, height, data: runInNewContext('Uint8ClampedArray.from(rgba)', { rgba }) };
}

const forms: [string, () => PictureSource | Promise<PictureSource>][] = [
  ['a path', () => path],
  ['a file: URL', () => url],
  ['a file: URL as text', () => url.href],
  ['an http: URL', () => `${address}/panda.png`],
  ['a data: URL', () => `data:image/png;base64,${base64}`],
  ['bytes', () => bytes],
  ["Node's Buffer", () => readFileSync(path)],
  ['bytes of another window', () => runInNewContext('Uint8Array.from(bytes)', { bytes })],
  [
    'an address of another window',
    () => Object.create(null, { [Symbol.toStringTag]: { value: 'URL' }, toString: { value: () => url.href } }),
  ],
  ['pixels of another window', elsewhere],
  ['an ArrayBuffer', () => bytes.slice().buffer],
  ['a Blob', () => new Blob([bytes])],
  ['a File', () => new File([bytes], 'panda.png')],
  ['a blob: URL', () => URL.createObjectURL(new Blob([bytes]))],
  ['{width, height, rgba}', () => readPicture(bytes, 'panda')],
  [
    'what has the fields of ImageData',
    async () => {
      const { width, height, rgba } = await readPicture(bytes, 'panda');
      return { width, height, data: new Uint8ClampedArray(rgba) };
    },
  ],
];

describe('a picture', () => {
  it.each(forms)('is the same given as %s', async (_, form) => {
    const { width, height, rgba } = await readPicture(bytes, 'panda');
    const found = await loadPicture(await form());
    expect([found.width, found.height]).toEqual([width, height]);
    expect(Buffer.compare(found.rgba, rgba)).toBe(0);
  });

  it('is answered about in any of these forms', async () => {
    const model = await load();
    const texts = await Promise.all(
      [path, new Blob([bytes]), bytes.slice().buffer].map(async (image) => {
        const { logits } = await model.answer({ sequence: [{ image }, { text: 'name :' }] });
        return logits;
      }),
    );
    expect(texts[1]).toEqual(texts[0]);
    expect(texts[2]).toEqual(texts[0]);
    model.dispose();
  });
});

const pixels = { width: 2, height: 1, data: new Uint8ClampedArray(8) };
const wrong: [string, () => unknown, RegExp][] = [
  ['null', () => null, /is null; expected a path, a URL, .* an image element$/],
  ['a number', () => 7, /is a number; expected/],
  ['an array of bytes', () => [137, 80], /is an Array; expected/],
  ['a promise', () => Promise.resolve(bytes), /is a Promise that was not awaited/],
  ['a response', () => new Response(bytes), /is a Response; expected/],
  ['an object', () => ({ path }), /is an object with path; expected/],
  ['an empty path', () => '', /is an empty text/],
  ['a path with a character of value 0', () => 'a\0b.png', /is no path: it holds a character of value 0; expected/],
  ['a name that no disk takes', () => `${'n'.repeat(300)}.png`, /has a name that is too long; expected/],
  ['a file: URL of another machine', () => 'file://elsewhere/a.png', /names another machine; expected/],
  ['a file: URL with a slash in a name', () => 'file:///a%2Fb.png', /has an encoded \/ in a name; expected/],
  ['a file: URL with a lone %', () => 'file:///a%zz.png', /has a % that encodes nothing; expected/],
  ['a missing file', () => 'nothing.png', /nothing\.png does not exist; expected a picture file/],
  [
    'a missing address',
    () => `${address}/gone.png`,
    /gone\.png is an HTML page, as servers send .*; expected a picture file/,
  ],
  ['words in base64 without data:', () => base64, /^.{60}… has a name that is too long/],
  ['a broken data: URL', () => 'data:image/png;base64,%%%', /cannot be read/],
  ['a data: URL of words', () => `data:text/plain,${'word'.repeat(99)}`, /^data:text.{45,60}… is text, not a picture/],
  ['an empty Blob', () => new Blob([]), /a picture is empty/],
  ['a File of words', () => new File(['words'], 'notes.txt'), /notes\.txt is text, not a picture/],
  [
    'a detached buffer',
    () => {
      const { buffer } = bytes.slice();
      structuredClone(buffer, { transfer: [buffer] });
      return buffer;
    },
    /is empty/,
  ],
  [
    'sides that are no whole numbers',
    () => ({ width: 0.5, height: 2, rgba: new Uint8Array(4) }),
    /has 4 numbers for 0\.5 x 2 pixels; expected four numbers a pixel/,
  ],
  ['too few pixels', () => ({ ...pixels, width: 3 }), /has 8 numbers for 3 x 1 pixels; expected four numbers a pixel/],
  ['pixels as floats', () => ({ ...pixels, data: new Float32Array(8) }), /has its pixels in a Float32Array/],
  [
    'colours of another space',
    () => ({ ...pixels, colorSpace: 'display-p3' }),
    /has the colours of display-p3; expected those of srgb/,
  ],
  ['no height', () => ({ width: 1, data: pixels.data }), /is an object with width, data/],
];

describe('what is no picture', () => {
  it.each(wrong)('%s is named as what it is', async (_, form, message) => {
    const call = loadPicture(form() as PictureSource);
    await expect(call).rejects.toThrow(PictureError);
    await expect(call).rejects.toThrow(message);
  });

  it('is found by its place in a prompt', async () => {
    const model = await load();
    const sequence = [{ image: bytes }, { text: 'a<EOC>' }, { image: 5 as unknown as string }];
    await expect(model.prepare({ sequence })).rejects.toThrow('picture 2 of the prompt is a number; expected');
    model.dispose();
  });

  it('stops loading when its signal is aborted', async () => {
    const call = loadPicture(`${address}/slow`, { signal: AbortSignal.timeout(50) });
    await expect(call).rejects.toThrow(/timeout/i);
  });
});
