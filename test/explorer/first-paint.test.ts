import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type DemoScript, sceneOf } from '../../src/explorer/scenes.ts';
import { firstPaint, sayDifference } from '../../src/explorer/worker/first-paint.ts';
import { load } from '../../src/flamingo.ts';
import { buildExplorer, examplePicture, PAINT } from './support.ts';

const KIB = 1024;

it('paints what the shipped weights give; else: npm run first-paint', async () => {
  const demo = JSON.parse(await readFile(new URL('../../examples/demo.json', import.meta.url), 'utf8')) as DemoScript;
  const model = await load();
  const paint = await firstPaint(model, demo.scenes.map(sceneOf), examplePicture);
  expect(sayDifference(paint, PAINT)).toBeNull();
  const other = structuredClone(paint) as unknown as {
    scenes: { views: { answer: { top: { probability: number }[] } } }[];
  };
  const top = other.scenes[1]?.views.answer.top[0] as { probability: number };
  top.probability += 1e-3;
  expect(sayDifference(paint, other)).toMatch(/^paint\.scenes\.1\.views\.answer\.top\.0\.probability is [\d.]+, and/);
  model.dispose();
});

it('fits its budget: page 60 KB, worker 90 KB, compressed', async () => {
  const { folder, remove } = await buildExplorer();
  const size = async (names: readonly string[]): Promise<number> => {
    const sizes = await Promise.all(names.map(async (name) => gzipSync(await readFile(join(folder, name))).length));
    return sizes.reduce((a, b) => a + b, 0);
  };
  const assets = (await readdir(join(folder, 'assets'))).map((name) => join('assets', name));
  const named = (form: RegExp): string[] => assets.filter((name) => form.test(name));
  const [page, worker, kernels] = [named(/index/), named(/worker/), named(/\.wasm$/)];
  const korean = named(/korean/);
  const readers = assets.filter((name) => ![...page, ...worker, ...kernels, ...korean].includes(name));
  expect([worker.length, kernels.length, korean.length]).toEqual([1, 2, 1]);
  expect(await size(['index.html', ...page])).toBeLessThan(60 * KIB);
  expect(await size(worker)).toBeLessThan(90 * KIB);
  // The page loads one of the kernels, and the readers of one's own pictures and Korean errors after the model is open.
  for (const kernel of kernels) expect(await size([kernel])).toBeLessThan(10 * KIB);
  expect(await size(readers)).toBeLessThan(20 * KIB);
  expect(await size(korean)).toBeLessThan(9 * KIB);
  await remove();
});
