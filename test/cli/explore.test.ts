import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serveFolders } from '../../src/cli/explore/serve.ts';
import { runWithFake } from './support.ts';

async function folders(): Promise<Record<string, string>> {
  const root = await mkdtemp(join(tmpdir(), 'serve-'));
  await mkdir(join(root, 'page', 'assets'), { recursive: true });
  await mkdir(join(root, 'weights'));
  await writeFile(join(root, 'page', 'index.html'), '<p>page</p>');
  await writeFile(join(root, 'page', 'assets', 'a-1.js'), '1');
  await writeFile(join(root, 'weights', 'config.json'), '{}');
  await writeFile(join(root, 'secret'), 'secret');
  await symlink(join(root, 'secret'), join(root, 'page', 'link'));
  return { '': join(root, 'page'), weights: join(root, 'weights') };
}

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Unlike fetch it sends any path and any host. */
function get(address: string, path: string, options: { host?: string; method?: string } = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(address);
    const { host, method = 'GET' } = options;
    const asked = request({ host: '127.0.0.1', port, path, method, ...(host && { headers: { host } }) }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.on('error', reject).end();
  });
}

it('serves its folders with a strict policy, and nothing beside them', async () => {
  const { address, close } = await serveFolders(await folders());
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const page = await get(address, '/');
  expect(page).toMatchObject({ status: 200, body: '<p>page</p>' });
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.headers['cache-control']).toBe('no-cache');
  expect((await get(address, '/assets/a-1.js')).headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': expect.stringContaining('immutable'),
  });
  expect((await get(address, '/weights/config.json?x=1')).body).toBe('{}');
  expect(await get(address, '/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  for (const path of [
    '/../secret',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/weights/..%5c..%5csecret',
    '/link',
    '/%00',
    '/%',
    '/no',
  ])
    expect((await get(address, path)).status).toBe(404);
  expect((await get(address, '/', { host: 'evil.example' })).status).toBe(403);
  expect((await get(address, '/', { method: 'POST' })).status).toBe(405);
  await close();
});

it('tells the page alone that other weights are behind it than those whose answers it holds', async () => {
  const served = await folders();
  const text = '<!doctype html>\n<html lang="en"><p>페이지</p></html>';
  await writeFile(join(served[''] as string, 'index.html'), text);
  const [plain, other] = [await serveFolders(served), await serveFolders(served, { otherWeights: true })];
  expect((await get(plain.address, '/')).body).toBe(text);
  const page = await get(other.address, '/');
  expect(page.body).toBe(text.replace('<html', '<html data-weights="other"'));
  expect(page.headers['content-length']).toBe(String(Buffer.byteLength(page.body)));
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(await get(other.address, '/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  expect((await get(other.address, '/weights/config.json')).body).toBe('{}');
  await plain.close();
  await other.close();
});

it.skipIf(!existsSync(new URL('../../dist/explorer/index.html', import.meta.url)))(
  'ends in one line when it is asked to, as other commands do',
  async () => {
    const heard = process.listenerCount('SIGINT');
    for (const [lang, line] of [
      ['en', 'stopped'],
      ['ko', '멈췄어요'],
    ] as const) {
      const argv = ['explore', '--no-open', '--port', '0', '--lang', lang];
      const { code, err } = await runWithFake(argv, { ended: Promise.resolve() });
      expect([code, err]).toEqual([0, `\n${line}\n`]);
    }
    expect(process.listenerCount('SIGINT')).toBe(heard);
  },
);

it('takes another port where its own is taken, but not where one was asked for', async () => {
  const served = await folders();
  const first = await serveFolders(served);
  const port = Number(new URL(first.address).port);
  await expect(serveFolders(served, { port })).rejects.toThrow(`port ${port} is taken; expected a free one`);
  const second = await serveFolders(served, { port, orFree: true });
  expect(second.address).not.toBe(first.address);
  await first.close();
  await second.close();
});

it.each([
  [['--port', '70000'], 'expected a port'],
  [['--weights', 'nowhere'], 'nowhere'],
])('refuses %j', async (argv, complaint) => {
  const { code, err } = await runWithFake(['explore', '--no-open', ...argv], { ended: Promise.resolve() });
  expect(code).toBe(2);
  expect(err).toMatch(new RegExp(`${complaint}|not built`));
});
