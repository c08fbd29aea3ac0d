/** What is asked for by name: patterns of taps, and a listener that captures what they match. */

import { requireKinds } from '../files/kinds.ts';
import { type Tap, type TapListener, tapFor } from '../nn/index.ts';
import { shown } from '../tensor/errors.ts';
import { GlassFlamingoError, type Tensor } from '../tensor/index.ts';
import { editDistance } from '../tensor/options.ts';

/** Patterns that name no tap of the run. */
export class TapError extends GlassFlamingoError {
  override name = 'TapError';
}

/**
 * `*` is one segment of a name, `**` any number of them.
 * @param pattern `xattn.*.attention.weights`
 * @example
 * ```ts
 * matcher('xattn.*.gate.**')('xattn.0.gate.dense'); // true
 * ```
 */
export function matcher(pattern: string): (name: string) => boolean {
  requireKinds('matcher', { pattern }, 'text');
  const escaped = pattern
    .split('.')
    .filter((part, i, parts) => part !== '**' || parts[i - 1] !== '**')
    .map((part) => (part === '**' ? '**' : part.replace(/[\\^$+?()[\]{}|]/g, '\\$&').replace(/\*/g, '[^.]*')))
    .join('\\.')
    .replace(/(^|\\\.)\*\*(\\\.|$)/g, (_, before: string, after: string) => (before && after ? '(?:\\..*)?\\.' : '.*'));
  const expression = new RegExp(`^${escaped}$`, 's'); // names of files' tensors hold anything
  return (name) => expression.test(name);
}

/**
 * The names that any of the patterns matches, in the order of `names`.
 * @param patterns `*` is one segment of a name, `**` any number of them
 * @throws TapError when a pattern matches none of them, with the nearest
 * @example
 * ```ts
 * matchingNames(['xattn.*'], ['xattn.0', 'xattn.1', 'logits']); // the first two
 * ```
 */
export function matchingNames(patterns: readonly string[], names: readonly string[]): string[] {
  requireKinds('matchingNames', { patterns, names }, 'texts texts');
  const matches = patterns.map(matcher);
  const idle = patterns.filter((_, i) => !names.some((name) => matches[i]?.(name)));
  if (idle.length > 0) {
    const nearest = nearestNames(idle[0] as string, names);
    throw new TapError(`no tap matches '${idle.join("', '")}'; nearest: ${nearest.join(', ') || 'none fired'}`);
  }
  return names.filter((name) => matches.some((match) => match(name)));
}

/**
 * The one name that a pattern matches.
 * @param pattern a name, or a pattern that only one name matches
 * @param option that asks for it, for the message
 * @throws TapError when it matches none of `names`, with the nearest, or several
 * @example
 * ```ts
 * matchingName('log*', ['xattn.0', 'logits'], 'stopAfter'); // 'logits'
 * ```
 */
export function matchingName(pattern: unknown, names: readonly string[], option: string): string {
  requireKinds('matchingName', { names, option }, 'texts text');
  if (typeof pattern !== 'string') {
    const texts = Array.isArray(pattern) && pattern.every((each) => typeof each === 'string');
    throw new TapError(`${option} is ${texts ? JSON.stringify(pattern) : shown(pattern)}; expected a tap's name`);
  }
  const [name, ...others] = matchingNames([pattern], names) as [string, ...string[]];
  if (others.length > 0)
    throw new TapError(`${option} needs one tap; '${pattern}' matches ${others.length + 1}: ${name}, ${others[0]}, …`);
  return name;
}

/**
 * What one run captures: tensors by name, in the order in which they were computed.
 * @example
 * ```ts
 * const capture = new Capture(['attention.*']);
 * const head = new MultiHeadAttention({ device, random: new Random(1) }, 8, 1);
 * head.forward(ones(device, [1, 3, 8]), {}, capture.tap);
 * const weights = capture.values.get('attention.weights'); // [1, 1, 3, 3]
 * ```
 */
export class Capture implements TapListener {
  readonly values: Map<string, Tensor> = new Map();
  /** Every tap that fired, wanted or not. */
  readonly seen: Set<string> = new Set();
  readonly tap: Tap = tapFor(this);
  private readonly patterns: readonly string[];
  private readonly matches: readonly ((name: string) => boolean)[];

  /** @param patterns names, `*` for one segment and `**` for any number */
  constructor(patterns: readonly string[]) {
    requireKinds('Capture', { patterns }, 'texts');
    this.patterns = patterns;
    this.matches = patterns.map(matcher);
  }

  /** @param name of a value */
  wants(name: string): boolean {
    return this.matches.some((matches) => matches(name));
  }

  /**
   * @param name of the value
   * @param x the value as it was computed
   */
  pass(name: string, x: Tensor): Tensor {
    this.seen.add(name);
    if (this.wants(name)) this.values.set(name, x);
    return x;
  }

  /** @throws TapError when a pattern matched no tap, with the nearest names */
  check(): void {
    matchingNames(this.patterns, [...this.seen]);
  }
}

/**
 * The names most like a pattern, one of each kind: layers that differ only in their number count as one.
 * @param pattern a name or pattern that matches nothing
 * @param names that there are
 * @param count how many names are given at most; default 3
 * @example
 * ```ts
 * nearestNames('xatn.0', ['xattn.0', 'logits']); // 'xattn.0' comes first
 * ```
 */
export function nearestNames(pattern: string, names: readonly string[], count = 3): string[] {
  requireKinds('nearestNames', { pattern, names, count }, 'text texts whole');
  const segments = pattern.split('.');
  const ranked = names
    .map((name) => ({ name, distance: distance(segments, name.split('.')) }))
    .sort((a, b) => a.distance - b.distance);
  const kinds = new Map<string, string>();
  for (const { name } of ranked) {
    const kind = name.replace(/\d+/g, '*');
    if (!kinds.has(kind)) kinds.set(kind, name);
  }
  return [...kinds.values()].slice(0, count);
}

/** Edits between two lists of segments; one segment costs as much as the part of its letters that differs. */
function distance(a: readonly string[], b: readonly string[]): number {
  const replace = (x: string, y: string): number => {
    if (x === y || x === '*' || x === '**') return 0;
    return editDistance([...x], [...y], (p, q) => (p === q ? 0 : 1)) / Math.max(x.length, y.length);
  };
  return editDistance(a, b, replace);
}
