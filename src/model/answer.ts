/** What the model says to a prompt, and what stood behind it. */

import type { GateValues } from '../runs/gates.ts';

export interface Answer {
  /** Generated text, without `<EOC>`, trimmed. */
  readonly text: string;
  /** The five likeliest first tokens. */
  readonly alternatives: readonly { readonly token: string; readonly probability: number }[];
  /** When the prompt asks for a ranking, in the prompt's order. */
  readonly candidates?: readonly RankedCandidate[];
  /** As they were used: an edit of a gate shows. */
  readonly gates: readonly GateValues[];
  /** Generated token ids, `<EOC>` included when it came. */
  readonly ids: readonly number[];
  /** Of the first generated token, before softmax: [vocabulary]. */
  readonly logits: Float32Array;
}

export interface RankedCandidate {
  readonly text: string;
  /** Sum of the natural log-probabilities of its tokens and `<EOC>`. */
  readonly logProbability: number;
  /** How many tokens, `<EOC>` included. */
  readonly tokens: number;
}
