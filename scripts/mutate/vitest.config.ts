/**
 * How the tests of a broken copy run: those of the broken file's floor first, quick ones before slow ones, up to the first
 * failure. What happens goes to the parent process as messages.
 */

import { relative } from 'node:path';
import { defaultServerConditions } from 'vite';
import type { ViteUserConfig } from 'vitest/config';
import {
  BaseSequencer,
  type Reporter,
  type SerializedError,
  type TestModule,
  type TestSpecification,
} from 'vitest/node';
import { type Order, OUTSIDE, type Report } from './attempt.ts';

/** A file of tests that has not run yet may take this long: it goes before those that are known to be slow. */
const UNKNOWN_MS = 2000;

const { floor, times }: Order = JSON.parse(process.env.MUTATE_ORDER ?? '{"floor":"","times":{}}');
const path = (file: string): string => relative(process.cwd(), file);

class NearAndQuickFirst extends BaseSequencer {
  override async sort(tests: TestSpecification[]): Promise<TestSpecification[]> {
    const near = ({ moduleId }: TestSpecification): number => (path(moduleId).startsWith(`test/${floor}/`) ? 0 : 1);
    const time = ({ moduleId }: TestSpecification): number => times[path(moduleId)] ?? UNKNOWN_MS;
    return [...tests].sort((a, b) => near(a) - near(b) || time(a) - time(b));
  }
}

class Messages implements Reporter {
  private send(report: Report): void {
    process.send?.(report);
  }

  onTestCaseResult(): void {
    this.send({ kind: 'alive' });
  }

  onTestModuleEnd(module: TestModule): void {
    const { collectDuration, duration } = module.diagnostic();
    if (module.state() === 'passed')
      this.send({ kind: 'passed', test: path(module.moduleId), milliseconds: collectDuration + duration });
    if (module.state() === 'failed') this.send({ kind: 'failed', test: path(module.moduleId) });
  }

  onTestRunEnd(_: readonly TestModule[], errors: readonly SerializedError[]): void {
    if (errors.length > 0) this.send({ kind: 'failed', test: `${OUTSIDE}${errors[0]?.message}` });
  }
}

const config: ViteUserConfig = {
  cacheDir: '.vite',
  ssr: { resolve: { conditions: ['source', ...defaultServerConditions] } },
  test: {
    // The floors above are slow, and find what is wrong in these three later than their own tests do. Modules on gpu.js
    // repeat those on simd; its kernels have test/tensor/devices.test.ts.
    // What each refuses is tested together.
    include: ['test/{tensor,nn,files,flamingo,runs,parity}/**/*.test.ts', 'test/model/wrong-*.test.ts'],
    exclude: ['test/parity/modules-gpu-*.test.ts'],
    sequence: { sequencer: NearAndQuickFirst },
    reporters: [new Messages()],
    bail: 1,
    passWithNoTests: true,
    maxWorkers: '100%',
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
};

export default config;
