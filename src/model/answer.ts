/** What the model says to a prompt, and what stood behind it. */

import { requireKinds } from '../files/kinds.ts';
import { without } from '../flamingo/generation/distribution.ts';
import { type LikelyToken, likeliest, percent, type Run } from '../runs/captured.ts';
import type { GateValues } from '../runs/gates.ts';
import type { TokenText } from '../runs/token-text.ts';
import { inspectedAs } from '../tensor/index.ts';

const ALTERNATIVES = 5;

/** What an answer is made of. */
export interface AnswerParts
  extends Pick<Answer, 'text' | 'ids' | 'gates' | 'run' | 'logits' | 'suppress' | 'temperature'> {
  readonly candidates?: readonly RankedCandidate[] | null;
  readonly likely?: readonly LikelyAnswer[];
  readonly words: Pick<TokenText, 'token'>;
}

/**
 * What the model says to a prompt.
 * @example
 * ```ts
 * const prompt = { sequence: [{ image: 'examples/pictures/panda.png' }, { text: 'name :' }] };
 * const answer = await model.answer(prompt);
 * console.log(answer.text, answer.top(3));
 * ```
 */
export class Answer {
  /** Generated text, without `<EOC>`, trimmed. */
  readonly text: string;
  /** The five likeliest first tokens, softmax(logits / temperature of the configuration). */
  readonly alternatives: readonly { readonly token: string; readonly probability: number }[];
  /** The likeliest whole answers, when they are asked for (`likely`), likeliest first. */
  declare readonly likely?: readonly LikelyAnswer[];
  /** When the prompt asks for a ranking, in the prompt's order. */
  declare readonly candidates?: readonly RankedCandidate[];
  /** The gates that were used: an edit of a gate shows. */
  readonly gates: readonly GateValues[];
  /** Generated token ids, `<EOC>` included when it came. */
  readonly ids: readonly number[];
  /** Scores of the first generated token, before softmax: [vocabulary]. */
  readonly logits: Float32Array;
  /** The reading of the prompt: what was captured on the way, and the first token. */
  readonly run: Run;
  /** Tokens that are never said: `<image>` and the like. */
  readonly suppress: readonly number[];
  /** The temperature of the probabilities that are shown. */
  readonly temperature: number;
  readonly #words: AnswerParts['words']; // no property: a worker can post what has no functions

  constructor(parts: AnswerParts) {
    requireKinds('Answer', { 'its parts': parts }, '{text,ids,gates,run,logits,suppress,temperature,words}');
    const { text, ids, gates, run, logits, candidates, likely, suppress, words } = parts;
    requireKinds('Answer', { text, ids, gates, run }, 'text wholes list {names,get}');
    requireKinds('Answer', { logits, suppress, words }, 'list wholes {token}');
    this.#words = words;
    this.logits = logits;
    this.suppress = suppress;
    this.temperature = parts.temperature;
    this.text = text;
    this.alternatives = this.top(ALTERNATIVES).map(({ token, probability }) => ({ token, probability }));
    if (likely) this.likely = likely;
    if (candidates) this.candidates = candidates;
    this.gates = gates;
    this.ids = ids;
    this.run = run;
  }

  /**
   * The likeliest first tokens of those that may be said, the likeliest first, as `alternatives`. `run.next.top` is the
   * same of all tokens, those that are never said too.
   *
   * @example
   * ```ts
   * const [first] = answer.top(1); // { id, token, probability }
   * ```
   *
   * @throws ArgumentError when `k` is not a whole number from 1
   */
  top(k = 5): LikelyToken[] {
    return likeliest(without(this.logits, this.suppress), k, this.#words, this.temperature);
  }

  /** The text, the likeliest first tokens, and the candidates. */
  toString(): string {
    const first = this.alternatives.map(({ token, probability }) => `${token} ${percent(probability)}`);
    const likely = (this.likely ?? []).map(
      ({ text, probability }) => `${JSON.stringify(text)} ${percent(probability)}`,
    );
    const ranked = (this.candidates ?? []).map(({ text, logProbability }) => `  ${text} ${logProbability.toFixed(3)}`);
    const gates = this.gates.map(({ attention, dense }) => `${attention.toFixed(3)} ${dense.toFixed(3)}`);
    return [
      `Answer ${JSON.stringify(this.text)}`,
      ...(likely.length > 0 ? [`likely: ${likely.join(', ')}`] : []),
      `first token: ${first.join(', ')}`,
      ...(ranked.length > 0 ? ['candidates, log-probabilities:', ...ranked] : []),
      `gates (attention dense): ${gates.join(', ')}`,
    ].join('\n');
  }
}
inspectedAs(Answer, (answer) => answer.toString());

/** A text that the model may answer with. */
export interface LikelyAnswer {
  readonly text: string;
  /** That the answer is this text and ends there, after the temperature of `config.json`. */
  readonly probability: number;
}

export interface RankedCandidate {
  readonly text: string;
  /** Sum of the natural log-probabilities of its tokens and `<EOC>`. */
  readonly logProbability: number;
  /** How many tokens, `<EOC>` included. */
  readonly tokens: number;
}
