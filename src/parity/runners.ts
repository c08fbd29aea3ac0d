import { clip } from './clip.ts';
import { flamingoMini } from './flamingo-mini.ts';
import { idefics } from './idefics.ts';
import { languageModel } from './language-model.ts';
import { gatedBlock, resampler } from './lucidrains.ts';
import { openFlamingo } from './open-flamingo.ts';
import type { CaseJson, CaseRunner } from './runner.ts';

/** Every kind of case that is a module; the first that matches runs it. */
export const runners: readonly CaseRunner[] = [
  clip,
  resampler,
  gatedBlock,
  languageModel,
  openFlamingo,
  flamingoMini,
  idefics,
];

export function runnerFor(json: CaseJson): CaseRunner | undefined {
  return runners.find((runner) => runner.matches(json));
}
