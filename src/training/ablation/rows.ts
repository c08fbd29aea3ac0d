import type { Worded } from '../../runs/worded.ts';
import { MIXTURES, type Mixture } from '../mixture.ts';

/** The paper's ablations (Table 3, and one of Table 10), as far as a model of this size can repeat them. */

/** What a row does otherwise than the baseline. */
export interface AblationRow {
  /** A few words, for people. */
  readonly does: Worded;
  /** The paper's overall score of its row (Flamingo-3B; its baseline has 70.7); null where it has no such row. */
  readonly paper: number | null;
  /** A block before every so many layers; `middle` is a single one, before the layer in the middle. */
  readonly blocks?: number | 'middle';
  /** `none`: tanh(alpha) is 1 and does not learn. `open`: alpha begins at 1. */
  readonly gates?: 'none' | 'open';
  /** False: the dense part of the blocks is left out. */
  readonly dense?: boolean;
  readonly resampler?: 'mlp' | 'transformer';
  readonly attend?: 'previous';
  /** The language model learns too, from what it is or from random numbers. */
  readonly languageModel?: 'pretrained' | 'random';
  /** The vision encoder is drawn at random, and frozen. */
  readonly vision?: 'random';
  /** Pictures of a training sequence, at most; 1: pairs of a picture and a text. */
  readonly pictures?: number;
  /** Binding and questions are put together otherwise than by drawing. */
  readonly mixture?: Mixture;
}

export const BASELINE = 'baseline';

/** By name, in the order of the paper's table. */
export const ABLATION_ROWS: Readonly<Record<string, AblationRow>> = {
  [BASELINE]: { does: { en: 'as the shipped model is trained', ko: '실린 모델처럼 학습' }, paper: 70.7 },
  accumulated: {
    does: {
      en: 'gradients of binding and of questions accumulated, each with its weight, as in section 2.4',
      ko: '2.4절처럼 묶기와 질문의 기울기를 가중치대로 더해서',
    },
    paper: null,
    mixture: MIXTURES.accumulate,
  },
  'round-robin': {
    does: { en: 'a step of binding, then one of questions, in turn', ko: '한 스텝은 묶기, 다음 스텝은 질문, 번갈아' },
    paper: null,
    mixture: MIXTURES['round-robin'],
  },
  'no-interleaved': {
    does: { en: 'without interleaved sequences: one picture each', ko: '번갈아 섞인 시퀀스 없이, 그림 하나씩' },
    paper: 53.4,
    pictures: 1,
  },
  'no-gating': { does: { en: 'without tanh gating', ko: 'tanh 게이트 없이' }, paper: 66.5, gates: 'none' },
  'gates-open': {
    does: { en: 'gates open at the start, alpha 1', ko: '처음부터 열린 게이트, 알파 1' },
    paper: null,
    gates: 'open',
  },
  'vanilla-cross-attention': {
    does: { en: 'cross-attention without the dense part', ko: '피드포워드가 없는 크로스 어텐션' },
    paper: 66.9,
    dense: false,
  },
  'single-block': {
    does: { en: 'a single block, in the middle', ko: '가운데에 블록 하나만' },
    paper: 59.8,
    blocks: 'middle',
  },
  'every-second': {
    does: { en: 'a block before every second layer', ko: '두 층마다 블록 하나' },
    paper: 68.2,
    blocks: 2,
  },
  'mlp-resampler': {
    does: { en: 'an MLP instead of the resampler', ko: '리샘플러 대신 MLP' },
    paper: 66.6,
    resampler: 'mlp',
  },
  'transformer-resampler': {
    does: { en: 'a Transformer instead of the resampler', ko: '리샘플러 대신 트랜스포머' },
    paper: 66.7,
    resampler: 'transformer',
  },
  'random-vision': {
    does: { en: 'a vision encoder of random numbers', ko: '난수로 된 비전 인코더' },
    paper: null,
    vision: 'random',
  },
  'language-model-from-random': {
    does: { en: 'the language model learns from random numbers', ko: '난수에서 배우는 언어 모델' },
    paper: 57.8,
    languageModel: 'random',
  },
  'language-model-unfrozen': {
    does: { en: 'the pretrained language model learns too', ko: '얼리지 않고 함께 배우는 언어 모델' },
    paper: 62.7,
    languageModel: 'pretrained',
  },
  'all-previous': {
    does: { en: 'text sees all previous pictures', ko: '글이 앞선 그림을 모두 봄' },
    paper: 63.5,
    attend: 'previous',
  },
};
