import type { GenerateOptions } from '../../model/prompt.ts';

export interface GenerationOptions extends GenerateOptions {
  /** Ends a row: `<EOC>`. */
  readonly stop: number;
  /** Never generated. Default `<image>`: no picture would follow it, and OpenFlamingo's media mask breaks on it. */
  readonly suppress?: readonly number[];
  /** Beam search: score = log-probability / length ** lengthPenalty; above 0 favours long texts. Default 1. */
  readonly lengthPenalty?: number;
  /**
   * What length is: `generated` tokens, the stopping one included (transformers 4.57, the default), or the `whole`
   * row with prompt and padding, the stopping one left out (transformers 4.33). It can change which text wins.
   */
  readonly lengthRule?: 'generated' | 'whole';
}

/** What was generated for one row. */
export interface Generated {
  /** The stopping token included, when it came. */
  readonly ids: readonly number[];
  /** Sum of log-probabilities of these tokens. */
  readonly logProbability: number;
  /** What beam search ranks by; the log-probability otherwise. */
  readonly score: number;
  /** Of the first token, before anything was suppressed: [vocabulary]. */
  readonly firstLogits: Float32Array;
}
