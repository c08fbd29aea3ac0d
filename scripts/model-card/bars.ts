/** What the weights are held to, agreed on before they were trained. */

import type { Row } from '../../src/training/evaluation-rows.ts';

export interface Bar {
  readonly what: { readonly en: string; readonly ko: string };
  readonly row: Partial<Row>;
  readonly must: number;
  /** Null: the nearest neighbour on the model's own features. */
  readonly aim: number | null;
}

const word = (en: string, ko: string, row: Partial<Row>, must: number, aim: number | null = null): Bar => ({
  what: { en: `made-up word, ${en}`, ko: `새 낱말, ${ko}` },
  row: { task: 'binding', measure: 'rank', form: undefined, ...row },
  must,
  aim,
});
const asked = (en: string, ko: string, row: Partial<Row>, must: number, aim: number): Bar => ({
  what: { en, ko },
  row: { measure: 'greedy', form: undefined, shots: 0, ...row },
  must,
  aim,
});
const novel = { concepts: 'novel', style: 'held' } as const;

export const BARS: readonly Bar[] = [
  word(
    'novel, held style, 2 words, 1 shot',
    '새것, 처음 보는 화풍, 낱말 2개, 예시 1개',
    { ...novel, ways: 2, shots: 1 },
    0.87,
  ),
  word('same, 4 shots', '같은 조건, 예시 4개', { ...novel, ways: 2, shots: 4 }, 0.92),
  word('same, 3 words, 1 shot', '같은 조건, 낱말 3개, 예시 1개', { ...novel, ways: 3, shots: 1 }, 0.78),
  word(
    'seen things and style, 2 words',
    '본 것과 본 화풍, 낱말 2개',
    { concepts: 'seen', style: 'seen', ways: 2, shots: 1 },
    0.97,
    0.99,
  ),
  asked(
    'English name, seen style',
    '영어 이름, 본 화풍',
    { task: 'naming', language: 'en', style: 'seen' },
    0.93,
    0.97,
  ),
  asked(
    'Korean name, seen style',
    '한국어 이름, 본 화풍',
    { task: 'naming', language: 'ko', style: 'seen' },
    0.93,
    0.97,
  ),
  asked(
    'English name, held style',
    '영어 이름, 처음 보는 화풍',
    { task: 'naming', language: 'en', style: 'held' },
    0.43,
    0.6,
  ),
  asked(
    'Korean name, held style',
    '한국어 이름, 처음 보는 화풍',
    { task: 'naming', language: 'ko', style: 'held' },
    0.43,
    0.6,
  ),
  asked('kind, held style', '종류, 처음 보는 화풍', { task: 'kind', language: 'en', style: 'held' }, 0.68, 0.8),
  asked(
    'which question is meant, 1 shot, seen style',
    '무슨 질문인지, 예시 1개, 본 화풍',
    { task: 'induction', style: 'seen', shots: 1 },
    0.93,
    0.98,
  ),
  asked('same, held style', '같은 조건, 처음 보는 화풍', { task: 'induction', style: 'held', shots: 1 }, 0.6, 0.8),
];
