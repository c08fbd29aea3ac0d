/** A Hugging Face hub on the loopback address: what its interface, its files and its content network answer. */

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Repository = Readonly<Record<string, Uint8Array | string>>;

export interface HubOptions {
  readonly repositories: Readonly<Record<string, Repository>>;
  /** Files from this size on are LFS files, which another host serves. */
  readonly large?: number;
  /** The interface is there; without it only files are. A mirror's may not know commits. */
  readonly listing?: boolean | 'without commits';
  /** Repositories that ask for this token. */
  readonly gated?: Readonly<Record<string, string>>;
}

export interface Seen {
  readonly host: 'hub' | 'content';
  readonly method: string;
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface TestHub {
  readonly endpoint: string;
  readonly seen: Seen[];
  /** Bytes after which the connection breaks, once, by `OWNER/NAME/FILE`. */
  readonly cuts: Map<string, number>;
  /** What is sent instead of a file. */
  readonly forged: Map<string, Uint8Array>;
  /** True if a range is answered by a part. */
  ranges: boolean;
  /** True if every range is refused with 416. */
  refuseRanges: boolean;
  /** Requests that are still refused with 429, for a second. */
  busy: number;
  stop(): Promise<void>;
}

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

export async function startHub(options: HubOptions): Promise<TestHub> {
  const { repositories, large = Number.POSITIVE_INFINITY, listing = true, gated = {} } = options;
  const hub: TestHub = {
    endpoint: '',
    seen: [],
    cuts: new Map(),
    forged: new Map(),
    ranges: true,
    refuseRanges: false,
    busy: 0,
    stop: () => Promise.all([close(front), close(content)]).then(() => {}),
  };
  const file = (repository: string, name: string): Buffer | undefined => {
    const bytes = repositories[repository]?.[name];
    return bytes === undefined ? undefined : Buffer.from(bytes);
  };
  const note = (host: Seen['host'], { method = '', url = '', headers }: IncomingMessage): void => {
    hub.seen.push({ host, method, path: url, range: headers.range, authorization: headers.authorization });
  };

  const content = await listen((request, response) => {
    note('content', request);
    const [, owner, name, ...rest] = (request.url ?? '').split('/');
    const repository = `${owner}/${name}`;
    const bytes = file(repository, rest.join('/'));
    if (bytes) send(hub, `${repository}/${rest.join('/')}`, bytes, request, response);
    else response.writeHead(404).end();
  });
  const contentAddress = `http://127.0.0.1:${(content.address() as AddressInfo).port}`;

  const sha = listing === true && { sha: COMMIT };
  const front = await listen((request, response) => {
    note('hub', request);
    if (hub.busy > 0) {
      hub.busy--;
      return void response.writeHead(429, { 'retry-after': '1' }).end();
    }
    const { pathname } = new URL(request.url ?? '', 'http://hub');
    const api = /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/main$/.exec(pathname);
    const resolve = /^\/([^/]+\/[^/]+)\/resolve\/main\/(.+)$/.exec(pathname);
    const repository = api?.[1] ?? resolve?.[1] ?? '';
    const token = gated[repository];
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`)
      return void response.writeHead(request.headers.authorization ? 403 : 401, { 'x-error-code': 'GatedRepo' }).end();
    const files = repositories[repository];
    if (files === undefined || (api && !listing)) return void response.writeHead(404).end();
    if (api) return void json(response, api[2] === 'tree' ? tree(files, large) : { id: repository, ...sha });
    const name = decodeURIComponent(resolve?.[2] ?? '');
    const bytes = file(repository, name);
    if (!bytes) return void response.writeHead(404, { 'x-error-code': 'EntryNotFound' }).end();
    response.setHeader('x-repo-commit', COMMIT);
    if (bytes.length < large) {
      response.setHeader('etag', `"${gitHash(bytes)}"`);
      return send(hub, `${repository}/${name}`, bytes, request, response);
    }
    response.writeHead(302, {
      location: `${contentAddress}/${repository}/${name}`,
      'x-linked-etag': `"${sha256(bytes)}"`,
      'x-linked-size': bytes.length,
    });
    response.end();
  });
  return Object.assign(hub, { endpoint: `http://127.0.0.1:${(front.address() as AddressInfo).port}` });
}

function send(hub: TestHub, what: string, honest: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const bytes = Buffer.from(hub.forged.get(what) ?? honest);
  if (hub.refuseRanges && request.headers.range) return void response.writeHead(416).end();
  const start = hub.ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0;
  if (start > 0) {
    response.statusCode = 206;
    response.setHeader('content-range', `bytes ${start}-${bytes.length - 1}/${bytes.length}`);
  }
  response.setHeader('content-length', bytes.length - start);
  if (request.method === 'HEAD') return void response.end();
  const cut = hub.cuts.get(what);
  if (cut === undefined) return void response.end(bytes.subarray(start));
  hub.cuts.delete(what);
  response.write(bytes.subarray(start, cut), () => response.destroy());
}

function tree(files: Repository, large: number): object[] {
  return Object.entries(files).map(([path, content]) => {
    const bytes = Buffer.from(content);
    const lfs = bytes.length >= large && { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 134 } };
    return { type: 'file', path, size: bytes.length, oid: gitHash(lfs ? Buffer.from('pointer') : bytes), ...lfs };
  });
}

function json(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(value));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function gitHash(bytes: Uint8Array): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function listen(handle: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(handle);
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
