import type { CaseJson, CaseRunner } from './runner.ts';

/** Every kind of case that is a module; the first that matches runs it. */
export const runners: readonly CaseRunner[] = [];

export function runnerFor(json: CaseJson): CaseRunner | undefined {
  return runners.find((runner) => runner.matches(json));
}
