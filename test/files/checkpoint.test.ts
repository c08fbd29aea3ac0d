import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WeightsFileError } from '../../src/files/byte-source.ts';
import { openCheckpoint } from '../../src/files/checkpoint.ts';
import { ResourceError } from '../../src/files/location.ts';
import { FILES, failure, goldenFiles, READ_SINCE } from './support/golden-files.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});
afterAll(() => rm(folder, { recursive: true }));

const formats = { 'torch/': 'torch', 'safetensors/sharded': 'shards', 'safetensors/': 'safetensors' };
const formatOf = (file: string) => Object.entries(formats).find(([start]) => file.startsWith(start))?.[1];

it.each(Object.keys(goldenFiles.good))('tells %s by its content', async (file) => {
  const disguised = join(folder, 'weights.dat');
  await writeFile(disguised, await readFile(join(FILES, file)));
  const place = file.endsWith('.json') ? join(FILES, file) : disguised;
  const checkpoint = await openCheckpoint(place);
  expect(checkpoint.format).toBe(formatOf(file));
  expect([...checkpoint.names].sort()).toEqual(Object.keys(goldenFiles.good[file]?.tensors ?? {}).sort());
});

it.each(Object.keys(goldenFiles.broken).filter((file) => !READ_SINCE.includes(file)))(
  'refuses %s with a typed error that names the file',
  async (file) => {
    const error = await failure(openCheckpoint(join(FILES, file)));
    expect(error).toBeInstanceOf(WeightsFileError);
    expect((error as Error).message).toContain(file);
  },
);

describe('what is not a file of weights is named for what it is', () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    ['git-lfs-pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n', /git lfs pull/],
    ['html-page', '<!DOCTYPE html><html></html>', /web page/],
    ['html-page', '\n <html lang="ko"></html>', /web page/],
    ['bare-pickle', Uint8Array.of(0x80, 4, 0x95, 10, 1, 1, 1, 1, 1), /bare pickle/],
    ['empty', '', /empty/],
    ['not-a-checkpoint', 'not weights at all', /begins with "not weights at a"/],
  ])('%s', async (kind, content, message) => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const error = await failure(openCheckpoint(bytes));
    expect(error).toMatchObject({ kind });
    expect((error as Error).message).toMatch(message);
  });
});

describe('an index', () => {
  const index = (map: object) => new TextEncoder().encode(JSON.stringify({ weight_map: map }));
  const shard = 'model-00001-of-00002.safetensors';
  const beside = (file: string) => readFile(join(FILES, 'safetensors/sharded', file));

  it('finds its shards by what is given, and reads from the right one', async () => {
    const bytes = await readFile(join(FILES, 'safetensors/sharded/model.safetensors.index.json'));
    const checkpoint = await openCheckpoint(bytes, { beside });
    const whole = await openCheckpoint(join(FILES, 'safetensors/sharded/model.safetensors.index.json'));
    for (const name of whole.names) expect(await checkpoint.read(name)).toEqual(await whole.read(name));
    expect(whole.info('layers.1.weight')).toMatchObject({ dtype: 'F32', shape: [2, 3, 4] });
  });

  it.each([
    ['a tensor that its shard lacks', { x: shard }, 'index-mismatch'],
    ['a shard that is an index', { a: 'model.safetensors.index.json' }, 'index-invalid'],
    ['a parent', { a: '..' }, 'index-path'],
    ['a folder', { a: 'sub/model.safetensors' }, 'index-path'],
    ['a path of Windows', { a: '..\\model.safetensors' }, 'index-path'],
    ['an escaped path', { a: '..%2fmodel.safetensors' }, 'index-path'],
    ['a number', { a: 3 }, 'index-invalid'],
    ['a list', [shard], 'index-invalid'],
  ])('refuses %s', async (_, map, kind) => {
    expect(await failure(openCheckpoint(index(map), { beside }))).toMatchObject({ name: 'WeightsFileError', kind });
  });

  it.each([
    `{"weight_map": {"a": "${shard}", "a": "${shard}"}}`,
    `{"weight_map": {"a": "${shard}"}, "weight_map": {}}`,
  ])('with a key twice is refused: %s', async (text) => {
    const opening = openCheckpoint(new TextEncoder().encode(text), { beside });
    expect(await failure(opening)).toMatchObject({ kind: 'index-invalid', message: expect.stringContaining('twice') });
  });

  it('given as bytes alone says that its shards cannot be found', async () => {
    expect(await failure(openCheckpoint(index({ a: shard })))).toMatchObject({ kind: 'shard-missing' });
  });

  it('leads to torch files too', async () => {
    const flat = () => readFile(join(FILES, 'torch/flat.pt'));
    const checkpoint = await openCheckpoint(index({ gate: 'pytorch_model-00001.bin' }), { beside: flat });
    expect(Array.from((await checkpoint.read('gate')).data)).toEqual([0.25]);
    expect(checkpoint.names).toEqual(['gate']);
  });
});

describe('a folder', () => {
  it('gives its index of shards, or its only file', async () => {
    expect((await openCheckpoint(join(FILES, 'safetensors/sharded'))).names).toHaveLength(4);
    const one = await mkdtemp(join(folder, 'one-'));
    await cp(join(FILES, 'torch/flat.pt'), join(one, 'checkpoint.pt'));
    await writeFile(join(one, 'config.json'), '{}');
    expect((await openCheckpoint(pathToFileURL(one))).format).toBe('torch');
  });

  it('gives its only index of shards, whatever its name', async () => {
    const other = join(folder, 'unusual');
    await cp(join(FILES, 'safetensors/sharded'), other, { recursive: true });
    await rename(join(other, 'model.safetensors.index.json'), join(other, 'step-100.safetensors.index.json'));
    const checkpoint = await openCheckpoint(other);
    expect([checkpoint.format, checkpoint.names.length]).toEqual(['shards', 4]);
    await cp(join(other, 'step-100.safetensors.index.json'), join(other, 'step-200.safetensors.index.json'));
    await expect(openCheckpoint(other)).rejects.toThrow(/several files of weights/);
  });

  it('with none or several says so', async () => {
    await expect(openCheckpoint(join(FILES, 'torch'))).rejects.toThrow(/several files of weights: empty-and-scalar.pt/);
    const none = await mkdtemp(join(folder, 'none-'));
    await expect(openCheckpoint(none)).rejects.toThrow(/no file of weights/);
  });
});

it('a file that is not there, and a closed one', async () => {
  await expect(openCheckpoint(join(folder, 'nothing.pt'))).rejects.toThrow(ResourceError);
  const checkpoint = await openCheckpoint(join(FILES, 'torch/flat.pt'));
  await checkpoint.close();
  expect(await failure(checkpoint.read('gate'))).toMatchObject({ kind: 'closed' });
});

describe('an address', () => {
  let server: Server;
  let ranges: (string | undefined)[] = [];
  let whole = false;
  let address: string;
  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const bytes = await readFile(join(FILES, request.url ?? '')).catch(() => undefined);
      if (!bytes) return response.writeHead(404).end();
      ranges.push(request.headers.range);
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      if (whole || from === undefined) return response.writeHead(200).end(bytes);
      const [start, end] = [Number(from), Math.min(Number(to) + 1, bytes.length)];
      if (start >= bytes.length) return response.writeHead(416).end();
      const header = { 'Content-Range': `bytes ${start}-${end - 1}/${bytes.length}` };
      return response.writeHead(206, header).end(bytes.subarray(start, end));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it.each([false, true])('is read by ranges, and whole where there are none (%s)', async (without) => {
    [whole, ranges] = [without, []];
    const checkpoint = await openCheckpoint(`${address}/safetensors/sharded/model.safetensors.index.json`);
    const local = await openCheckpoint(join(FILES, 'safetensors/sharded'));
    for (const name of local.names) expect(await checkpoint.read(name)).toEqual(await local.read(name));
    expect(ranges).toEqual(Array(3).fill('bytes=0-65535')); // small files: the first range holds all
  });

  it('that does not answer is named', async () => {
    await expect(openCheckpoint(`${address}/nothing.pt`)).rejects.toThrow('/nothing.pt cannot be fetched (404)');
  });
});
