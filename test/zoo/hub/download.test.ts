import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HubCache } from '../../../src/zoo/hub/cache.ts';
import { type FetchReport, fetchModel, filesOf, planFetch } from '../../../src/zoo/hub/fetch-model.ts';
import type { RemoteFile } from '../../../src/zoo/hub/remote.ts';
import { hubSettings } from '../../../src/zoo/hub/settings.ts';
import { startHub, type TestHub } from '../../support/hub-server.ts';

const MODEL = 'dhansmair/flamingo-tiny';
const weights = Uint8Array.from({ length: 300_000 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
const repositories = {
  [MODEL]: { 'config.json': '{"lm":"facebook/opt-125m","clip_model_type":"a/clip"}', 'pytorch_model.bin': weights },
  'a/clip': { 'config.json': '{}', 'preprocessor_config.json': '{}', 'model.safetensors': 'x' },
  'facebook/opt-125m': {
    ...{ 'config.json': '{"model_type":"opt"}', 'vocab.json': '{}', 'merges.txt': '', 'tokenizer_config.json': '{}' },
    'pytorch_model.bin': 'x',
  },
};

let home: string;
let hub: TestHub;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hub-'));
  hub = await startHub({ repositories, large: 50_000 });
});
afterEach(async () => {
  await hub.stop();
  await rm(home, { recursive: true, force: true });
});

const settings = () => hubSettings({ HF_HOME: home, HF_ENDPOINT: hub.endpoint });
const downloads = () => hub.seen.filter(({ host, method }) => host === 'content' && method === 'GET');

async function fetchOnce(told: string[] = []): Promise<string[]> {
  const plan = await planFetch(MODEL, settings());
  const report: FetchReport = {
    begin: () => {},
    progress: () => {},
    waiting: ({ name }, holder) => told.push(`${name} waits for ${holder.process}`),
    end: ({ name }, outcome) => told.push(`${name} ${outcome}`),
  };
  await fetchModel(plan, settings(), report);
  return told;
}

/** The weights' file in the cache: the path of its bytes, and the file. */
async function blob(): Promise<{ path: string; file: RemoteFile }> {
  const plan = await planFetch(MODEL, settings());
  const file = filesOf(plan).find(({ bytes }) => bytes === weights.length) as RemoteFile;
  const path = new HubCache(settings().cache).blob(file);
  await mkdir(dirname(path), { recursive: true });
  return { path, file };
}

describe('a file from the hub', () => {
  it('comes once when two fetch the model at the same time, whole', async () => {
    const told = await Promise.all([fetchOnce(), fetchOnce()]);
    expect(downloads()).toHaveLength(1);
    expect(new Uint8Array(await readFile((await blob()).path))).toEqual(weights);
    expect(told.flat().filter((line) => line.includes(' waits for '))).not.toEqual([]);
    const { path } = await blob();
    expect((await readdir(dirname(path))).filter((name) => /lock|part|incomplete/.test(name))).toEqual([]);
  });

  it('is fetched although a process that is gone left its lock', async () => {
    const { path } = await blob();
    await writeFile(`${path}.lock`, JSON.stringify({ process: 2 ** 22 + 1, host: hostname() }));
    expect(await fetchOnce()).toContain('pytorch_model.bin fetched');
  });

  it('comes again when what is on the disk has other bytes of the same number', async () => {
    const { path } = await blob();
    await writeFile(
      path,
      weights.map((byte) => byte ^ 1),
    );
    expect(await fetchOnce()).toContain('pytorch_model.bin fetched');
    expect(new Uint8Array(await readFile(path))).toEqual(weights);
    expect(await fetchOnce()).toContain('pytorch_model.bin was there');
  });

  it('is never written through a link that stands for its beginning', async () => {
    const { path } = await blob();
    const other = join(home, 'precious');
    await writeFile(other, 'mine');
    await symlink(other, `${path}.incomplete`);
    await fetchOnce();
    expect(await readFile(other, 'utf8')).toBe('mine');
    expect(new Uint8Array(await readFile(path))).toEqual(weights);
  });

  it('starts from nothing when the hub refuses to continue', async () => {
    const { path } = await blob();
    await writeFile(`${path}.incomplete`, weights.subarray(0, 1000));
    hub.refuseRanges = true;
    expect(await fetchOnce()).toContain('pytorch_model.bin fetched');
    expect(downloads().map(({ range }) => range)).toEqual(['bytes=1000-', undefined]);
    expect(new Uint8Array(await readFile(path))).toEqual(weights);
  });
});
