import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { MEANING } from '../../src/explorer/page/meaning.ts';
import { koreanOf } from '../../src/explorer/worker/korean.ts';
import { ResourceError } from '../../src/files/location.ts';
import { PictureError } from '../../src/files/picture/error.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { PromptError } from '../../src/model/prompt.ts';
import { SimdDevice } from '../../src/tensor/index.ts';
import { readWeights, weightsSource } from '../../src/zoo/open/weights.ts';
import { errorTexts, headerTexts, literalAt } from '../support/error-texts.ts';

type Json = Record<string, unknown>;
const read = (name: string): Uint8Array => readFileSync(new URL(`../../weights/${name}`, import.meta.url));
/** The shipped configuration after a change. */
function changed(change: (config: Json) => unknown): string {
  const config = JSON.parse(new TextDecoder().decode(read('config.json'))) as Json;
  change(config);
  return JSON.stringify(config);
}

const folder = new URL('../../src/explorer/worker/', import.meta.url);
const sources = readdirSync(folder).map((file) => readFileSync(new URL(file, folder), 'utf8'));
const thrown = new Set(sources.flatMap((text) => Array.from(text.matchAll(/new (\w+Error)\(/g), ([, name]) => name)));

it('says of each kind of error that the worker throws what it means', () => {
  expect(thrown.size).toBeGreaterThan(0);
  expect([...thrown].filter((name) => !((name as string) in MEANING))).toEqual([]);
});

/** The sources of a folder of src, folders inside it included. */
function sourcesOf(name: string): string[] {
  const place = new URL(`../../src/${name}/`, import.meta.url);
  const files = readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  return files.map((file) => readFileSync(new URL(file, place), 'utf8'));
}

/** What these say is told where their parts are known. */
const PUT_TOGETHER = [
  ...["'7' was not 7; 7", '7 7; expected 7', 'holds 7'],
  ...['declares 7', 'declares 7 in 7 bytes', 'is a cut or damaged PNG: its pixel data 7'],
];

it('says in Korean what is wrong with edits, views and what the page needs', () => {
  const found = ['runs', 'inspect', 'explorer/worker']
    .flatMap(sourcesOf)
    .flatMap((source) => errorTexts(source, 'Edit|Tap|View|RunLog|Device'))
    .filter((text) => !PUT_TOGETHER.includes(text));
  expect(found.length).toBeGreaterThan(35);
  expect(found.filter((text) => !/[가-힣]/.test(koreanOf(new Error(text)) ?? ''))).toEqual([]);
});

it('says in Korean what is wrong with pictures and prompts, and what is needed', () => {
  const found = ['files/picture', 'model'].flatMap(sourcesOf).flatMap((source) => [
    ...Array.from(source.matchAll(/new (?:Picture|Prompt)Error\(\s*[^,'`"]+,\s*/g)).flatMap(({ 0: call, index }) => {
      const what = literalAt(source, index + call.length);
      const between = /^\s*,\s*/.exec(source.slice(what?.end));
      const expected = what && between && literalAt(source, what.end + between[0].length);
      return [what, expected].flatMap((literal) => (literal ? [literal.text] : []));
    }),
    ...errorTexts(source, 'Range'),
  ]);
  expect(found.length).toBeGreaterThan(50);
  expect(
    found
      .filter((text) => /[a-z]/i.test(text) && !PUT_TOGETHER.includes(text) && !NOT_IN_PAGE.test(text))
      .filter((text) => koreanOf(new Error(text)) === null),
  ).toEqual([]);
});

it('says in Korean what is wrong with files of weights, configurations and tokenizers', () => {
  const header = headerTexts().map((text) => `[safetensors] ${text}`);
  expect(header.length).toBeGreaterThan(20);
  const weights = readFileSync(new URL('../../src/zoo/open/weights.ts', import.meta.url), 'utf8');
  const found = [
    ...header,
    ...errorTexts(weights, 'Weights'),
    ...sourcesOf('model').flatMap((text) => errorTexts(text, 'Tokenizer')),
  ].filter((text) => !NOT_IN_PAGE.test(text));
  expect(found.filter((text) => !/[가-힣]/.test(koreanOf(new Error(text)) ?? ''))).toEqual([]);
});

/**
 * What the tokenizer library says stands for itself; the page reads neither text towers nor tokenizers of public models,
 * nor their maps of characters.
 */
const NOT_IN_PAGE =
  /^(7: 7$|these weights have no text tower|7 is 7; expected an object$|7: 7_token is|no tokenizer;|the map )/;

it.each([
  ['no such file', { 'config.json': null }],
  ['a page of the server', { 'config.json': '<!doctype html><p>not here' }],
  ['no JSON', { 'config.json': '{"format":' }],
  ['a key missing', { 'config.json': changed((config) => delete (config.model as Json).tokens) }],
  ['a key too many', { 'config.json': changed((config) => ((config.limits as Json).pictures = 3)) }],
  ['a number that is none', { 'config.json': changed((config) => ((config.limits as Json).images = 'nine')) }],
  ['another vocabulary', { 'tokenizer.json': JSON.stringify({ model: { type: 'BPE', vocab: {}, merges: 3 } }) }],
  ['no weights', { 'model.safetensors': 'these are no weights at all' }],
  ['cut weights', { 'model.safetensors': read('model.safetensors').subarray(0, 100_000) }],
  [
    'weights of another model',
    { 'model.safetensors': writeSafetensors([{ name: 'x', shape: [1], data: Float32Array.of(1) }]) },
  ],
])('says in Korean what is wrong with weights: %s', async (_, files: Record<string, string | Uint8Array | null>) => {
  const source = weightsSource({
    file: (name: string) => {
      const own = name in files ? files[name] : read(name);
      if (own === null || own === undefined) throw new ResourceError(name, 'does not exist');
      return Promise.resolve(typeof own === 'string' ? new TextEncoder().encode(own) : own);
    },
  });
  const error = await readWeights(source, new SimdDevice()).catch((thrown: Error) => thrown);
  const told = koreanOf(error as Error) ?? `English: ${(error as Error).message}`;
  expect(told).toMatch(/[가-힣]/);
  expect(told.replace(/\([^)]*\)|"[^"]*"|'[^']*'/g, '')).not.toMatch(/\b(is|has|expected|the|of|no|not)\b/);
});

it('puts phrases into phrases, and says where it is', () => {
  expect(
    koreanOf(
      new Error(
        'edit[0] changes nothing; expected {"at": PATTERN, one of "set", "where"?: {AXIS: INDEX or [INDICES]}}',
      ),
    ),
  ).toBe('edit[0]: 바꾸는 것이 없어요. 필요한 것: {"at": 패턴, "set" 가운데 하나, "where"?: {축: 번호나 [번호들]}}');
  expect(koreanOf(new PictureError('a picture of the link', 'has 3 bytes', '3072 bytes'))).toBe(
    '링크에 든 그림: 3바이트예요. 필요한 것: 3072바이트',
  );
  expect(koreanOf(new PromptError('sequence', 'is blank', 'some words'))).toBe(
    'sequence: 빈칸뿐이에요. 필요한 것: 낱말',
  );
  expect(koreanOf(new Error("'a' was not captured; nearest of what was: b"))).toBe(
    "'a'는 캡처하지 않았어요. 캡처한 것 가운데 가까운 것: b",
  );
  expect(koreanOf(new Error('who knows'))).toBe(null);
});
