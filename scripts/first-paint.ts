import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Paint } from '../src/explorer/paint.ts';
import { type DemoScript, sceneOf } from '../src/explorer/scenes.ts';
import { firstPaint, sayDifference } from '../src/explorer/worker/first-paint.ts';
import { load, readPicture } from '../src/flamingo.ts';
import { writeWhole } from '../src/training/files.ts';
import { readArguments } from './arguments.ts';

const FILE = new URL('../src/explorer/first-paint.json', import.meta.url);
const USAGE = `Writes what the explorer shows before its weights have come, again after the weights or the demo changed.

    npm run first-paint [-- --check]

With --check it writes nothing, and ends with 1 where the file is not what the weights give.`;

const { values } = readArguments(USAGE, { options: { check: { type: 'boolean', default: false } } });
const demo = JSON.parse(await readFile(new URL('../examples/demo.json', import.meta.url), 'utf8')) as DemoScript;
const model = await load();
const paint = await firstPaint(model, demo.scenes.map(sceneOf), async (name) => {
  const place = new URL(`../examples/pictures/${name}.png`, import.meta.url);
  return readPicture(await readFile(place), `${name}.png`);
});
model.dispose();
if (values.check) {
  const difference = sayDifference(paint, JSON.parse(await readFile(FILE, 'utf8')) as Paint);
  console.log(
    difference
      ? `${fileURLToPath(FILE)}: ${difference}; run: npm run first-paint`
      : 'the paint is what the weights give',
  );
  process.exitCode = difference ? 1 : 0;
} else {
  await writeWhole(fileURLToPath(FILE), `${JSON.stringify(paint)}\n`);
  console.log(`${fileURLToPath(FILE)}: ${paint.scenes.map(({ views }) => views.answer.text).join(', ')}`);
}
