import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { listRepository } from '../../../src/zoo/hub/listing.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A hub whose list of files is what `send` sends. */
async function hubThat(send: (response: ServerResponse, url: string) => void): Promise<string> {
  const hub = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url?.includes('/tree/')) send(response, `http://${request.headers.host}${request.url}`);
    else response.end(JSON.stringify({ id: 'owner/name', sha: '0'.repeat(40) }));
  });
  server = hub;
  await new Promise<void>((done) => hub.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(hub.address() as AddressInfo).port}`;
}

function forever(response: ServerResponse): void {
  while (!response.destroyed && response.write(' '.repeat(65_536)));
  if (!response.destroyed) response.once('drain', () => forever(response));
}

const page = (response: ServerResponse, url: string) => {
  response.setHeader('link', `<${url.split('?')[0]}?cursor=${Math.random()}>; rel="next"`);
  response.end('[]');
};

it.each<[string, (response: ServerResponse, url: string) => void, RegExp]>([
  ['no list', (response) => response.end('null'), /cannot be read \(it is not what a hub sends\)$/],
  ['a list of nothing', (response) => response.end('[null, 1]'), /cannot be read \(it is not what a hub sends\)$/],
  ['no JSON', (response) => response.end('<html>'), /cannot be read \(it is not what a hub sends\)$/],
  [
    'a status of no kind',
    (response) => response.writeHead(999).end(),
    /cannot be read \(it is not what a hub sends\)$/,
  ],
  ['pages without end', page, /the list of its files has no end$/],
  ['bytes without end', forever, /cannot be read \(more than 32000000 bytes are sent\)$/],
  ['silence', (response) => response.write('['), /cannot be read \(silent for 1 seconds\)$/],
])('a hub that sends %s', async (_, send, told) => {
  const endpoint = await hubThat(send);
  const silence = told.source.includes('silent') ? { silence: 1 } : {}; // elsewhere a busy machine is no silence
  const asking = listRepository('owner/name', 'main', { endpoint, cache: '', ...silence });
  await expect(asking).rejects.toThrow(told);
});
