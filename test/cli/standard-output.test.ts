/** A file that is standard output itself holds what the file holds, and nothing else that a command prints. */

import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { EXAMPLES } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'standard-output-'));
afterAll(() => rmSync(folder, { recursive: true }));
const [log, errors, link] = ['out', 'err', 'link'].map((name) => join(folder, name)) as [string, string, string];
symlinkSync('/dev/stdout', link);

const panda = ['--image', join(EXAMPLES, 'panda.png'), '--text', 'name :'];
const golden = fileURLToPath(new URL('../fixtures/goldens/lucidrains/resampler', import.meta.url));
const COMMANDS: readonly (readonly string[])[] = [
  ['report', ...panda, '--out', '/dev/stdout'],
  ['profile', ...panda, '--repeats', '1', '--out', link],
  ['gates', '--svg', log],
  ['describe', 'shipped', '--svg', '/dev/fd/1'],
  ['parity', '--cases', golden, '--json', '/proc/self/fd/1'],
];
/** Runs them all in one process, which takes most of the time to start. */
const PROGRAM = `
  const { run } = await import(${JSON.stringify(new URL('../../src/cli/program.ts', import.meta.url).href)});
  const { loadModel } = await import(${JSON.stringify(new URL('../../src/cli/load-model.ts', import.meta.url).href)});
  for (const argv of ${JSON.stringify(COMMANDS)}) {
    process.exitCode ||= await run(argv, {
      out: (text) => process.stdout.write(text),
      err: (text) => process.stderr.write(text),
      ...{ colours: false, colourBits: 0, columns: 100, openModel: loadModel, loadModel, exitCode: 0 },
    });
    process.stdout.write('\\n====\\n');
  }`;

it('is a whole file when it goes to a pipe or a file, and what else there is to say goes to standard error', () => {
  const streams = [log, errors].map((path) => openSync(path, 'w')) as [number, number];
  const how = ['--import', 'tsx', '--conditions=source', '--input-type=module', '-e', PROGRAM];
  execFileSync(process.execPath, how, { stdio: ['ignore', ...streams] });
  for (const stream of streams) closeSync(stream);
  const files = readFileSync(log, 'utf8').split('\n====\n');
  const [report, profile, gates, description, parity] = files.map((text) => text.trim()) as string[];
  expect(report).toMatch(/^<!doctype html>[\s\S]*<\/html>$/i);
  for (const svg of [profile, gates, description]) expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
  expect(JSON.parse(parity as string)).toBeTypeOf('object');
  const said = readFileSync(errors, 'utf8');
  for (const text of ['/dev/stdout (', link, '/dev/fd/1', 'device: simd']) expect(said).toContain(text);
});
