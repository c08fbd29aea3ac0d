/** Serves the built site as a plain static host does, under a path. */

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { contentType, partsOf, type Served, served } from '../../src/cli/explore/serve.ts';

/**
 * On 127.0.0.1 alone.
 * @param base begins and ends with `/`; anything outside of it is not found
 * @param port 0 for a free one
 */
export async function serveUnder(folder: string, base: string, port: number): Promise<Served> {
  const server = createServer((request, response) => {
    const file = fileOf(folder, base, request.url ?? '/');
    if (file === null) {
      response.writeHead(404, { 'content-type': 'text/html; charset=utf-8' });
      const lost = join(folder, '404.html');
      if (existsSync(lost)) createReadStream(lost).pipe(response);
      else response.end('There is no page here.');
      return;
    }
    response.writeHead(200, { 'content-type': contentType(file) });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', done);
  });
  return served(server, base);
}

function fileOf(folder: string, base: string, url: string): string | null {
  const parts = partsOf(url);
  const path = `/${parts?.join('/')}`;
  if (parts === null || !path.startsWith(base)) return null;
  const file = join(folder, path.endsWith('/') ? `${path.slice(base.length)}index.html` : path.slice(base.length));
  return existsSync(file) && statSync(file).isFile() ? file : null;
}
