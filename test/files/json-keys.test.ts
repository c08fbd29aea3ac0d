import { expect, it } from 'vitest';
import { openCheckpoint } from '../../src/files/checkpoint.ts';
import { repeatedKey } from '../../src/files/json-keys.ts';
import { jsonFault } from '../../src/files/json-position.ts';
import { readPromptJson, readPromptLines } from '../../src/model/prompt/file.ts';
import { WeightsError } from '../../src/zoo/open/shapes.ts';
import { parseJsonFile } from '../../src/zoo/open/weights.ts';
import { thrownBy } from '../support/thrown-by.ts';

it.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"a":{"b":1},"c":[{"d":{},"d" : 3}]}', 'd'],
  [String.raw`{"\"":1,"a":"{","\u0022":2}`, '"'],
  ['{"":0, "":1}', ''],
])('%s has a key twice', (text, key) => expect(repeatedKey(text)).toBe(key));

it.each(['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', '["a","a"]', '{"a":"a","b":"a"}', '7', '"\\\\"'])(
  '%s has none',
  (text) => expect(repeatedKey(text)).toBe(undefined),
);

it('a file beside weights or a prompt that says one thing twice is refused, with the key', () => {
  const bytes = new TextEncoder().encode('{"model_type":"gpt2","n_head":2,"n_head":3}');
  const error = thrownBy(() => parseJsonFile(bytes, 'config.json'));
  expect(error).toBeInstanceOf(WeightsError);
  expect(String(error)).toContain('config.json is not valid JSON in UTF-8: the key "n_head" stands twice');
  const prompt = '{"sequence":[{"text":"a","text":"b"}]}';
  expect(() => readPromptJson(prompt)).toThrow('the prompt has the key "text" twice in one object');
  expect(readPromptLines(`${prompt}\n{"sequence":[{"text":"a"}]}`)).toMatchObject([
    { line: 1, error: { name: 'PromptError' } },
    { line: 2, prompt: {} },
  ]);
});

it.each([
  ['{"a": NaN}', 'line 1, column 7: unexpected NaN}'],
  ['{"a": 1,\n "b": 2,}', 'line 2, column 9: unexpected }'],
  ['{"a": [1, 2', 'line 1, column 12: it ends too early'],
])('an index %j is refused by its place, and not in the words of an engine', (text, fault) =>
  expect(openCheckpoint(new TextEncoder().encode(text))).rejects.toThrow(
    `the index is not valid JSON in UTF-8: ${fault}`,
  ),
);

it('a file beside weights is refused by its place too', () =>
  expect(String(thrownBy(() => parseJsonFile(new TextEncoder().encode('{"a": NaN}'), 'config.json')))).toContain(
    'config.json is not valid JSON in UTF-8: line 1, column 7: unexpected NaN}',
  ));

it('a mark of byte order is shown where it is in the way', () =>
  expect(jsonFault('\ufeff{}')).toBe('line 1, column 1: unexpected \ufeff{}'));

it('bytes that are no text are no JSON beside weights', () =>
  expect(String(thrownBy(() => parseJsonFile(Uint8Array.of(0x7b, 0xff), 'config.json')))).toContain(
    'its bytes are no text',
  ));
