/** How text is generated. */

import { ArgumentError } from '../../tensor/errors.ts';
import { requireSignal } from '../../tensor/heed.ts';

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
  /** Of what is drawn at temperatures above 0: the same seed gives the same text. */
  readonly seed?: number;
}

type Rule = readonly [expected: string, allowed: (value: number) => boolean];

/** Below it, logits divided by a temperature leave the range of numbers. */
const LEAST_TEMPERATURE = 1e-6;

/** Each option of how text is generated: what is allowed, in words and as a test. */
export const GENERATE_RULES: Readonly<Record<keyof GenerateOptions, Rule>> = {
  maxTokens: ['a whole number from 1', (value) => Number.isSafeInteger(value) && value >= 1],
  beams: ['a whole number from 1 to 64', (value) => Number.isSafeInteger(value) && value >= 1 && value <= 64],
  temperature: [
    `0, or a number from ${LEAST_TEMPERATURE}`,
    (value) => Number.isFinite(value) && (value === 0 || value >= LEAST_TEMPERATURE),
  ],
  topK: ['a whole number from 1', (value) => Number.isSafeInteger(value) && value >= 1],
  topP: ['a number above 0, up to 1', (value) => value > 0 && value <= 1],
  seed: ['a whole number from 0', (value) => Number.isSafeInteger(value) && value >= 0],
};

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
  /** Ends the generation between two tokens, with its reason. */
  readonly signal?: AbortSignal | undefined;
}

export const GENERATION_OPTIONS =
  'maxTokens beams temperature topK topP seed stop suppress lengthPenalty lengthRule:generated|whole signal';

/** @throws ArgumentError for a value that `operation` cannot generate with */
export function requireGeneration(operation: string, options: GenerationOptions): void {
  const refuse = (key: string, value: unknown, expected: string): never => {
    throw new ArgumentError(operation, `${key} is ${String(value)}; expected ${expected}`);
  };
  for (const [key, [expected, allowed]] of Object.entries(GENERATE_RULES)) {
    const value: unknown = options[key as keyof GenerateOptions];
    if (value !== undefined && !(typeof value === 'number' && allowed(value))) refuse(key, value, expected);
  }
  const { beams = 1, temperature = 0, stop, suppress = [], lengthPenalty = 1 } = options;
  if (beams > 1 && temperature > 0) refuse('temperature', temperature, `0 with ${beams} beams`);
  requireSignal(operation, options.signal);
  if (!Number.isSafeInteger(stop)) refuse('stop', stop, "a token's id");
  if (!Array.isArray(suppress) || !suppress.every(Number.isSafeInteger)) refuse('suppress', suppress, "tokens' ids");
  if (!Number.isFinite(lengthPenalty)) refuse('lengthPenalty', lengthPenalty, 'a number');
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
