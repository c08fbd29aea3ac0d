import { GlassFlamingoError, type Tensor } from '../tensor/index.ts';

/**
 * A named door that a value passes: `x = tap('attention.weights', x)`. It returns x itself unless a run asks for it.
 * `at(prefix)` names the doors of a part of the model; `wants(name)` says whether it pays to compute a value that a
 * fused kernel would skip.
 */
export interface Tap {
  (name: string, x: Tensor): Tensor;
  at(prefix: string): Tap;
  wants(name: string): boolean;
}

/** The tap of a run in which nobody asked for anything. */
export const noTap: Tap = Object.assign((_name: string, x: Tensor): Tensor => x, {
  at: (): Tap => noTap,
  wants: (): boolean => false,
});

/** Patterns that name no tap of the run. */
export class TapError extends GlassFlamingoError {
  override name = 'TapError';
}

/** `*` is one segment of a name, `**` any number of them. */
export function matcher(pattern: string): (name: string) => boolean {
  const escaped = pattern
    .split('.')
    .map((part) => (part === '**' ? '**' : part.replace(/[\\^$+?()[\]{}|]/g, '\\$&').replace(/\*/g, '[^.]*')))
    .join('\\.')
    .replace(/(^|\\\.)\*\*(\\\.|$)/g, (_, before: string, after: string) => (before && after ? '(?:\\..*)?\\.' : '.*'));
  const expression = new RegExp(`^${escaped}$`);
  return (name) => expression.test(name);
}

/** What one run captures: tensors by name, in the order in which they were computed. */
export class Capture {
  readonly values: Map<string, Tensor> = new Map();
  /** Every tap that fired, wanted or not. */
  readonly seen: Set<string> = new Set();
  private readonly patterns: readonly string[];
  private readonly matches: readonly ((name: string) => boolean)[];

  constructor(patterns: readonly string[]) {
    this.patterns = patterns;
    this.matches = patterns.map(matcher);
  }

  /** The tap to hand to a model's forward. */
  get tap(): Tap {
    return this.under('');
  }

  /** @throws TapError when a pattern matched no tap, with the nearest names */
  check(): void {
    const idle = this.patterns.filter((_, i) => !Array.from(this.seen).some((name) => this.matches[i]?.(name)));
    if (idle.length === 0) return;
    const nearest = nearestNames(idle[0] as string, Array.from(this.seen));
    throw new TapError(`no tap matches '${idle.join("', '")}'; nearest: ${nearest.join(', ') || 'none fired'}`);
  }

  private wants(name: string): boolean {
    return this.matches.some((matches) => matches(name));
  }

  private under(prefix: string): Tap {
    const record = (name: string, x: Tensor): Tensor => {
      const whole = prefix + name;
      this.seen.add(whole);
      if (this.wants(whole)) this.values.set(whole, x);
      return x;
    };
    return Object.assign(record, {
      at: (part: string): Tap => this.under(`${prefix}${part}.`),
      wants: (name: string): boolean => this.wants(prefix + name),
    });
  }
}

/** Names by the number of segments they share with a pattern, then by length difference. */
function nearestNames(pattern: string, names: readonly string[], count = 3): string[] {
  const segments = new Set(pattern.split('.'));
  const score = (name: string): number =>
    name.split('.').filter((part) => segments.has(part)).length * 100 - Math.abs(name.length - pattern.length);
  return [...names].sort((a, b) => score(b) - score(a)).slice(0, count);
}
