import { inBoth } from '../../runs/worded.ts';
import type { Language } from '../language.ts';

const EN = {
  opening: 'Glass Flamingo: a small Flamingo, trained from nothing, answers about pictures it never saw.',
  zeroShot: 'zero-shot',
  fewShot: 'few-shot',
  gates: 'How far each gate is open, tanh(alpha): 0 leaves the frozen language model alone',
  closing: (layer: number, gate: string): string =>
    `Now the ${gate} gate of layer ${layer} closes, step by step, and nothing else changes`,
  closingAll: 'Now all gates close together, step by step, and nothing else changes',
  closed: 'What comes from the pictures enters by the gates alone: a closed gate lets nothing of its block in.',
  again: (number: number, device: string): string => `${number}. once more on the gpu.js kernels: ${device}`,
  same: 'the same answer',
  other: (text: string): string => `another answer than before: ${text}`,
  took: (seconds: string, difference: string): string => `${seconds} s; largest difference of the logits ${difference}`,
  next: [
    ['Move every gate yourself, in a page:', 'GLASS explore'],
    ['What it knows, and what was held out:', 'GLASS names'],
    ['Your own picture:', 'GLASS ask --image yours.png --text "name :"'],
    ['Teach it two words (copy the file, change it):', 'GLASS ask --prompt OWN'],
  ],
} as const;

export const KO: Partial<Shape<typeof EN>> = {
  opening: 'Glass Flamingo: 처음부터 학습한 작은 Flamingo가 한 번도 보지 못한 그림에 답해요.',
  zeroShot: '제로샷 (예시 없음)',
  fewShot: '퓨샷 (예시 있음)',
  gates: '게이트마다 열린 정도, tanh(alpha): 0이면 얼려 둔 언어 모델이 혼자 말해요',
  closing: (layer, gate) => `이제 ${layer}번 층의 ${gate} 게이트만 조금씩 닫아요. 다른 것은 그대로예요`,
  closingAll: '이제 모든 게이트를 함께 조금씩 닫아요. 다른 것은 그대로예요',
  closed: '그림에서 온 정보는 게이트로만 들어와요. 닫힌 게이트는 자기 블록에서 아무것도 들여보내지 않아요.',
  again: (number, device) => `${number}. gpu.js 커널로 한 번 더: ${device}`,
  same: '같은 답이에요',
  other: (text) => `앞과 다른 답이에요. 앞의 답: ${text}`,
  took: (seconds, difference) => `${seconds}초, 로짓의 가장 큰 차이 ${difference}`,
  next: [
    ['게이트를 직접 움직여 보는 페이지:', 'GLASS explore --lang ko'],
    ['모델이 아는 것과 따로 뺀 것:', 'GLASS names --lang ko'],
    ['내 그림으로:', 'GLASS ask --image yours.png --text "이름 :" --lang ko'],
    ['새 낱말 두 개 가르치기 (파일을 복사해서 고치세요):', 'GLASS ask --prompt OWN --lang ko'],
  ],
};

/** The same keys, with other words. */
type Shape<T> = {
  readonly [K in keyof T]: T[K] extends string
    ? string
    : T[K] extends readonly unknown[]
      ? readonly (readonly [string, string])[]
      : T[K];
};

type DemoTexts = Shape<typeof EN>;

export const TEXTS: Readonly<Record<Language, DemoTexts>> = inBoth<DemoTexts>(EN, KO);
