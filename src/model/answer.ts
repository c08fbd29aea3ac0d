/** What the model says to a prompt, and what stood behind it. */

export interface Answer {
  /** Generated text, without `<EOC>`, trimmed. */
  readonly text: string;
  /** The five likeliest first tokens. */
  readonly alternatives: readonly { readonly token: string; readonly probability: number }[];
  /** When the prompt asks for a ranking, in the prompt's order. */
  readonly candidates?: readonly RankedCandidate[];
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

/** Signed tanh(alpha) of the two gates of one gated cross-attention block (Figure 4), `layer` from 0. */
export interface GateValues {
  readonly layer: number;
  readonly attention: number;
  readonly dense: number;
}
