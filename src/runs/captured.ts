/** What a run has seen, as plain values. */

import { nearestNames, TapError } from '../nn/index.ts';
import type { TapQuery } from './taps.ts';

/** What passed a tap, or a gradient there. */
export interface Captured {
  readonly name: string;
  /** Names of the axes. */
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

/** What a run says of the token that comes next. */
export interface NextToken {
  /** The token taken: the likeliest, or a drawn one, of those that may be generated. */
  readonly id: number;
  readonly token: string;
  /** All tokens generated so far, this one included. */
  readonly ids: readonly number[];
  /** Their text, trimmed, without `<EOC>`. */
  readonly text: string;
  /** Before softmax, nothing suppressed: [vocabulary]. */
  readonly logits: Float32Array;
  /** softmax(logits). */
  readonly probabilities: Float32Array;
}

export interface RunResults {
  readonly values: ReadonlyMap<string, Captured>;
  readonly gradients?: ReadonlyMap<string, Captured>;
  readonly objective?: number | null;
  readonly next?: NextToken | null;
}

/** One forward: a prompt that was read, or one token of what was generated after it. */
export class Run {
  /** Null when the run stopped before the logits, when one of them is NaN or infinite, and for several rows. */
  readonly next: NextToken | null;
  /** The number whose gradients were asked for; null when none were, or it is not of this step. */
  readonly objective: number | null;
  private readonly values: ReadonlyMap<string, Captured>;
  private readonly gradients: ReadonlyMap<string, Captured>;

  constructor({ values, gradients = new Map(), objective = null, next = null }: RunResults) {
    this.values = values;
    this.gradients = gradients;
    this.objective = objective;
    this.next = next;
  }

  /** What was captured, in the order in which it was computed. */
  get names(): string[] {
    return [...this.values.keys()];
  }

  /** @throws TapError when nothing of that name was captured */
  get(name: TapQuery): Captured {
    return named(this.values, name, 'captured');
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
