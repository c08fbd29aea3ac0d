/** A small server of folders for a page on this machine. */

import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, sep } from 'node:path';
import { fitted } from '../../inspect/particles.ts';
import { UsageError } from '../context.ts';

/** The same as in the page itself: a static host may send no headers. */
const CONTENT_SECURITY_POLICY: string = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "connect-src 'self'",
  "img-src 'self' blob: data:",
  "style-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

export function contentType(path: string): string {
  return TYPES[extname(path)] ?? 'application/octet-stream';
}

export interface Served {
  readonly address: string;
  close(): Promise<void>;
}

interface ServeOptions {
  readonly port?: number;
  /** Takes any free port where this one is taken. */
  readonly orFree?: boolean;
  /** Tells the page that the weights are not those whose answers it holds. */
  readonly otherWeights?: boolean;
}

/**
 * Serves each folder under its name, '' at the root, on 127.0.0.1 alone.
 * @throws UsageError when the port is taken and no other may be
 */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
  { port = 0, orFree = false, otherWeights = false }: ServeOptions = {},
): Promise<Served> {
  const server = createServer((request, response) => {
    answer(folders, request, response, otherWeights).catch(() => response.destroy());
  });
  const taken = await listen(server, port);
  if (taken && !orFree)
    throw new UsageError(
      `port ${port} is taken; expected a free one, or no --port`,
      fitted`포트 ${port}는 이미 쓰고 있어요. 다른 포트를 쓰거나 --port를 빼 주세요`,
    );
  if (taken) await listen(server, 0);
  return served(server);
}

/** What listens, as a caller sees it. */
export function served(server: Server, base = '/'): Served {
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}${base}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** @returns whether the port is taken */
function listen(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      error.code === 'EADDRINUSE' || error.code === 'EACCES' ? resolve(true) : reject(error);
    server.once('error', failed);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', failed);
      resolve(false);
    });
  });
}

async function answer(
  folders: Readonly<Record<string, string>>,
  request: IncomingMessage,
  response: ServerResponse,
  otherWeights: boolean,
): Promise<void> {
  response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('referrer-policy', 'no-referrer');
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405);
  // A page elsewhere that has its name point here would otherwise read what is served.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) return end(response, 403);
  const file = await fileOf(folders, request.url ?? '/');
  if (!file) return end(response, 404);
  response.setHeader('content-type', contentType(file.path));
  if (otherWeights && file.path.endsWith('.html')) {
    const page = Buffer.from((await readFile(file.path, 'utf8')).replace(/<html\b/, '<html data-weights="other"'));
    response.setHeader('content-length', page.length).setHeader('cache-control', 'no-cache');
    response.end(request.method === 'HEAD' ? undefined : page);
    return;
  }
  response.setHeader('content-length', file.size);
  // Hashed names never change; everything else may.
  response.setHeader('cache-control', file.hashed ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.method === 'HEAD') return end(response, 200);
  createReadStream(file.path)
    .on('error', () => response.destroy())
    .pipe(response);
}

function end(response: ServerResponse, status: number): void {
  response.statusCode = status;
  response.end();
}

async function fileOf(
  folders: Readonly<Record<string, string>>,
  url: string,
): Promise<{ path: string; size: number; hashed: boolean } | null> {
  const parts = partsOf(url);
  if (!parts) return null;
  const [first = '', ...rest] = parts;
  const [folder, inside] =
    folders[first] !== undefined && rest.length > 0 ? [folders[first], rest] : [folders[''], parts];
  if (folder === undefined) return null;
  const name = inside.join('/') === '' ? 'index.html' : inside.join('/');
  try {
    const path = await realpath(join(folder, name));
    const root = await realpath(folder);
    const entry = await stat(path);
    if (!entry.isFile() || !path.startsWith(root.endsWith(sep) ? root : root + sep)) return null;
    return { path, size: entry.size, hashed: first === 'assets' };
  } catch {
    return null;
  }
}

/** The names in the path of a URL; null where it is malformed or leads out of the folder. */
export function partsOf(url: string): string[] | null {
  try {
    const parts = decodeURIComponent(new URL(url, 'http://127.0.0.1').pathname).slice(1).split('/');
    return parts.some((part) => part === '..' || part.includes('\0') || part.includes('\\')) ? null : parts;
  } catch {
    return null;
  }
}
