import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { networkReason } from '../../../src/files/network-reason.ts';
import { request, secondsToWait } from '../../../src/zoo/hub/request.ts';
import { hubSettings } from '../../../src/zoo/hub/settings.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A hub that answers with these statuses, one after the other, then with 200. */
async function busyHub(...statuses: number[]): Promise<{ endpoint: string; asked: () => number }> {
  return hub('0', statuses);
}

async function hub(retryAfter: string, statuses: readonly number[]): ReturnType<typeof busyHub> {
  let asked = 0;
  const busy = createServer((_, response) => {
    response.writeHead(statuses[asked++] ?? 200, { 'retry-after': retryAfter }).end('text');
  });
  server = busy;
  await new Promise<void>((done) => busy.listen(0, '127.0.0.1', done));
  return { endpoint: `http://127.0.0.1:${(busy.address() as AddressInfo).port}`, asked: () => asked };
}

describe('a busy hub', () => {
  it.each([429, 503])('is asked again after %i', async (status) => {
    const { endpoint, asked } = await busyHub(status, status, status, status);
    expect((await request(endpoint, 'a file', { endpoint, cache: '' })).status).toBe(200);
    expect(asked()).toBe(5);
  });

  it('is waited for, and what is waited for and how long is told', async () => {
    const { endpoint } = await hub('1', [429]);
    const waits = vi.fn();
    expect((await request(endpoint, 'a file', { endpoint, cache: '', waits })).status).toBe(200);
    const { host } = new URL(endpoint);
    expect(waits.mock.calls).toEqual([[{ what: 'a file', host, status: 429, seconds: 1, next: 2, most: 5 }]]);
  });

  it('is given up after five tries, and other answers are final', async () => {
    const always = await busyHub(...Array<number>(9).fill(503));
    const asking = request(always.endpoint, 'a file', { endpoint: always.endpoint, cache: '' });
    await expect(asking).rejects.toThrow(/^a file: 127\.0\.0\.1:\d+ is busy \(503\); the same command goes on later$/);
    expect(always.asked()).toBe(5);
    server?.close();
    const broken = await busyHub(500);
    expect((await request(broken.endpoint, 'a file', { endpoint: broken.endpoint, cache: '' })).status).toBe(500);
    expect(broken.asked()).toBe(1);
  });

  it.each([
    ['3', 1, 3],
    ['99999999', 1, 60],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 1, 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 1, 60],
    ['soon', 3, 4],
    [null, 1, 1],
  ])('names the time to wait: %s', (header, tries, expected) => {
    expect(secondsToWait(header, tries)).toBe(expected);
  });
});

describe('the reason of a failed request', () => {
  const coded = (code: string) => Object.assign(new Error('inner'), { code });
  it.each([
    ['a cause', new TypeError('fetch failed', { cause: coded('ENOTFOUND') }), 'ENOTFOUND'],
    [
      'a chain',
      new TypeError('fetch failed', { cause: new Error('', { cause: coded('CERT_HAS_EXPIRED') }) }),
      'CERT_HAS_EXPIRED',
    ],
    [
      'several addresses',
      new TypeError('fetch failed', { cause: new AggregateError([coded('ECONNREFUSED')]) }),
      'ECONNREFUSED',
    ],
    ['none', new TypeError('fetch failed'), 'fetch failed'],
  ])('is the innermost code: %s', (_, error, expected) => {
    expect(networkReason(error)).toBe(expected);
  });

  it('ends when a chain is a ring', () => {
    const ring = coded('ECONNRESET');
    ring.cause = ring;
    expect(networkReason(ring)).toBe('ECONNRESET');
  });
});

describe('the environment', () => {
  it.each([
    ...['https://name:secret@hub.example', 'https://secret@hub.example', 'name:secret@hub.example'],
    ...[
      'https:/name:secret@hub.example',
      'https:///name:secret@hub.example',
      'https://name:se/cret-secret@hub.example',
    ],
    ...['https://hub.example/?token=secret', 'https://hub.example/#secret'],
  ])('with a secret in HF_ENDPOINT is refused without repeating it: %s', (HF_ENDPOINT) => {
    const call = () => hubSettings({ HF_ENDPOINT });
    expect(call).toThrow(/HF_ENDPOINT holds a (name or a password|question \(\?\) or a fragment)/);
    expect(call).not.toThrow(/secret/);
  });

  it.each(['0', '-1', 'x', 'NaN', 'Infinity'])('with HF_HUB_DOWNLOAD_TIMEOUT %s is refused', (text) => {
    expect(() => hubSettings({ HF_HUB_DOWNLOAD_TIMEOUT: text })).toThrow(/HF_HUB_DOWNLOAD_TIMEOUT is/);
  });

  it('tells the seconds of silence', () => {
    expect(hubSettings({ HF_HUB_DOWNLOAD_TIMEOUT: '0.5' }).silence).toBe(0.5);
  });
});

describe('a redirect', () => {
  /** A hub that sends every request there, and what it was asked. */
  async function sending(
    location: string,
  ): Promise<{ asking: Promise<Response>; asked: () => (string | undefined)[] }> {
    const seen: (string | undefined)[] = [];
    const sender = createServer(({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(302, { location }).end('moved');
    });
    server = sender;
    await new Promise<void>((done) => sender.listen(0, '127.0.0.1', done));
    const endpoint = `http://127.0.0.1:${(sender.address() as AddressInfo).port}`;
    const settings = { endpoint, cache: '', token: 'token' };
    return { asking: request(`${endpoint}/a`, 'a file', settings, { everywhere: true }), asked: () => seen };
  }

  it.each([
    ['a name and a password', 'http://name:secret@127.0.0.1:9/file'],
    ['a name alone', 'http://secret@127.0.0.1:9/file'],
    ['a password alone', 'http://:secret@127.0.0.1:9/file'],
    ['a name before no host', '//secret@127.0.0.1:9/file'],
    ['a file', 'file:///etc/secret'],
    ['data', 'data:text/plain,secret'],
    ['another protocol', 'ftp://127.0.0.1/secret'],
    ['no address', 'http://secret:x:y/'],
  ])('to %s is refused without being followed or repeated', async (_, location) => {
    const { asking, asked } = await sending(location);
    const said = await asking.catch((error: unknown) => String(error));
    expect(said).toBe('HubError: a file: the hub redirects to no address');
    expect(asked()).toEqual(['Bearer token']);
  });

  it('that leads in a circle ends', async () => {
    const { asking, asked } = await sending('/a');
    await expect(asking).rejects.toThrow('a file: more than 10 redirects');
    expect(asked()).toHaveLength(11);
  });

  it('from an encrypted connection to one that is not is refused', async () => {
    vi.stubGlobal('fetch', async () => new Response(null, { status: 302, headers: { location: 'http://b.example/' } }));
    const settings = { endpoint: 'https://a.example', cache: '' };
    const asking = request('https://a.example/x', 'a file', settings, { everywhere: true });
    await expect(asking.finally(() => vi.unstubAllGlobals())).rejects.toThrow('the hub redirects to no address');
  });
});
