import type { Worded } from './worded.ts';

/** What is known of a named value without running anything. */
export interface TapEntry {
  /** Names of its axes, in order. */
  readonly dims: readonly string[];
  readonly equation: string;
  /** Where it stands: a section, figure or equation of the paper (arXiv 2204.14198), or another source. */
  readonly source: string;
  /** One sentence. */
  readonly gloss: Worded;
}

/** An entry with its axes separated by spaces. */
export function tapEntry(dims: string, equation: string, source: string, en: string, ko?: string): TapEntry {
  return { dims: dims.split(' '), equation, source, gloss: { en, ...(ko !== undefined && { ko }) } };
}
