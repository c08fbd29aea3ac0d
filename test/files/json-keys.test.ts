import { expect, it } from 'vitest';
import { repeatedKey } from '../../src/files/json-keys.ts';
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
