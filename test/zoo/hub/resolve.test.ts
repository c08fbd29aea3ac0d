import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveModel } from '../../../src/zoo/hub/resolve.ts';

const MODEL = 'dhansmair/flamingo-tiny';
let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hub-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('resolveModel', () => {
  it('says how to get what is not there', async () => {
    await expect(resolveModel(MODEL, { cache: home })).rejects.toThrow(
      /flamingo-tiny: there is no such model.*`glass-flamingo fetch dhansmair\/flamingo-tiny` brings it/,
    );
  });

  it('finds an OpenFlamingo model by the name of its folder, and says what a folder lacks', async () => {
    const folder = join(home, 'OpenFlamingo-3B-vitl-mpt1b');
    await mkdir(folder);
    await expect(resolveModel(folder, { cache: home })).rejects.toThrow(
      /checkpoint\.pt is missing.*\(in this folder or in the cache\)/,
    );
    await mkdir(join(home, 'mine'));
    await expect(resolveModel(join(home, 'mine'), { cache: home })).rejects.toThrow(
      /mine: no config\.json in the folder/,
    );
  });

  it("opens this project's own folder of weights", async () => {
    const folder = join(import.meta.dirname, '../../../weights');
    const { layout, parts } = await resolveModel(folder, { cache: home });
    expect(layout).toBe('glass');
    expect(parts.flamingo?.weights).toBe(join(folder, 'model.safetensors'));
    expect(parts.tokenizer?.files['tokenizer.json']).toBe(join(folder, 'tokenizer.json'));
  });
});
