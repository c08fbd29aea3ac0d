import { clip } from './clip.ts';
import { gatedBlock, resampler } from './lucidrains.ts';
import type { CaseJson, CaseRunner } from './runner.ts';

/** Every kind of case that is a module; the first that matches runs it. */
export const runners: readonly CaseRunner[] = [clip, resampler, gatedBlock];

export function runnerFor(json: CaseJson): CaseRunner | undefined {
  return runners.find((runner) => runner.matches(json));
}
