/**
 * How fast a model answers that was just loaded: each contestant in a new process, its first forward and the mean of its first 20,
 * without loading. Engines compile what they run while they run it; that time counts.
 */

import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from '../src/flamingo.ts';
import type { Timed } from './measure.ts';
import { flamingoFile } from './onnx/flamingo.ts';
import { weightsOf } from './onnx/parts.ts';
import type { Bench, Row } from './results.ts';
import { ourSide, promptOf, shotsCase, TEXT_ONLY } from './shipped.ts';
import { peerVersions } from './with/peers.ts';

export const FIRST = 20;
export const firstCase = (name: string): string => `${name}: the first forward`;
export const meanCase = (name: string): string => `${name}: mean of the first ${FIRST}`;

const REPETITIONS = 3;
const CASES = [null, 4] as const;

/** What a process is told: whose forward, of which prompt, and where the others' files are. */
export interface ColdTask {
  readonly contestant: string;
  readonly shots: number | null;
  readonly model: string;
  readonly given: string;
}

export async function cold(bench: Bench): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-cold-'));
  const model = await load();
  const weights = await weightsOf(model.flamingo);
  const versions = peerVersions();
  const contestants = ['simd', ...['ORT-web', 'ORT-node'].filter((name) => versions.get(name))];
  const rows: Row[] = [];
  for (const shots of CASES) {
    const ours = await ourSide(model, promptOf(shots));
    const paths = { model: join(folder, 'model.onnx'), given: join(folder, 'given.json') };
    await writeFile(paths.model, flamingoFile(weights, model.config.model, shots === null));
    const { ids, pixels } = ours.given;
    await writeFile(
      paths.given,
      JSON.stringify({ ids, pixels: pixels && { ...pixels, data: Array.from(pixels.data) } }),
    );
    const found = new Map<string, Timed[][]>(contestants.map((name) => [name, []]));
    for (let i = 0; i < REPETITIONS; i++)
      for (const contestant of contestants) found.get(contestant)?.push(await runIn({ contestant, shots, ...paths }));
    const name = shots === null ? TEXT_ONLY : shotsCase(shots);
    rows.push(...rowsOf(firstCase(name), found, (times) => times[0] as Timed));
    rows.push(...rowsOf(meanCase(name), found, mean));
    bench.say(`  ${name}: measured in ${REPETITIONS * contestants.length} new processes`);
    ours.dispose();
  }
  await rm(folder, { recursive: true });
  return rows;
}

/** Milliseconds of each of the first forwards. @throws Error when the process fails */
function runIn(task: ColdTask): Promise<Timed[]> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('cold-process.ts', import.meta.url)), [JSON.stringify(task)]);
    let times: Timed[] | null = null;
    child.on('message', (message) => {
      times = message as Timed[];
    });
    child.on('error', reject);
    child.on('close', () =>
      times ? resolve(times) : reject(new Error(`the first forwards of ${task.contestant} failed`)),
    );
  });
}

function mean(times: readonly Timed[]): Timed {
  const of = (kind: keyof Timed): number => times.reduce((sum, time) => sum + time[kind], 0) / times.length;
  return { wall: of('wall'), cpu: of('cpu') };
}

function rowsOf(name: string, found: ReadonlyMap<string, Timed[][]>, one: (times: readonly Timed[]) => Timed): Row[] {
  return Array.from(found, ([contestant, processes]) => ({
    group: 'cold',
    case: name,
    contestant,
    work: 1,
    unit: 'forwards/s',
    error: contestant === 'simd' ? null : 0, // compared in the group `shipped`
    wall: processes.map((times) => one(times).wall),
    cpu: processes.map((times) => one(times).cpu),
  }));
}
