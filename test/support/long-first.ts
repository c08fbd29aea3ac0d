import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Files that take longest, as they are on a machine that has not run them yet; vitest would begin with the largest. */
const LONG =
  /\/test\/(explorer\/(explorer|lenses|accessible|failures|training)|fuzz\/|training\/(threads|from-weights)|cli\/(tune|languages|report|parity-mistakes|notebook)|tensor\/graphs)/;

/** Begins with what is long, so that no worker is left with it at the end. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    // Files of one project stay together: they share workers. Those that have a process of their own go first.
    const projects = [...new Set(sorted.map(({ project }) => project))].sort(
      (a, b) => Number(b.name === 'alone') - Number(a.name === 'alone'),
    );
    return projects.flatMap((project) => {
      const own = sorted.filter((file) => file.project === project);
      const [long, short] = [true, false].map((wanted) => own.filter(({ moduleId }) => LONG.test(moduleId) === wanted));
      return [...(long ?? []), ...(short ?? [])];
    });
  }
}
