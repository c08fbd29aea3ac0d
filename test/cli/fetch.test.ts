import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resolveModel } from '../../src/zoo/hub/resolve.ts';
import {
  COMMIT,
  gitHash,
  type HubOptions,
  type Repository,
  sha256,
  startHub,
  type TestHub,
} from '../support/hub-server.ts';
import { type Result, runWithFake } from './support.ts';

const MODEL = 'dhansmair/flamingo-tiny';
const CLIP = 'openai/clip-vit-large-patch14';
const OPT = 'facebook/opt-125m';
const TOKEN = 'hf_secretSECRETsecret';

const bytes = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, i) => Math.imul(i + seed, 2654435761) >>> 24);
const weights = bytes(300_000, 1);

const tiny: Readonly<Record<string, Repository>> = {
  [MODEL]: {
    'config.json': JSON.stringify({ lm: OPT, clip_model_type: CLIP }),
    'pytorch_model.bin': weights,
    'README.md': 'x',
  },
  [CLIP]: {
    'config.json': '{}',
    'preprocessor_config.json': '{}',
    'model.safetensors': bytes(90_000, 2),
    'pytorch_model.bin': 'x',
  },
  [OPT]: {
    'config.json': '{"model_type":"opt"}',
    'vocab.json': '{}',
    'merges.txt': '',
    'tokenizer_config.json': '{}',
    'pytorch_model.bin': 'x',
  },
};

let home: string;
let hub: TestHub | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'hub-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await hub?.stop();
  await rm(home, { recursive: true, force: true });
});

async function serve(options: Partial<HubOptions> = {}): Promise<TestHub> {
  hub = await startHub({ repositories: tiny, large: 50_000, ...options });
  for (const name of ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_TOKEN']) vi.stubEnv(name, '');
  vi.stubEnv('HF_ENDPOINT', `${hub.endpoint}/`);
  vi.stubEnv('HF_HOME', home);
  return hub;
}

const fetchModel = (name: string = MODEL, ...options: string[]): Promise<Result> =>
  runWithFake(['fetch', name, ...options]);
const cached = (...path: string[]): string => join(home, 'hub', 'models--dhansmair--flamingo-tiny', ...path);

describe('fetch', () => {
  it('brings what a model needs, in the layout of the cache', async () => {
    await serve();
    const { code, out, err } = await fetchModel();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`293.0 KiB  ${MODEL}/pytorch_model.bin\n`);
    expect(await readFile(cached('refs', 'main'), 'utf8')).toBe(COMMIT);
    const pointer = cached('snapshots', COMMIT, 'pytorch_model.bin');
    expect(await readlink(pointer)).toBe(join('..', '..', 'blobs', sha256(weights)));
    expect(sha256(await readFile(pointer))).toBe(sha256(weights));
    const config = Buffer.from(tiny[MODEL]?.['config.json'] as string);
    expect((await readdir(cached('blobs'))).sort()).toEqual([sha256(weights), gitHash(config)].sort());
    const others = await readdir(join(home, 'hub', 'models--openai--clip-vit-large-patch14', 'snapshots', COMMIT));
    expect(others.sort()).toEqual(['config.json', 'model.safetensors', 'preprocessor_config.json']);
  });

  it('fetches nothing twice', async () => {
    const { seen } = await serve();
    await fetchModel();
    const before = seen.filter(({ host }) => host === 'content').length;
    const { code, out } = await fetchModel();
    expect(code).toBe(0);
    expect(out).toContain('pytorch_model.bin  (was there)');
    expect(seen.filter(({ host }) => host === 'content')).toHaveLength(before);
  });

  it('lists with --dry-run, and writes nothing', async () => {
    await serve();
    const { code, out } = await fetchModel(MODEL, '--dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^flamingo: dhansmair\/flamingo-tiny\n +\d+ B {2}config\.json\n +293\.0 KiB {2}pytorch_model\.bin\nvision:/,
    );
    expect(out).toMatch(/tokenizer: facebook\/opt-125m\n +2 B {2}vocab\.json\n +0 B {2}merges\.txt\n/);
    expect(out).toMatch(/\n9 files, 381\.\d KiB; 381\.\d KiB to fetch into .*hub\n$/);
    expect(await readdir(home)).toEqual([]);
    const { parts } = JSON.parse((await fetchModel(MODEL, '--dry-run', '--json')).out);
    expect(parts[0].files[1]).toEqual({
      ...{ name: 'pytorch_model.bin', bytes: 300_000, commit: COMMIT, cached: false },
      checksum: { algorithm: 'sha256', hex: sha256(weights) },
    });
  });

  it.each([false, 'without commits'] as const)(
    'works with a mirror that serves files only (listing: %s)',
    async (listing) => {
      await serve({ listing });
      expect((await fetchModel()).code).toBe(0);
      expect(sha256(await readFile(cached('snapshots', COMMIT, 'pytorch_model.bin')))).toBe(sha256(weights));
    },
  );

  it('honours HF_HUB_CACHE', async () => {
    await serve();
    vi.stubEnv('HF_HUB_CACHE', join(home, 'elsewhere'));
    expect((await fetchModel()).code).toBe(0);
    expect(await readdir(home)).toEqual(['elsewhere']);
  });
});

describe('an interrupted fetch', () => {
  it.each([true, false])('goes on where it was cut (the server knows ranges: %s)', async (ranges) => {
    const { cuts, seen } = await serve();
    cuts.set(`${MODEL}/pytorch_model.bin`, 150_000);
    const broken = await fetchModel();
    expect(broken.code).toBe(2);
    expect(broken.err).toMatch(
      /flamingo-tiny\/pytorch_model\.bin was cut off after \d+ of 300000 bytes.*the same command/,
    );
    const partial = cached('blobs', `${sha256(weights)}.incomplete`);
    const { size } = await stat(partial);
    expect(size).toBeGreaterThan(0);
    await expect(readFile(cached('refs', 'main'))).rejects.toThrow(); // half a model is none
    (hub as TestHub).ranges = ranges;
    expect((await fetchModel()).code).toBe(0);
    expect(seen.map(({ range }) => range)).toContain(`bytes=${size}-`);
    expect(sha256(await readFile(cached('snapshots', COMMIT, 'pytorch_model.bin')))).toBe(sha256(weights));
    await expect(stat(partial)).rejects.toThrow();
  });

  it('checks what lay there already', async () => {
    await serve();
    await mkdir(cached('blobs'), { recursive: true });
    await writeFile(cached('blobs', `${sha256(weights)}.incomplete`), bytes(1000, 99));
    const { code, err } = await fetchModel();
    expect(code).toBe(2);
    expect(err).toMatch(/pytorch_model\.bin has the SHA-256 \w+; expected \w+: what arrived was removed/);
    expect((await readdir(cached('blobs'))).filter((name) => name.startsWith(sha256(weights)))).toEqual([]);
    expect((await fetchModel()).code).toBe(0);
  });

  it('throws away what is longer than the file', async () => {
    await serve();
    await mkdir(cached('blobs'), { recursive: true });
    await writeFile(cached('blobs', `${sha256(weights)}.incomplete`), bytes(300_001, 1));
    expect((await fetchModel()).code).toBe(0);
  });
});

describe('wrong bytes', () => {
  it.each([
    ['of a large file', `${MODEL}/pytorch_model.bin`, bytes(300_000, 5), /pytorch_model\.bin has the SHA-256/],
    ['of a small file', `${CLIP}/config.json`, Buffer.from('[]'), /config\.json has the git SHA-1/],
    ['too many', `${CLIP}/config.json`, Buffer.from('{} '), /config\.json has 3 bytes; expected 2/],
    ['too few', `${CLIP}/config.json`, Buffer.from('{'), /config\.json was cut off after 1 of 2 bytes/],
  ])('%s are refused', async (_, file, forged, message) => {
    const { forged: sent } = await serve();
    sent.set(file, forged);
    const { code, err } = await fetchModel();
    expect(code).toBe(2);
    expect(err).toMatch(message);
    await expect(readFile(cached('refs', 'main'))).rejects.toThrow();
    sent.clear();
    expect((await fetchModel()).code).toBe(0);
  });
});

describe('the token', () => {
  it('opens a gated model, goes to the hub only and is never shown', async () => {
    const { seen } = await serve({ gated: { [MODEL]: TOKEN } });
    vi.stubEnv('HF_TOKEN', `${TOKEN}\n`);
    const { code, out, err } = await fetchModel();
    expect(code).toBe(0);
    expect(seen.filter(({ host }) => host === 'content').length).toBe(2);
    for (const { host, authorization } of seen)
      expect(authorization).toBe(host === 'hub' ? `Bearer ${TOKEN}` : undefined);
    expect(out + err).not.toContain(TOKEN);
  });

  it('is asked for when it is missing, and said to be of no use when it is another', async () => {
    await serve({ gated: { [MODEL]: TOKEN } });
    const without = await fetchModel();
    expect(without.code).toBe(2);
    expect(without.err).toMatch(
      /dhansmair\/flamingo-tiny: the hub refuses \(401\).*owner wants to be asked.*set HF_TOKEN/,
    );
    vi.stubEnv('HF_TOKEN', 'hf_another');
    const wrong = await fetchModel();
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/refuses \(403\).*the token in HF_TOKEN gives no access/);
    expect(wrong.err).not.toContain('hf_another');
  });

  it('is not shown when it is none', async () => {
    await serve();
    vi.stubEnv('HF_TOKEN', 'hf_ab c\u0001');
    const { code, err } = await fetchModel();
    expect(code).toBe(2);
    expect(err).toBe('glass-flamingo: HF_TOKEN holds characters that no token has\n');
  });
});

describe('what is not there', () => {
  it('names the nearest known models', async () => {
    await serve();
    const { code, err } = await fetchModel('dhansmair/flamingo-tini');
    expect(code).toBe(2);
    expect(err).toMatch(
      /flamingo-tini: there is no such model.*nearest known: dhansmair\/flamingo-tiny, dhansmair\/flamingo-mini/,
    );
  });

  it('names the file that a known model lacks', async () => {
    const { 'pytorch_model.bin': _, ...rest } = tiny[MODEL] as Repository;
    await serve({ repositories: { ...tiny, [MODEL]: rest } });
    const { code, err } = await fetchModel();
    expect(code).toBe(2);
    expect(err).toMatch(/flamingo-tiny: none of model\.safetensors, .*pytorch_model\.bin\.index\.json found\n/);
  });

  it.each(['../../etc', 'a/b/c', '', 'a b', 'a--b/c', '.hidden/x'])('refuses the name %j', async (name) => {
    await serve();
    const { code, err } = await fetchModel(name);
    expect(code).toBe(2);
    expect(err).toContain('is not a name of a repository; expected OWNER/NAME');
  });

  it('says that a busy hub is waited for, and for how long', async () => {
    const { endpoint } = Object.assign(await serve(), { busy: 1 });
    const { code, err } = await fetchModel();
    expect([code, err]).toEqual([
      0,
      `${MODEL}: ${new URL(endpoint).host} is busy (429); asking again in 1 s, try 2 of 5\n`,
    ]);
  });

  it('says when no hub answers', async () => {
    const { endpoint } = await serve();
    await hub?.stop();
    const { code, err } = await fetchModel();
    expect(code).toBe(2);
    expect(err).toContain(`${new URL(endpoint).host} cannot be reached (ECONNREFUSED)`);
    vi.stubEnv('HF_ENDPOINT', 'file:///etc');
    expect((await fetchModel()).err).toMatch(/HF_ENDPOINT is "file:\/\/\/etc"; expected an address/);
  });

  it('says when the cache cannot be written', async () => {
    await serve();
    await writeFile(join(home, 'file'), '');
    vi.stubEnv('HF_HUB_CACHE', join(home, 'file', 'hub'));
    const { code, err } = await fetchModel();
    expect(code).toBe(2);
    expect(err).toMatch(/hub: a file is in the way\n$/);
  });

  it('wants a name', async () => {
    const { code, err } = await runWithFake(['fetch']);
    expect(code).toBe(2);
    expect(err).toContain('OpenFlamingo-3B-vitl-mpt1b');
  });
});

describe('other layouts', () => {
  const tokenizer = { 'tokenizer.json': '{}', 'tokenizer_config.json': '{}' };
  const index = (...names: string[]) =>
    JSON.stringify({ weight_map: Object.fromEntries(names.map((name, i) => [`w${i}`, name])) });

  it('OpenFlamingo: three repositories, the language model in shards, from its other place', async () => {
    const language = {
      ...{ 'config.json': '{}', 'pytorch_model.bin.index.json': index('a.bin', 'b.bin', 'a.bin') },
      ...{ 'a.bin': 'A', 'b.bin': 'B', ...tokenizer },
    };
    await serve({
      repositories: {
        ...{ [CLIP]: tiny[CLIP] as Repository, 'mosaicml/mpt-7b': language },
        'openflamingo/OpenFlamingo-9B-vitl-mpt7b': { 'checkpoint.pt': 'x' },
      },
    });
    const { code, out } = await fetchModel('openflamingo/OpenFlamingo-9B-vitl-mpt7b', '--json');
    expect(code).toBe(0);
    const model = JSON.parse(out);
    expect(model).toMatchObject({ layout: 'openflamingo', every: 4 });
    expect(model.parts.language.repository).toBe('mosaicml/mpt-7b');
    expect(Object.keys(model.parts.language.files)).toEqual([
      'config.json',
      'pytorch_model.bin.index.json',
      'a.bin',
      'b.bin',
    ]);
    expect(model.parts.language.weights).toMatch(/pytorch_model\.bin\.index\.json$/);
    expect(model.parts.flamingo.weights).toMatch(/checkpoint\.pt$/);
  });

  it('IDEFICS: one repository', async () => {
    const files = {
      'config.json': '{"model_type":"idefics"}',
      'model.safetensors.index.json': index('m-1.safetensors'),
      'm-1.safetensors': 'x',
    };
    await serve({ repositories: { 'HuggingFaceM4/idefics-9b': { ...files, ...tokenizer } } });
    const { code, out } = await fetchModel('HuggingFaceM4/idefics-9b', '--json');
    expect(code).toBe(0);
    expect(Object.keys(JSON.parse(out).parts)).toEqual(['flamingo', 'tokenizer']);
  });

  it.each([
    ['no Flamingo', { 'config.json': '{"model_type":"bert"}' }, /says model_type "bert"; expected a Flamingo/],
    ['no JSON', { 'config.json': '<html>' }, /config\.json is not a JSON object/],
    [
      'a repository outside',
      { 'config.json': '{"lm":"../../x","clip_model_type":"a/b"}' },
      /is not a name of a repository/,
    ],
    [
      'a shard outside',
      { 'config.json': '{"model_type":"idefics"}', 'model.safetensors.index.json': index('../../../evil.bin') },
      /"\.\.\/\.\.\/\.\.\/evil\.bin" is not a name of a file/,
    ],
    [
      'an index of nothing',
      { 'config.json': '{"model_type":"idefics"}', 'model.safetensors.index.json': '{}' },
      /names no files of weights/,
    ],
  ])('%s is refused', async (_, files, message) => {
    await serve({ repositories: { 'some/model': files } });
    const { code, err } = await fetchModel('some/model');
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

describe('resolveModel', () => {
  it('gives every path without asking the hub', async () => {
    await serve();
    await fetchModel();
    await hub?.stop();
    const model = await resolveModel(MODEL, { cache: join(home, 'hub') });
    expect(model).toMatchObject({ name: MODEL, layout: 'flamingo-mini' });
    expect(Object.keys(model.parts)).toEqual(['flamingo', 'vision', 'language', 'tokenizer']);
    expect(model.parts.flamingo?.weights).toBe(cached('snapshots', COMMIT, 'pytorch_model.bin'));
    expect(Object.keys(model.parts.tokenizer?.files ?? {})).toEqual([
      'vocab.json',
      'merges.txt',
      'tokenizer_config.json',
    ]);
    expect(model.parts.language?.weights).toBeUndefined(); // in the Flamingo's own file
  });

  it('finds the parts of a folder in it, else in the cache', async () => {
    await serve();
    await fetchModel();
    const folder = join(home, 'mine');
    for (const [repository, name] of [
      ['.', 'config.json'],
      ['.', 'pytorch_model.bin'],
      [CLIP, 'config.json'],
      [CLIP, 'model.safetensors'],
    ] as const) {
      await mkdir(join(folder, repository), { recursive: true });
      await writeFile(
        join(folder, repository, name),
        (tiny[repository === '.' ? MODEL : CLIP] as Repository)[name] as string,
      );
    }
    const { parts } = await resolveModel(folder, { cache: join(home, 'hub') });
    expect(parts.flamingo?.weights).toBe(join(folder, 'pytorch_model.bin'));
    expect(parts.vision?.weights).toBe(join(folder, CLIP, 'model.safetensors'));
    expect(parts.tokenizer?.files['vocab.json']).toContain('models--facebook--opt-125m');
  });
});
