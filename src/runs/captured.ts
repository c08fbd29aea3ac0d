/** What a run has seen, as plain values. */

import { requireKinds } from '../files/kinds.ts';
import { argmax, largest, logSoftmax, tempered } from '../flamingo/generation/distribution.ts';
import { requireWhole } from '../tensor/errors.ts';
import { format, inspectedAs } from '../tensor/index.ts';
import { nearestNames, TapError } from './patterns.ts';
import type { TapQuery } from './taps.ts';
import type { TokenText } from './token-text.ts';

/**
 * What passed a tap, or a gradient there.
 * @example
 * ```ts
 * const prompt = { sequence: [{ image: 'examples/pictures/panda.png' }, { text: 'name :' }] };
 * const run = await model.run(prompt, { capture: ['xattn.0.attention.weights'] });
 * const { dims, shape, data } = run.get('xattn.0.attention.weights');
 * ```
 */
export class Captured {
  readonly name: string;
  /** Names of the axes. */
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;

  constructor(captured: Omit<Captured, 'toString'>) {
    requireKinds('Captured', { 'what was captured': captured }, '{name,dims,shape,data}');
    const { name, dims, shape, data } = captured;
    requireKinds('Captured', { name, dims, shape, data }, 'text texts wholes list');
    this.name = name;
    this.dims = dims;
    this.shape = shape;
    this.data = data;
  }

  /** The name, the axes, and the values as rows; long axes are shortened. */
  toString(): string {
    const lines = format(this.data, this.shape, 'float32').split('\n');
    const rest = lines.length > MOST_LINES ? [`... ${lines.length - MOST_LINES} more lines`] : [];
    const shape = this.dims.map((axis, i) => `${axis} ${this.shape[i]}`).join(', ');
    return [`${this.name}: ${shape}`, ...lines.slice(0, MOST_LINES), ...rest].join('\n');
  }
}
inspectedAs(Captured, (captured) => captured.toString());

/** A token that may come next, and how likely it is. */
export interface LikelyToken {
  readonly id: number;
  /** As it stands in the vocabulary: `▁` or `Ġ` marks a space. */
  readonly token: string;
  /** 0 to 1. */
  readonly probability: number;
}

/** The `k` likeliest tokens, the likeliest first. @throws ArgumentError when `k` is not a whole number from 1 */
export function likeliest(
  logits: ArrayLike<number>,
  k: number,
  words: Pick<TokenText, 'token'>,
  temperature = 1,
): LikelyToken[] {
  requireWhole('top', 'k', k, 1);
  const logs = logSoftmax(tempered(logits, temperature));
  return largest(logs, Math.min(k, logs.length)).map((id) => ({
    id,
    token: words.token(id),
    probability: Math.exp(logs[id] as number),
  }));
}

/** What a next token is made of. */
export interface NextTokenParts extends Pick<NextToken, 'ids' | 'text' | 'piece' | 'logits'> {
  readonly words: Pick<TokenText, 'token' | 'temperature'>;
}

/**
 * What a run says of the token that comes next.
 * @example
 * ```ts
 * const prompt = { sequence: [{ image: 'examples/pictures/panda.png' }, { text: 'name :' }] };
 * const { next } = await model.run(prompt);
 * console.log(next?.top(5)); // id, token and probability of five
 * ```
 */
export class NextToken {
  /** The token taken: the likeliest, or a drawn one, of those that may be generated. */
  readonly id: number;
  /** As it stands in the vocabulary: `▁` or `Ġ` marks a space. */
  readonly token: string;
  /** All tokens generated so far, this one included. */
  readonly ids: readonly number[];
  /** Their text, trimmed, without `<EOC>`. */
  readonly text: string;
  /** What this token adds to the text: pieces one after another are the text. A letter of several tokens comes with its last. */
  readonly piece: string;
  /** Before softmax, nothing suppressed: [vocabulary]. */
  readonly logits: Float32Array;
  /** softmax(logits), the model's own: `top` shows them after the temperature of the configuration. */
  readonly probabilities: Float32Array;
  readonly #words: NextTokenParts['words']; // no property: a worker can post what has no functions

  constructor(parts: NextTokenParts) {
    requireKinds('NextToken', { 'the token': parts }, '{ids,text,piece,logits,words}');
    const { ids, text, piece, logits, words } = parts;
    requireKinds('NextToken', { ids, text, piece, logits, words }, 'wholes text text list {token}');
    this.id = ids.at(-1) as number;
    this.token = words.token(this.id);
    this.ids = ids;
    this.text = text;
    this.piece = piece;
    this.logits = logits;
    this.probabilities = Float32Array.from(logSoftmax(logits), Math.exp);
    this.#words = words;
  }

  /**
   * The likeliest tokens, the likeliest first, with probabilities as answers show them: softmax(logits / temperature of
   * the configuration).
   *
   * @throws ArgumentError when `k` is not a whole number from 1
   */
  top(k = 5): LikelyToken[] {
    return likeliest(this.logits, k, this.#words, this.#words.temperature);
  }

  toString(): string {
    const likely = this.top(5).map(({ token, probability }) => `${token} ${percent(probability)}`);
    return `next token: ${JSON.stringify(this.token)} (${likely.join(', ')})`;
  }
}
inspectedAs(NextToken, (next) => next.toString());

/**
 * The token after some logits.
 * @param before tokens generated before it
 * @param id the token taken; default the likeliest
 */
export function nextToken(
  logits: Float32Array,
  before: readonly number[],
  words: TokenText,
  id: number = argmax(logits),
): NextToken {
  const ids = [...before, id];
  const text = words.decode(ids);
  const piece = wholeLetters(text).slice(wholeLetters(words.decode(before)).length);
  return new NextToken({ ids, text, piece, logits, words });
}

/** Without the beginning of a letter whose bytes are not all there. */
const wholeLetters = (text: string): string => text.replace(/\ufffd+$/, '');

/** `98.8%` */
export const percent = (probability: number): string => `${(100 * probability).toFixed(1)}%`;

export interface RunResults {
  readonly values: ReadonlyMap<string, Captured>;
  readonly gradients?: ReadonlyMap<string, Captured>;
  readonly objective?: number | null;
  readonly next?: NextToken | null;
}

/**
 * One forward: a prompt that was read, or one token of what was generated after it.
 * @example
 * ```ts
 * const prompt = { sequence: [{ image: 'examples/pictures/panda.png' }, { text: 'name :' }] };
 * const run = await model.run(prompt, { capture: ['xattn.*.gate.*'] });
 * for (const name of run.names) console.log(run.get(name));
 * const slope = await model.run(prompt, { grad: { at: ['xattn.*.gate.*'], of: { logit: '<EOC>' } } });
 * for (const name of slope.gradientNames) console.log(slope.gradient(name));
 * ```
 */
export class Run {
  /** Null when the run stopped before the logits, when one of them is NaN or infinite, and for several rows. */
  readonly next: NextToken | null;
  /** The number whose gradients were asked for; null when none were, or it is not of this step. */
  readonly objective: number | null;
  private readonly values: ReadonlyMap<string, Captured>;
  private readonly gradients: ReadonlyMap<string, Captured>;

  constructor(results: RunResults) {
    requireKinds('Run', { 'its results': results }, '{values}');
    const { values, gradients = new Map(), objective = null, next = null } = results;
    requireKinds('Run', { values, gradients, next }, '{get,keys} {get,keys} {id,token}?');
    this.values = values;
    this.gradients = gradients;
    this.objective = objective;
    this.next = next;
  }

  /** What was captured, in the order in which it was computed. */
  get names(): string[] {
    return [...this.values.keys()];
  }

  /** What was captured at a tap. @throws TapError when nothing of that name was */
  get(name: TapQuery): Captured {
    return named(this.values, name, 'captured');
  }

  /** The next token and the first names with their shapes. */
  toString(): string {
    const shapes = [...this.values.values()].map(({ name, shape }) => `  ${name} [${shape.join(', ')}]`);
    const more = shapes.length > MOST_LINES ? [`  ... ${shapes.length - MOST_LINES} more: run.names`] : [];
    const captured = shapes.length > 0 ? [`captured ${shapes.length}:`, ...shapes.slice(0, MOST_LINES), ...more] : [];
    const derived = this.gradients.size > 0 ? [`gradients of ${this.objective}: ${this.gradients.size}`] : [];
    return [`Run; ${this.next ?? 'no next token'}`, ...captured, ...derived].join('\n');
  }

  /** At which taps there are gradients. */
  get gradientNames(): string[] {
    return [...this.gradients.keys()];
  }

  /** d objective / d value, of the value's shape. @throws TapError when it was not asked for there */
  gradient(name: TapQuery): Captured {
    return named(this.gradients, name, 'derived');
  }
}
inspectedAs(Run, (run) => run.toString());

/** What fits a screen with the lines around it. */
const MOST_LINES = 16;

function named(values: ReadonlyMap<string, Captured>, name: string, what: string): Captured {
  const found = values.get(name);
  if (!found) {
    const nearest = nearestNames(name, [...values.keys()]).join(', ');
    throw new TapError(`'${name}' was not ${what}; ${nearest ? `nearest of what was: ${nearest}` : 'nothing was'}`);
  }
  return found;
}

/**
 * Layers of which the run holds a tap: `layersOf(run, 'xattn', 'gate.attention')`, ascending.
 * @throws TapError when it holds none
 */
export function layersOf(run: Pick<Run, 'names' | 'get'>, part: string, role: string): number[] {
  const layers = run.names.flatMap((name) => {
    if (!name.startsWith(`${part}.`) || !name.endsWith(`.${role}`)) return [];
    const layer = name.slice(part.length + 1, -role.length - 1);
    return /^\d+$/.test(layer) ? [Number(layer)] : [];
  });
  if (layers.length === 0) run.get(`${part}.0.${role}`);
  return layers.sort((a, b) => a - b);
}
