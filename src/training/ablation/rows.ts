/** The paper's ablations (Table 3, and one of Table 10), as far as a model of this size can repeat them. */

/** What a row does otherwise than the baseline. */
export interface AblationRow {
  /** One sentence, for people. */
  readonly does: string;
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
}

export const BASELINE = 'baseline';

/** By name, in the order of the paper's table. */
export const ABLATION_ROWS: Readonly<Record<string, AblationRow>> = {
  [BASELINE]: { does: 'as the shipped model is trained', paper: 70.7 },
  'no-interleaved': { does: 'without interleaved sequences: one picture each', paper: 53.4, pictures: 1 },
  'no-gating': { does: 'without tanh gating', paper: 66.5, gates: 'none' },
  'gates-open': { does: 'gates open at the start, alpha 1', paper: null, gates: 'open' },
  'vanilla-cross-attention': { does: 'cross-attention without the dense part', paper: 66.9, dense: false },
  'single-block': { does: 'a single block, in the middle', paper: 59.8, blocks: 'middle' },
  'every-second': { does: 'a block before every second layer', paper: 68.2, blocks: 2 },
  'mlp-resampler': { does: 'an MLP instead of the resampler', paper: 66.6, resampler: 'mlp' },
  'transformer-resampler': { does: 'a Transformer instead of the resampler', paper: 66.7, resampler: 'transformer' },
  'random-vision': { does: 'a vision encoder of random numbers', paper: null, vision: 'random' },
  'language-model-from-random': {
    does: 'the language model learns from random numbers',
    paper: 57.8,
    languageModel: 'random',
  },
  'language-model-unfrozen': {
    does: 'the pretrained language model learns too',
    paper: 62.7,
    languageModel: 'pretrained',
  },
  'all-previous': { does: 'text sees all previous pictures', paper: 63.5, attend: 'previous' },
};
