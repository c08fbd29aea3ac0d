import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { type DemoScript, itemsOf } from '../../src/explorer/scenes.ts';
import { firstPaint } from '../../src/explorer/worker/first-paint.ts';
import { load } from '../../src/flamingo.ts';
import { buildExplorer, examplePicture, PAINT } from './support.ts';

const KIB = 1024;

it('paints what the shipped weights give; else: npm run first-paint', async () => {
  const demo = JSON.parse(await readFile(new URL('../../examples/demo.json', import.meta.url), 'utf8')) as DemoScript;
  const model = await load();
  const paint = await firstPaint(model, demo.scenes.map(itemsOf), examplePicture);
  const numbers: [number, number][] = [];
  const shape = (value: unknown): string =>
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'number' && !Number.isInteger(part) ? '#' : part));
  const collect = (a: unknown, b: unknown): void => {
    if (typeof a === 'number') numbers.push([a, Number(b)]);
    else if (typeof a === 'object' && a !== null)
      for (const key of Object.keys(a)) collect((a as never)[key], (b as never)?.[key]);
  };
  collect(paint, PAINT);
  for (const [now, painted] of numbers) expect(Math.abs(now - painted)).toBeLessThan(2e-5 * Math.max(1, Math.abs(now)));
  expect(shape(PAINT).length).toBe(shape(paint).length);
  expect(PAINT.scenes.map(({ views }) => views.answer.text)).toEqual(
    paint.scenes.map(({ views }) => views.answer.text),
  );
  model.dispose();
});

it('fits its budget: page 60 KB, worker 140 KB, compressed', async () => {
  const folder = await buildExplorer();
  const size = async (...names: string[]): Promise<number> => {
    const sizes = await Promise.all(names.map(async (name) => gzipSync(await readFile(join(folder, name))).length));
    return sizes.reduce((a, b) => a + b, 0);
  };
  const assets = (await readdir(join(folder, 'assets'))).map((name) => join('assets', name));
  const worker = assets.filter((name) => /worker/.test(name));
  expect(worker).toHaveLength(1);
  expect(await size('index.html', ...assets.filter((name) => !worker.includes(name)))).toBeLessThan(60 * KIB);
  expect(await size(...worker)).toBeLessThan(140 * KIB);
  await rm(folder, { recursive: true, force: true });
});
