/** Values that cannot be, in config.json and tokenizer.json, one at a time: refused with their place before anything is computed. */

import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { parseConfig } from '../../src/model/config/json.ts';
import { ConfigError } from '../../src/model/config/json-rules.ts';
import { Tokenizer, TokenizerError } from '../../src/model/tokenizer.ts';
import { SimdDevice } from '../../src/tensor/index.ts';
import { WeightsError } from '../../src/zoo/open/shapes.ts';
import { readWeights } from '../../src/zoo/open/weights.ts';

type Place = readonly (string | number)[];
type Json = Record<string | number, unknown>;

const folder = new URL('../../weights/', import.meta.url);
const read = async (name: string): Promise<Json> => JSON.parse(await readFile(new URL(name, folder), 'utf8'));
const [config, tokenizer] = await Promise.all([read('config.json'), read('tokenizer.json')]);

/** A copy with another value at one place; undefined takes it away. */
function withValue(json: Json, place: Place, value: unknown): Json {
  const copy = structuredClone(json);
  const inner = place.slice(0, -1).reduce((part, key) => part[key] as Json, copy);
  const last = place.at(-1) as string;
  if (value === undefined) delete inner[last];
  else inner[last] = value;
  return copy;
}

function leaves(value: unknown, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  return Object.entries(value).flatMap(([key, part]) =>
    leaves(part, [...place, Array.isArray(value) ? Number(key) : key]),
  );
}

const NEVER = [-7.5, 1e308, 2 ** 53, 'x', true, [], {}, null];
/** Where something of these may stand all the same. */
const MAY_BE: Readonly<Record<string, readonly unknown[]>> = {
  'model.vision.projection': [null],
  'preprocessing.mean.0': [-7.5],
  'preprocessing.mean.1': [-7.5],
  'preprocessing.mean.2': [-7.5],
};

it.each(leaves(config).map((place) => [place.join('.'), place] as const))('config.json: %s', (name, place) => {
  for (const value of NEVER) {
    const parse = (): unknown => parseConfig(withValue(config, place, value));
    if (MAY_BE[name]?.includes(value)) expect(parse).not.toThrow();
    else expect(parse, JSON.stringify(value)).toThrow(ConfigError);
  }
});

it.each<[string, unknown]>([
  ['model.tokens.image', 2],
  ['model.tokens.endOfChunk', 3],
  ['model.tokens.image', 1536],
  ['model.vision.imageSize', 31],
  ['model.vision.heads', 3],
  ['model.resampler.width', 64],
  ['model.languageModel.heads', 5],
  ['model.languageModel.maxPositions', 95],
  ['limits.tokens', 97],
  ['limits.answer', 96],
  ['preprocessing.size', 16],
  ['temperature', 0],
])('config.json: %s cannot be %j beside the rest', (name, value) => {
  expect(() => parseConfig(withValue(config, name.split('.'), value))).toThrow(ConfigError);
});

const open = (configured: Json, tokens: Json): Promise<unknown> =>
  readWeights(
    {
      file: async (name) => {
        const json = { 'config.json': configured, 'tokenizer.json': tokens }[name];
        return json ? new TextEncoder().encode(JSON.stringify(json)) : readFile(new URL(name, folder));
      },
    },
    new SimdDevice(),
  );

it.each([
  ['image', 0],
  ['image', 1535],
  ['endOfChunk', 0],
  ['endOfChunk', 700],
])('config.json: model.tokens.%s cannot be %i, which is another token of tokenizer.json', async (role, id) => {
  const opening = open(withValue(config, ['model', 'tokens', role], id), tokenizer);
  await expect(opening).rejects.toThrow(`config.json says ${id} for model.tokens.${role}, tokenizer.json has`);
});

it.each([[[]], [null]])(
  'tokenizer.json: added_tokens cannot be %j, whose <image> is read as letters',
  async (added) => {
    const opening = open(config, withValue(tokenizer, ['added_tokens'], added));
    await expect(opening).rejects.toThrow(WeightsError);
  },
);

const [word, other] = Object.entries((tokenizer.model as Json).vocab as Record<string, number>).slice(700, 702) as [
  [string, number],
  [string, number],
];
it.each<[string, unknown]>([
  ['model', undefined],
  ['model', 5],
  ['model.type', 'Nonsense'],
  ...[null, 'x', [], {}].map((value): [string, unknown] => ['model.vocab', value]),
  ...[-1, 1.5, '7', 1e9, null, other[1]].map((value): [string, unknown] => [`model.vocab.${word[0]}`, value]),
  ...[null, 'x', ['zz qq'], [5], ['abc'], ['a b c']].map((value): [string, unknown] => ['model.merges', value]),
  ['model.unk_token', 5],
  ['model.dropout', 2],
  ['model.dropout', 1],
  ['added_tokens', 5],
  ...[-1, 1.5, '1', null].map((value): [string, unknown] => ['added_tokens.1.id', value]),
  ...['', 5, null].map((value): [string, unknown] => ['added_tokens.1.content', value]),
  ...['normalizer', 'pre_tokenizer', 'decoder', 'post_processor'].flatMap((part): [string, unknown][] => [
    [part, 5],
    [part, { type: 'Junk' }],
  ]),
])('tokenizer.json: %s cannot be %j', (name, value) => {
  const place = name.split('.');
  expect(() => new Tokenizer(withValue(tokenizer, place, value))).toThrow(TokenizerError);
});
