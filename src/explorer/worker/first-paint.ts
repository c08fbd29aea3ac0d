import type { Model } from '../../model/model.ts';
import { gateValues } from '../../runs/gates.ts';
import type { Paint } from '../paint.ts';
import type { Views, Want } from '../protocol.ts';
import { type Item, start } from '../state.ts';
import { Engine, type Pictures } from './engine.ts';

const WANTS: readonly Want[] = [
  { what: 'answer' },
  { what: 'figure' },
  { what: 'looked', token: null },
  { what: 'covered', image: null },
];

/** More digits than any number on the page has. */
const DIGITS = 6;

/** Everything that the figure shows of prompts nobody has changed yet. */
export async function firstPaint(model: Model, prompts: readonly Item[][], pictures: Pictures): Promise<Paint> {
  const engine = new Engine(model, pictures);
  const run = await model.run({ sequence: [{ text: 'name :' }] }, { capture: ['xattn.*.gate.*'] });
  const scenes: Paint['scenes'][number][] = [];
  for (const prompt of prompts) {
    const views: [string, Views[keyof Views]][] = [];
    for (const want of WANTS) views.push([want.what, await engine.view(start(prompt), want)]);
    scenes.push({ prompt, views: Object.fromEntries(views) as unknown as Paint['scenes'][number]['views'] });
  }
  const prepared = await model.prepare({ sequence: [{ image: await pictures(nameOf(prompts)) }] });
  const taps = prepared.taps.map(({ name }) => name);
  prepared.dispose();
  await engine.forget();
  const facts = { gates: gateValues(run), imageSize: model.config.preprocessing.size, limits: model.limits };
  return rounded({ facts, taps, scenes });
}

function nameOf(prompts: readonly Item[][]): string {
  const picture = prompts.flat().find((item): item is Extract<Item, { picture: string }> => 'picture' in item);
  return picture?.picture ?? '';
}

function rounded<T>(value: T): T {
  const shorten = (_: string, part: unknown): unknown =>
    typeof part === 'number' ? Number(part.toPrecision(DIGITS)) : part;
  return JSON.parse(JSON.stringify(value, shorten)) as T;
}
