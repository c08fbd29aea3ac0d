import { copyFile, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHIPPED_LIMITS } from '../../../src/model/prompt.ts';
import { answersByQuestion } from '../../../src/training/own/evaluate-own.ts';
import { holdBack } from '../../../src/training/own/hold-back.ts';
import { movedParts } from '../../../src/training/own/moved.ts';
import { OwnDataError, type OwnText, readOwnData } from '../../../src/training/own/own-data.ts';
import { EXAMPLES } from '../../cli/support.ts';
import { tokenizer } from '../data/fixtures.ts';

const reader = { tokenizer, limits: SHIPPED_LIMITS };
const { bos, eoc, image } = tokenizer.special;

async function folderWith(lines: readonly unknown[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'own-'));
  await copyFile(join(EXAMPLES, 'panda.png'), join(folder, 'a.png'));
  await copyFile(join(EXAMPLES, 'cactus.png'), join(folder, 'b.png'));
  await writeFile(join(folder, 'not.png'), 'not a picture');
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  await writeFile(join(folder, 'train.jsonl'), text.join('\n'));
  return join(folder, 'train.jsonl');
}

const asked = { sequence: [{ image: 'a.png' }, { text: 'name :' }, { text: 'fox<EOC>' }] };

describe('readOwnData', () => {
  it('learns what ends with <EOC>, asks what does not, and keeps each picture once', async () => {
    const few = [{ image: 'b.png' }, { text: 'fox<EOC>' }, { image: 'a.png' }, { text: 'fox<EOC> name :' }];
    const file = await folderWith([asked, { sequence: [...few, { text: 'cat <EOC>' }], candidates: ['cat', 'fox'] }]);
    const { files, pictures } = await readOwnData([file], reader);
    const [first, second] = files[0] as [OwnText, OwnText];
    const name = tokenizer.encode('name :');
    const [fox, cat] = [tokenizer.encode('fox'), tokenizer.encode('cat')];
    expect(first).toMatchObject({
      line: 1,
      ids: [bos, image, ...name, ...fox, eoc],
      weights: [0, 0, ...name.map(() => 0), ...fox.map(() => 1), 1],
      pictures: [0],
      answerAt: 2 + name.length,
      answer: 'fox',
      question: 'name :',
      candidates: null,
    });
    expect(second).toMatchObject({
      pictures: [1, 0],
      answer: 'cat',
      question: 'name :',
      candidates: ['cat', 'fox'],
    });
    expect(second.ids.slice(second.answerAt)).toEqual([...cat, eoc]);
    expect(second.weights.filter((weight) => weight === 1)).toHaveLength(2 * fox.length + cat.length + 3);
    expect(pictures.map(({ path }) => path.slice(-5))).toEqual(['a.png', 'b.png']);
  });

  it('lists every bad line with its number, and uses none', async () => {
    const answer = { text: 'fox<EOC>' };
    const file = await folderWith([
      asked,
      '{"sequence": [',
      { sequence: [{ image: 'none.png' }, answer] },
      { sequence: [{ image: 'not.png' }, answer] },
      { sequence: [{ image: 'a.png' }, { text: 'fox' }] },
      { sequence: [answer] },
      { sequence: [...Array.from({ length: 10 }, () => ({ image: 'a.png' })), answer] },
      { sequence: [{ image: 'a.png' }, { text: `${'fox '.repeat(100)}<EOC>` }] },
      { sequence: [{ image: 'a.png' }, answer], candidates: ['cat'] },
      { sequence: [{ image: 'a.png' }, answer], generate: { maxTokens: 3 } },
      { sequence: [{ image: 'a.png' }, { text: '<EOC>' }] },
      { pictures: ['a.png'] },
      { sequence: [{ image: `data:text/plain,${'word'.repeat(99)}` }, answer] },
    ]);
    const error = await readOwnData([file], reader).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(OwnDataError);
    const wrong = [
      /^2: .*is not JSON/,
      /^3: .*none\.png does not exist/,
      /^4: .*not\.png/,
      /^5: sequence\[1\] is not an answer; expected a text that ends with <EOC>/,
      /^6: sequence holds no picture/,
      /^7: sequence holds 10 pictures; expected at most 9/,
      /^8: the line has \d+ tokens; expected at most 96/,
      /^9: candidates does not hold the answer "fox"/,
      /^10: generate has no use here/,
      /^11: sequence\[1\] is an empty answer/,
      /^12: the prompt has the unknown key "pictures"/,
      /^13: data:text\/plain is text, not a picture/,
    ];
    const { problems, message } = error as OwnDataError;
    expect(problems).toHaveLength(wrong.length);
    for (const [i, pattern] of wrong.entries()) expect(problems[i]?.slice(file.length + 1)).toMatch(pattern);
    expect(message).toMatch(/^12 lines cannot be used; nothing was started:\n/);
  });
});

describe('holdBack', () => {
  const text = (question: string, answer: string, ...pictures: number[]): OwnText =>
    ({ question, answer, pictures, ids: [], weights: [], line: 1, answerAt: 0, candidates: null }) as OwnText;

  it('holds one picture in five of each answer, in every language at once, and shows none of them in training', () => {
    const texts = [0, 1, 2, 3, 4].flatMap((i) => [
      text('name :', 'momo', i),
      text('이름 :', '모모', i),
      text('name :', 'zuzu', 10 + i),
      text('name :', 'zuzu', i, 10 + i),
    ]);
    const { train, held, dropped } = holdBack(texts, 1);
    const shown = new Set(held.map(({ pictures }) => pictures.at(-1)));
    expect(shown.size).toBe(2);
    expect(held).toHaveLength(4);
    expect(train.filter(({ pictures }) => pictures.some((picture) => shown.has(picture)))).toEqual([]);
    expect(train.length + held.length + dropped.length).toBe(20);
    expect(holdBack(texts, 1)).toEqual({ train, held, dropped });
  });

  it('says what to do where there are too few', () => {
    expect(() => holdBack([text('', 'momo', 0), text('', 'zuzu', 1)], 1)).toThrow('--eval');
  });
});

it('counts what moved, part by part', () => {
  const before = new Map([
    ['resampler.latents', [3, 4]],
    ['crossAttention.0.attentionGate', [0]],
    ['languageModel.embedding.weight', [1, 1, 1, 1]],
  ]);
  const after = new Map([
    ['resampler.latents', [3, 5]],
    ['crossAttention.0.attentionGate', [0.5]],
    ['languageModel.embedding.weight', [1, 1, 1, 3]],
  ]);
  expect(movedParts(before, after, [1], 2)).toEqual([
    { part: 'resampler', parameters: 2, changed: 1, relative: 0.2 },
    { part: 'crossAttention.0.gates', parameters: 1, changed: 1, relative: null },
    { part: 'languageModel.embedding', parameters: 2, changed: 0, relative: 0 },
    { part: 'embeddings of <image> and <EOC>', parameters: 2, changed: 1, relative: Math.SQRT2 },
  ]);
});

it('lets a line choose among the answers that others give to its question', () => {
  const texts = [
    { question: 'name :', answer: 'momo' },
    { question: '이름 :', answer: '모모' },
    { question: 'name :', answer: 'zuzu' },
    { question: 'name :', answer: 'momo' },
  ] as OwnText[];
  expect(answersByQuestion(texts).get('name :')).toEqual(['momo', 'zuzu']);
});
