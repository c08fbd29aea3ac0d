import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load } from '../../src/zoo/load.ts';

const folder = join(import.meta.dirname, '../../weights');
const page = '<!DOCTYPE html>\n<html><head><title>Page not found</title></head></html>';

/** A static host: what it does not have it answers with a page, and status 200. */
let server: Server;
let address = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader('connection', 'close'); // a busy machine outlives a kept connection
    const [, kind, name = ''] = (request.url ?? '').split('/');
    const bytes = (): Buffer => readFileSync(join(folder, name));
    if (kind === 'weights') response.writeHead(200, { 'content-length': bytes().length }).end(bytes());
    else if (kind === 'gzip')
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(bytes(), { level: 1 }));
    else if (kind === 'half' && name !== 'model.safetensors') response.end(bytes());
    else response.writeHead(200, { 'content-type': 'text/html' }).end(page);
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

describe('weights over a network', () => {
  const size = readFileSync(join(folder, 'model.safetensors')).length;

  it.each(['weights', 'gzip'])('from %s/ tell how many bytes have come', async (kind) => {
    const told: [number, number][] = [];
    const model = await load(`${address}/${kind}`, { progress: (loaded, total) => told.push([loaded, total]) });
    const loaded = told.map(([bytes]) => bytes);
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b));
    expect(told.length).toBeGreaterThan(1);
    expect(told.every(([bytes, total]) => bytes <= total)).toBe(true);
    expect(told.at(-1)).toEqual([size, size]);
    if (kind === 'weights') expect(told[0]?.[1]).toBe(size);
    model.dispose();
  });

  it('that are a page are named as one, whichever file it is', async () => {
    await expect(load(`${address}/nowhere`)).rejects.toThrow(
      /no weights: http.*\/nowhere\/config\.json is an HTML page, as servers send where they have no such file; expected a folder/,
    );
    await expect(load(`${address}/half`)).rejects.toThrow(/half\/model\.safetensors is an HTML page/);
  });

  it('that a function gives are told from a page too', async () => {
    const bytes = new TextEncoder().encode(`\ufeff\n<!-- 404 -->${page}`);
    await expect(load({ file: async () => bytes })).rejects.toThrow('config.json is an HTML page');
  });
});

describe('a page in place of', () => {
  it('a checkpoint is named as one', async () => {
    await expect(load({ flamingo: `${address}/checkpoint.pt` })).rejects.toThrow('checkpoint.pt is an HTML page');
  });
});
