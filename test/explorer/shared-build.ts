/** A folder for the explorer's page, which the files of tests build once between them: see `buildExplorer`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'explorer-'));
  process.env.EXPLORER_BUILD = folder; // workers inherit it
  project.onTestsRerun(() => rm(join(folder, 'page'), { recursive: true, force: true }));
  return () => rm(folder, { recursive: true, force: true });
}
