// Writes what the explorer shows before its weights have come: `npm run first-paint`, again after the weights changed.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type DemoScript, itemsOf } from '../src/explorer/scenes.ts';
import { firstPaint } from '../src/explorer/worker/first-paint.ts';
import { load, readPicture } from '../src/flamingo.ts';

const FILE = new URL('../src/explorer/first-paint.json', import.meta.url);
const demo = JSON.parse(await readFile(new URL('../examples/demo.json', import.meta.url), 'utf8')) as DemoScript;
const model = await load();
const paint = await firstPaint(model, demo.scenes.map(itemsOf), async (name) => {
  const place = new URL(`../examples/pictures/${name}.png`, import.meta.url);
  return readPicture(await readFile(place), `${name}.png`);
});
await writeFile(FILE, `${JSON.stringify(paint)}\n`);
console.log(`${fileURLToPath(FILE)}: ${paint.scenes.map(({ views }) => views.answer.text).join(', ')}`);
model.dispose();
