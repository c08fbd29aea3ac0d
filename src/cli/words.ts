/** Words that several commands say. */

import { inBoth } from '../runs/worded.ts';
import type { Language } from './language.ts';

const EN = {
  answer: 'answer',
  likely: 'likely',
  firstToken: 'first token',
  ranking: 'ranking',
  gates: 'gates',
  change: 'change',
  before: 'before',
  after: 'after',
  nothing: '(nothing)',
  layer: 'layer',
  attention: 'attention',
  dense: 'dense',
  device: 'device',
  note: 'note',
  lowConfidence: (chance: string) => `(low confidence, ${chance}: more likely wrong than right)`,
  tokens: (count: number) => `${count} tokens`,
  trained: (value: string) => `(trained ${value})`,
  unknownQuestion: (asked: string, nearest: string | null) =>
    `'${asked}' is not a question that this model was trained on${nearest === null ? '' : `; the nearest is "${nearest}"`}. After a picture it knows`,
  eachKind: '(of every kind)',
  orTaught: 'or nothing at all, or what the prompt shows answers to. `glass-flamingo names` lists what it can name.',
};

export const KO: Partial<typeof EN> = {
  answer: '답',
  likely: '가능한 답',
  firstToken: '첫 토큰',
  ranking: '순위',
  gates: '게이트',
  change: '바꾼 것',
  before: '바꾸기 전',
  after: '바꾼 뒤',
  nothing: '(아무 말도 안 했어요)',
  layer: '층',
  attention: '어텐션',
  dense: '피드포워드',
  device: '장치',
  note: '알림',
  lowConfidence: (chance) => `(확신이 낮아요, ${chance}: 맞을 때보다 틀릴 때가 많아요)`,
  tokens: (count) => `토큰 ${count}개`,
  trained: (value) => `(학습된 값 ${value})`,
  unknownQuestion: (asked, nearest) =>
    `'${asked}': 모델이 학습한 질문이 아니에요.${nearest === null ? '' : ` 가장 가까운 질문은 "${nearest}".`} 그림 뒤에 쓸 수 있는 질문은`,
  eachKind: '(종류마다)',
  orTaught:
    '이거나, 아무것도 안 쓰거나, 프롬프트가 답을 보여 준 질문이에요. 이름을 아는 것은 `glass-flamingo names`가 보여 줘요.',
};

export const WORDS: Readonly<Record<Language, typeof EN>> = inBoth(EN, KO);
