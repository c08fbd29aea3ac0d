import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { firstJsonError } from '../../src/files/json-position.ts';
import { readPromptJson, readPromptLines } from '../../src/model/prompt/file.ts';
import { checkLimits, PromptError, type PromptTokenizer, parsePrompt, tokenise } from '../../src/model/prompt.ts';

/** One token a word, its length. */
const words: PromptTokenizer = {
  encode: (text) => text.split(/\s+/).map((word) => word.length),
  special: { bos: 101, eoc: 102, image: 103 },
};

const fewShot = {
  sequence: [
    { image: 'a.png' },
    { text: 'dax<EOC>' },
    { image: 'b.png' },
    { text: ' wug <EOC> so' },
    { image: 'q.png' },
  ],
  candidates: ['dax', ' wug '],
  generate: { maxTokens: 8, beams: 1, temperature: 0, topK: 5, topP: 0.9, seed: 1 },
};

describe('parsePrompt', () => {
  test('accepts the whole form', () => {
    expect(parsePrompt(fewShot)).toEqual({ ...fewShot, candidates: ['dax', 'wug'] });
    expect(parsePrompt({ sequence: [{ text: 'name :' }] })).toEqual({ sequence: [{ text: 'name :' }] });
  });

  const text = [{ text: 'a' }];
  const bad: [unknown, string][] = [
    [[], 'the prompt is an array; expected an object'],
    [null, 'the prompt is null; expected an object'],
    ['a', 'the prompt is a string; expected an object'],
    [{}, 'sequence is missing; expected an array of pictures and texts'],
    [{ sequence: {} }, 'sequence is an object; expected an array of pictures and texts'],
    [{ sequence: [] }, 'sequence is empty; expected at least one picture or text'],
    [{ sequence: [{ text: ' \n' }] }, 'sequence holds only blank texts; expected at least one picture or some words'],
    [
      { sequence: text, candidate: [] },
      'the prompt has the unknown key "candidate" (nearest: candidates); expected only sequence, candidates, generate',
    ],
    [{ sequence: ['a.png'] }, 'sequence[0] is a string; expected an object'],
    [
      { sequence: [...text, {}] },
      'sequence[1] is empty; expected one of {"image": PATH}, {"video": PATH or PATHS} and {"text": WORDS}',
    ],
    [
      { sequence: [{ video: 3 }] },
      'sequence[0].video is a number; expected the path of a GIF, or the paths of its frames',
    ],
    [{ sequence: [{ video: '' }] }, 'sequence[0].video is empty; expected the path of a GIF'],
    [{ sequence: [{ video: [] }] }, 'sequence[0].video is empty; expected the path of a GIF'],
    [{ sequence: [{ video: ['a.png', 3] }] }, 'sequence[0].video[1] is a number'],
    [{ sequence: [{ video: ['a.png', ''] }] }, 'sequence[0].video[1] is empty; expected a path'],
    [{ sequence: [{ video: 'a.gif', image: 'b' }] }, 'sequence[0] holds video and image; expected one of'],
    [{ sequence: [{ text: 'a', image: 'b' }] }, 'sequence[0] holds text and image; expected one of'],
    [
      { sequence: [{ picture: 'b' }] },
      'sequence[0] has the unknown key "picture" (nearest: image); expected only image, video, text',
    ],
    [{ sequence: [{ image: 3 }] }, 'sequence[0].image is a number; expected a path'],
    [{ sequence: [{ image: '' }] }, 'sequence[0].image is empty; expected a path'],
    [{ sequence: [{ text: ['a'] }] }, 'sequence[0].text is an array; expected a string'],
    [
      { sequence: [{ text: '<image> dax' }] },
      'sequence[0].text holds <image>; expected pictures as items of their own',
    ],
    [
      { sequence: [{ text: 'a <BOS>' }] },
      'sequence[0].text holds the special token <BOS>; expected no special token but <EOC>',
    ],
    [{ sequence: text, candidates: 'a' }, 'candidates is a string; expected an array of texts'],
    [{ sequence: text, candidates: [] }, 'candidates is empty; expected at least one text'],
    [{ sequence: text, candidates: ['a', ' '] }, 'candidates[1] is blank; expected some words'],
    [{ sequence: text, candidates: ['a<EOC>'] }, 'candidates[0] holds <EOC>; expected the words alone'],
    [
      { sequence: text, candidates: ['a', 'b', ' a'] },
      'candidates[2] is candidates[0] again; expected texts that differ',
    ],
    [
      { sequence: text, candidates: ['판다', '판다'.normalize('NFD')] },
      'candidates[1] is candidates[0] again; expected texts that differ',
    ],
    [{ sequence: [{ text: 'a \ud83e name' }] }, 'sequence[0].text holds half of a character; expected whole ones'],
    [{ sequence: text, candidates: ['\udda9'] }, 'candidates[0] holds half of a character; expected whole ones'],
    [
      { sequence: text, generate: { max_tokens: 2 } },
      'generate has the unknown key "max_tokens" (nearest: maxTokens); expected only maxTokens,',
    ],
    [
      { sequence: text, generate: { maxTokens: '2' } },
      'generate.maxTokens is a string; expected a whole number from 1',
    ],
    [{ sequence: text, generate: { maxTokens: 0 } }, 'generate.maxTokens is 0; expected a whole number from 1'],
    [{ sequence: text, generate: { beams: 1.5 } }, 'generate.beams is 1.5; expected a whole number from 1 to 64'],
    [
      { sequence: text, generate: { temperature: -1 } },
      'generate.temperature is -1; expected 0, or a number from 0.000001',
    ],
    [{ sequence: text, generate: { topP: 0 } }, 'generate.topP is 0; expected a number above 0, up to 1'],
    [{ sequence: text, generate: { seed: null } }, 'generate.seed is null; expected a whole number from 0'],
    [
      { sequence: text, generate: { beams: 2, temperature: 1 } },
      'generate asks for 2 beams at temperature 1; expected',
    ],
  ];
  test.each(bad)('refuses %j', (value, message) => {
    expect(() => parsePrompt(value)).toThrow(PromptError);
    expect(() => parsePrompt(value)).toThrow(message);
  });

  test('a key that JSON calls __proto__ is unknown too', () => {
    expect(() => readPromptJson('{"sequence": [{"text": "a"}], "__proto__": {}}')).toThrow('unknown key "__proto__"');
  });
});

describe('tokenise', () => {
  test('adds <BOS>, a token a picture, and <EOC>; white space at the ends does not matter', () => {
    const { ids, images } = tokenise(parsePrompt(fewShot), words);
    expect(ids).toEqual([101, 103, 3, 102, 103, 3, 102, 2, 103]);
    expect(images).toEqual(['a.png', 'b.png', 'q.png']);
    expect(tokenise({ sequence: [{ text: '  ' }, { text: '<EOC><EOC>' }] }, words).ids).toEqual([101, 102, 102]);
  });

  test('refuses what does not fit', () => {
    const check = (prompt: unknown, images: number, tokens: number) =>
      checkLimits(parsePrompt(prompt), words, { images, tokens });
    expect(() => check(fewShot, 3, 17)).not.toThrow();
    expect(() => check(fewShot, 2, 17)).toThrow('sequence holds 3 pictures; expected at most 2');
    expect(() => check(fewShot, 3, 16)).toThrow(
      'needs 9 tokens, and 8 more to generate or rank; expected at most 16 together',
    );
    const candidates = ['one two three four five six seven eight'];
    expect(() => check({ sequence: [{ text: 'a' }], candidates }, 0, 10)).toThrow('needs 2 tokens, and 9 more');
  });
});

describe('prompt files', () => {
  test('a JSON prompt, with or without a byte order mark', () => {
    expect(readPromptJson('\ufeff{"sequence": [{"text": "빵"}]}\r\n')).toEqual({ sequence: [{ text: '빵' }] });
  });

  test('malformed JSON names its line', () => {
    const text = '{"sequence": [\n  {"image": "a.png"}\n  {"text": "name :"}\n]}';
    const error = errorOf(() => readPromptJson(text));
    expect(error.message).toMatch('the prompt is not JSON: line 3, column 3: unexpected {"text": "name :"}');
    expect(error.line).toBe(3);
    expect(errorOf(() => readPromptJson('{"sequence": [')).message).toMatch('line 1, column 15: it ends too early');
    expect(errorOf(() => readPromptJson(' \n')).message).toMatch('is empty');
    expect(errorOf(() => readPromptJson('['.repeat(1e6))).line ?? 1).toBe(1);
  });

  test('a bad line of JSONL keeps its number and leaves the others alone', () => {
    const lines = readPromptLines('{"sequence": [{"text": "a"}]}\r\n\n{"sequence": [}\n{"sequence": []}\n');
    expect(lines.map(({ line }) => line)).toEqual([1, 3, 4]);
    expect(lines[0]).toEqual({ line: 1, prompt: { sequence: [{ text: 'a' }] } });
    expect(lines[1]).toMatchObject({ error: { message: expect.stringContaining('line 3, column 15') } });
    expect(lines[2]).toMatchObject({ error: { message: expect.stringContaining('sequence is empty') } });
    expect(() => readPromptLines('\n\n')).toThrow(PromptError);
  });

  test('finds an error in a text exactly when JSON.parse does', () => {
    const damaged = fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '0', '-', '.', 'e', '\n', 'null', '\\'))
      .map(
        ([json, at, piece]) => json.slice(0, at % (json.length + 1)) + piece + json.slice((at % (json.length + 1)) + 1),
      );
    fc.assert(
      fc.property(damaged, (text) => {
        expect(firstJsonError(text) === undefined).toBe(parses(text));
      }),
      { seed: 3, numRuns: 3000 },
    );
  });
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function errorOf(action: () => unknown): PromptError {
  try {
    action();
  } catch (error) {
    if (error instanceof PromptError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('a text of more tokens than a call takes arguments is counted, not a crash', () => {
  const asked = { ...words, encode: () => Array(300_000).fill(1) };
  expect(tokenise({ sequence: [{ text: 'a' }] }, asked).ids).toHaveLength(300_001);
  const prompt = { sequence: [{ text: 'a' }], candidates: Array(300_000).fill('b') };
  expect(() => checkLimits(prompt, words, { images: 1, tokens: 2 })).toThrow(PromptError);
});
