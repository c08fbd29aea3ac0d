/** Random graphs on devices of this machine, for `npm run fuzz -- --graphs`. */

import { openDevice } from '../../src/tensor/index.ts';
import { describeGraph, problemOf } from '../../test/support/graphs/check.ts';
import { graphOf } from '../../test/support/graphs/generate.ts';

export interface GraphOptions {
  readonly seed: number;
  readonly cases: number;
  readonly devices: readonly string[];
}

/** How many graphs went wrong; each is printed. */
export async function fuzzGraphs({ seed, cases, devices }: GraphOptions): Promise<number> {
  let failures = 0;
  for (const name of devices) {
    const device = await openDevice(name);
    const start = performance.now();
    const every = Math.max(1, Math.ceil(cases / 10));
    for (let i = 0; i < cases; i++) {
      const graph = graphOf(seed + i);
      const problem = await problemOf(device, graph, 3e-6);
      if (problem !== null) {
        failures++;
        console.log(`\nFAILED on ${name}: ${problem}\n${describeGraph(graph)}`);
        console.log(`  again: npm run fuzz -- --graphs --seed ${seed + i} --cases 1 --device ${name}`);
      }
      if ((i + 1) % every === 0) console.log(`${name}: ${i + 1}/${cases} graphs (${failures} failed)`);
    }
    console.log(`${name}: ${cases} graphs, seeds ${seed} on, ${((performance.now() - start) / 1000).toFixed(0)} s`);
  }
  return failures;
}
