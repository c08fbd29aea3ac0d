/** Work of many steps; `in-steps.ts` lets events in between them, in Node. */
export type InSteps<T> = Generator<void, T>;

/** Takes every step, one right after the other. */
export function atOnce<T>(work: InSteps<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
