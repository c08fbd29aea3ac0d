/** How text is generated. */

/** Tokens that are generated when a prompt does not say how many. */
export const DEFAULT_MAX_TOKENS = 8;

/** How text is generated; what is left out is the model's default. */
export interface GenerateOptions {
  /** Tokens to generate at most. */
  readonly maxTokens?: number;
  /** Beams kept by beam search; 1 is greedy. */
  readonly beams?: number;
  /** 0 takes the likeliest token, 1 samples from the model's distribution. */
  readonly temperature?: number;
  /** Sample from the k likeliest tokens only. */
  readonly topK?: number;
  /** Sample from the likeliest tokens that hold this much probability together. */
  readonly topP?: number;
  readonly seed?: number;
}

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
