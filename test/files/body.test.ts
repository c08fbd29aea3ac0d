import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { fetchWithin, readBody } from '../../src/files/body.ts';
import { openLocation } from '../../src/files/location.ts';
import { readResource } from '../../src/files/resource.ts';
import { HubError } from '../../src/zoo/hub/errors.ts';
import { listRepository } from '../../src/zoo/hub/listing.ts';
import { Hub } from '../../src/zoo/hub/remote.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(handle: RequestListener): Promise<string> {
  const made = createServer(handle);
  server = made;
  await new Promise<void>((done) => made.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

/** Sends pieces until the other side has enough. */
const endless: RequestListener = (_, response) => {
  const more = (): void => void (!response.destroyed && response.write(Buffer.alloc(65_536), () => setImmediate(more)));
  more();
};
/** Sends a byte, then nothing. */
const silent: RequestListener = (_, response) => void response.write('x');

/** Takes a request and never answers. */
const mute: RequestListener = () => {};

const settings = (endpoint: string, silence = 60) => ({ endpoint, cache: '', silence });
const file = (endpoint: string) => ({
  ...{ repository: 'a/b', name: 'config.json', bytes: 1000, address: `${endpoint}/file` },
  ...{ commit: 'c', etag: 'e', checksum: undefined },
});

describe('a body', () => {
  it('is read whole', async () => {
    const address = await serve((_, response) => void response.end('text'));
    expect(new TextDecoder().decode(await readBody(await fetch(address), { bytes: 4 }))).toBe('text');
  });

  it('that has no end is given up', async () => {
    const address = await serve(endless);
    await expect(readBody(await fetch(address), { bytes: 1e6 })).rejects.toThrow('more than 1000000 bytes are sent');
  });

  it('that brings nothing any more is given up', async () => {
    const address = await serve(silent);
    await expect(readBody(await fetch(address), { seconds: 0.1 })).rejects.toThrow('silent for 0.1 seconds');
  });

  it('whose answer never begins is given up, wherever it is asked for', async () => {
    const address = await serve(mute);
    for (const asking of [
      () => fetchWithin(address, { seconds: 0.2 }),
      () => readResource(address, { seconds: 0.2 }),
      () => openLocation(address, 0.2),
    ])
      await expect(asking()).rejects.toThrow('no answer within 0.2 seconds');
  });

  it('is ended by a signal, before its answer and in the middle', async () => {
    for (const handle of [mute, silent]) {
      const address = await serve(handle);
      const asking = readResource(address, { signal: AbortSignal.timeout(200) });
      await expect(asking).rejects.toMatchObject({ name: 'TimeoutError' });
    }
  });

  it('of a part is as long as the part at most', async () => {
    const address = await serve((request, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-9/1000000' });
      endless(request, response);
    });
    await expect(openLocation(address)).rejects.toThrow('more than 65536 bytes are sent');
  });
});

describe('a hub', () => {
  it('whose file has no end, or is silent, is given up', async () => {
    for (const [handle, silence, reason] of [
      [endless, 60, 'more than 32000000 bytes are sent'],
      [silent, 3, 'silent for 3 seconds'], // a busy machine takes a second until its headers are there
      [mute, 0.2, 'cannot be reached (no answer within 0.2 seconds)'],
    ] as const) {
      const endpoint = await serve(handle);
      await expect(new Hub(settings(endpoint, silence)).read(file(endpoint))).rejects.toThrow(reason);
      server?.closeAllConnections();
      server?.close();
    }
  });

  it('whose list of files has no end is given up', async () => {
    let pages = 0;
    const endpoint = await serve(({ url = '', headers }, response) => {
      response.setHeader('content-type', 'application/json');
      if (!url.includes('/tree/')) return void response.end('{"_id":"1","id":"a/b","sha":"c"}');
      response.setHeader('link', `<http://${headers.host}/api/models/a/b/tree/main?cursor=${++pages}>; rel="next"`);
      response.end(`[{"type":"file","path":"f${pages}","size":1,"oid":"0"}]`);
    });
    const listing = listRepository('a/b', 'main', settings(endpoint));
    await expect(listing).rejects.toThrow(new HubError('a/b: the list of its files has no end'));
  });
});
