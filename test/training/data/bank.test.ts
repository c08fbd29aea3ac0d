import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inLanguage, type Worded } from '../../../src/runs/worded.ts';
import { bankFile, loadBank } from '../../../src/training/data/bank.ts';
import { iconKey } from '../../../src/training/data/icon-names.ts';
import {
  loadEvaluationData,
  openShared,
  prepareTrainingData,
  shareData,
  trainingStyles,
} from '../../../src/training/data/index.ts';
import { DATA_PACKAGES, ICON_SETS } from '../../../src/training/data/packages.ts';

/** Draws a black square for every picture: alpha 255 but at the border. */
const FAKE_SHARP = `module.exports = () => ({ ensureAlpha: () => ({ resize: (w) => ({ raw: () => ({ toBuffer: async () =>
  Buffer.from(Array.from({ length: w * w * 4 }, (_, i) => {
    const [x, y] = [(i >> 2) % w, Math.floor((i >> 2) / w)];
    return i % 4 === 3 && Math.min(x, y, w - 1 - x, w - 1 - y) > 5 ? 255 : 0;
  })) }) }) }) })`;
const FAKE_FONT = `exports.parse = () => ({ unitsPerEm: 100, charToGlyph: (c) => ({ index: c === '\\u{1F98A}' ? 1 : 0,
  getPath: () => ({ getBoundingBox: () => ({ x1: 0, y1: 0, x2: 9, y2: 9 }), toPathData: () => 'M0 0h9v9z' }) }) })`;

const EMOJI = [
  { label: 'fox', hexcode: '1F98A', tags: ['animal'], group: 3, subgroup: 1 },
  { label: 'grinning face', hexcode: '1F600', tags: [], group: 0, subgroup: 2 },
  { label: 'person: beard', hexcode: '1F9D4', tags: [], group: 1, subgroup: 2 },
  { label: 'person playing tennis', hexcode: '1F3BE', tags: [], group: 1, subgroup: 2 },
];

const icons = (...names: string[]): object => ({
  icons: Object.fromEntries(names.map((name) => [name, { body: `<path d="${name}"/>` }])),
});

let folder: string;

/** A data folder whose packages hold three emoji and a dozen icons. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bank-'));
  const put = async (path: string, content: unknown): Promise<void> => {
    const full = join(folder, 'node_modules', path);
    await mkdir(dirname(full), { recursive: true });
    await writeFile(full, typeof content === 'string' ? content : JSON.stringify(content));
  };
  for (const { folder: name, version } of DATA_PACKAGES)
    await put(`${name}/package.json`, { version, main: 'index.js' });
  await writeFile(join(folder, 'package.json'), '{}');
  await put('sharp/index.js', FAKE_SHARP);
  await put('opentype.js/index.js', FAKE_FONT);
  for (const language of ['en', 'ko']) await put(`emojibase-data/${language}/data.json`, EMOJI);
  await put('emojibase-data/meta/groups.json', { subgroups: { 1: 'animal-mammal', 2: 'face' } });
  const sheet = (family: string): object[] =>
    EMOJI.map(({ hexcode }) => ({ unified: hexcode, image: `${hexcode}.png`, [`has_img_${family}`]: true }));
  for (const [name, family] of [
    ['google', 'google'],
    ['twitter', 'twitter'],
    ['google-blobs', 'google'],
    ['google-2017', 'google'],
    ['twitter-2017', 'twitter'],
  ] as const)
    await put(`emoji-datasource-${name}/emoji.json`, sheet(family));
  await put('@lobehub/fluent-emoji-3d/assets/1f98a.webp', '');
  await put('emojione/assets/png/1f98a.png', '');
  for (const set of ['fluent-emoji-flat', 'fluent-emoji-high-contrast']) {
    await put(`@iconify-json/${set}/chars.json`, { '1f98a': 'fox' });
    await put(`@iconify-json/${set}/icons.json`, icons('fox'));
  }
  for (const file of ['300Light/NotoEmoji_300Light.ttf', '700Bold/NotoEmoji_700Bold.ttf'])
    await put(`@expo-google-fonts/noto-emoji/${file}`, 'outlines');
  for (const { name } of ICON_SETS) await put(`@iconify-json/${name}/icons.json`, icons());
  await put('@iconify-json/tabler/icons.json', icons('anvil', 'anvil-filled', 'trumpet', 'whirligig', 'arrow-left'));
  await put('@iconify-json/mdi/icons.json', icons('anvil-outline', 'trumpet-variant', 'fox', 'arrow-left'));
  await put('@iconify-json/icon-park/icons.json', icons('lonely'));
  await put('@iconify-json/icon-park-solid/icons.json', icons('lonely'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the bank', () => {
  it('counts concepts, other emoji and icons, and leaves out what leaks', async () => {
    const said: string[] = [];
    const bank = await loadBank(folder, (line) => said.push(inLanguage(line as Worded, 'en')));
    expect(bank.concepts.map(({ name }) => name)).toEqual(['fox']);
    expect(bank.otherEmoji).toEqual(['grinning face']); // no variant, and no tennis
    expect(bank.iconConcepts).toEqual(['anvil']); // in two families: not "lonely", not a user interface's arrow
    expect(bank.icons).toEqual({ keys: 2, leaked: 1, concepts: 1, emoji: 1, pictures: 4 });
    expect(bank.pictures.styles('fox')).toEqual(['noto', 'twemoji', 'fluent3d', 'fluentFlat', 'blobs', 'emojione']);
    expect(bank.pictures.drawings('fox')).toEqual(['fontLight', 'fontBold', 'highContrast', 'mdi']); // none of 2017: the same
    expect(bank.pictures.drawings('anvil')).toEqual(['tabler', 'mdi', 'tabler-2']);
    expect(bank.pictures.styles('grinning face')).toEqual(['noto', 'twemoji', 'blobs']);
    expect(said.join('\n')).toMatch(/decoding \d+ pictures/);
  });

  it('stops where it is told to, and leaves no file behind', async () => {
    await rm(bankFile(folder), { force: true });
    const stop = new AbortController();
    const decoding = loadBank(
      folder,
      (line) => inLanguage(line as Worded, 'en').includes('decoding') && stop.abort(),
      stop.signal,
    );
    await expect(decoding).rejects.toThrow(/before all pictures were decoded/);
    await expect(readFile(bankFile(folder))).rejects.toThrow('ENOENT');
  });

  it('comes back from its file alone, byte by byte', async () => {
    const bank = await loadBank(folder);
    const elsewhere = await mkdtemp(join(tmpdir(), 'bank-'));
    await writeFile(bankFile(elsewhere), await readFile(bankFile(folder)));
    const said: string[] = [];
    const { pictures, ...content } = await loadBank(elsewhere, (line) => said.push(inLanguage(line as Worded, 'en')));
    const { pictures: original, ...expected } = bank;
    expect(content).toEqual(expected);
    expect(new Uint8Array(pictures.share().memory)).toEqual(new Uint8Array(original.share().memory));
    expect([said, await readdir(elsewhere)]).toEqual([[], [bankFile('').replace(/^.*[/\\]/, '')]]);
    await rm(elsewhere, { recursive: true });
  });

  it('refuses a file that is cut, changed or another, and says so', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'bank-'));
    const whole = await readFile(bankFile(folder));
    const expectRefusal = async (file: Uint8Array, message: RegExp): Promise<void> => {
      await writeFile(bankFile(elsewhere), file);
      await expect(loadBank(elsewhere)).rejects.toThrow(message);
    };
    await expectRefusal(whole.subarray(0, whole.length - 1), /bytes where \d+ are expected; delete it/);
    await expectRefusal(whole.subarray(0, 30), /cut short/);
    await expectRefusal(
      whole.map((byte, i) => (i === whole.length - 3 ? byte ^ 1 : byte)),
      /SHA-256/,
    );
    await expectRefusal(
      whole.map((byte, i) => (i === 6 ? byte + 1 : byte)),
      /version 3 where 2/,
    );
    await expectRefusal(Buffer.from('GFPI'), /not a file of pictures/);
    await writeFile(bankFile(elsewhere), whole);
    await truncate(bankFile(elsewhere), 0);
    await expect(loadBank(elsewhere)).rejects.toThrow(/not a file of pictures/);
    await rm(elsewhere, { recursive: true });
  });
});

describe('prepareTrainingData', () => {
  it.each([
    ['the split is drawn', 'splits.json'],
    ['the tokenizer is trained', 'tokenizer.json'],
  ])('hears that it is to stop while %s', async (_, made) => {
    const run = await mkdtemp(join(tmpdir(), 'run-'));
    await prepareTrainingData(folder, run, () => undefined);
    await rm(join(run, made));
    const stop = new AbortController();
    const preparing = prepareTrainingData(folder, run, () => undefined, { signal: stop.signal });
    setImmediate(() => stop.abort());
    await expect(preparing).rejects.toThrow(/being prepared/);
    await expect(readFile(join(run, made))).rejects.toThrow('ENOENT');
    await rm(run, { recursive: true });
  });

  it('keeps the concepts of a development run, without its style, in other threads too', async () => {
    const run = await mkdtemp(join(tmpdir(), 'run-'));
    const data = await prepareTrainingData(folder, run, () => undefined, { development: true });
    const there = openShared(structuredClone(shareData(data)));
    for (const { concepts, vision, pictures, split } of [data, there]) {
      expect([concepts, vision].map((list) => list.map(({ name }) => name))).toEqual([['fox'], ['fox']]);
      expect(trainingStyles(pictures, 'fox')).toEqual(['noto', 'fluent3d', 'fluentFlat', 'blobs']);
      expect(split.trainingStyles).toEqual(trainingStyles(pictures, 'fox'));
    }
    expect(trainingStyles((await loadEvaluationData(folder, run, () => undefined)).pictures, 'fox')).toContain(
      'twemoji',
    );
    await rm(run, { recursive: true });
  });
});

describe('iconKey', () => {
  it('tells the thing without style, digits, stop words and plural', () => {
    const keys = ['bread-slice-outline', 'slices-of-bread-24-regular', 'ios-bread-slice', 'bread-slice-bold-duotone'];
    expect(new Set(keys.map(iconKey))).toEqual(new Set(['bread slice']));
    for (const name of ['arrow-up', 'file-pdf', 'mouse', 'a-b', 'one-two-three-four'].slice(0, 4))
      expect([name, iconKey(name)]).toEqual([name, null]);
    expect(iconKey('big-red-wooden-toy-barn')).toBeNull();
  });
});
