import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { load, SHIPPED } from '../../src/zoo/load.ts';
import { WeightsError } from '../../src/zoo/open/shapes.ts';

let cache: string;
beforeAll(async () => {
  cache = await mkdtemp(join(tmpdir(), 'hub-'));
  vi.stubEnv('HF_HUB_CACHE', cache);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(cache, { recursive: true });
});

describe('load', () => {
  it('opens the weights of the package without a location, and by it', async () => {
    const prompt = { sequence: [{ text: 'name :' }] };
    const [a, b] = [await load(), await load(SHIPPED)];
    expect((await a.answer(prompt)).ids).toEqual((await b.answer(prompt)).ids);
    a.dispose();
    b.dispose();
  });

  it('takes owner/name that is not a path as a name of the hub, and says both', async () => {
    const wrong = load('someone/flamingo');
    await expect(wrong).rejects.toThrow('no file or folder is called someone/flamingo');
    await expect(wrong).rejects.toThrow('fetch someone/flamingo');
  });

  it('takes any other name as a path', async () => {
    await expect(load('nothing')).rejects.toThrow(WeightsError);
    await expect(load(join(cache, 'nothing'))).rejects.toThrow(WeightsError);
  });

  it('names the part that is missing', async () => {
    await expect(load({ flamingo: { config: {} } })).rejects.toThrow(WeightsError);
  });
});
