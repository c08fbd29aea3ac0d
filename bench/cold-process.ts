/** One contestant's first forwards, in this process; `cold.ts` starts it and is sent the times. */

import { readFile } from 'node:fs/promises';
import { type ColdTask, FIRST } from './cold.ts';
import type { Timed } from './measure.ts';

const task = JSON.parse(process.argv[2] as string) as ColdTask;
const forward = task.contestant === 'simd' ? await ours() : await theirs();
const times: Timed[] = [];
while (times.length < FIRST) {
  const [cpuBefore, wallBefore] = [process.cpuUsage(), performance.now()];
  await forward();
  const wall = performance.now() - wallBefore;
  const { user, system } = process.cpuUsage(cpuBefore);
  times.push({ wall, cpu: (user + system) / 1000 });
}
await new Promise((resolve) => process.send?.(times, undefined, undefined, resolve));
process.exit();

async function ours(): Promise<() => Promise<void>> {
  const [{ load }, { ourSide, promptOf }] = await Promise.all([import('../src/flamingo.ts'), import('./shipped.ts')]);
  const { forward } = await ourSide(await load(), promptOf(task.shots), { features: false });
  return async () => {
    const logits = forward();
    await logits.data();
    logits.dispose();
  };
}

async function theirs(): Promise<() => Promise<unknown>> {
  const [{ openPeers }, { feedsOf }] = await Promise.all([import('./with/peers.ts'), import('./shipped.ts')]);
  const peers = await openPeers(null, [task.contestant]);
  const ort = task.contestant === 'ORT-web' ? peers.onnxWeb : peers.onnxNode;
  if (!ort) throw new Error(`${task.contestant} is not installed`);
  const { ids, pixels } = JSON.parse(await readFile(task.given, 'utf8')) as {
    ids: number[];
    pixels: { data: number[]; shape: number[] } | null;
  };
  const feeds = feedsOf(ort, { ids, pixels: pixels && { ...pixels, data: Float32Array.from(pixels.data) } });
  const session = await ort.open(await readFile(task.model));
  return () => session.run(feeds);
}
