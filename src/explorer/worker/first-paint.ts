import type { Model } from '../../model/model.ts';
import { gateValues } from '../../runs/gates.ts';
import type { Paint } from '../paint.ts';
import type { Views } from '../protocol.ts';
import type { Scene } from '../scenes.ts';
import { type Item, start } from '../state.ts';
import { Engine, type OwnWant, type Pictures } from './engine.ts';

const WANTS: readonly OwnWant[] = [
  { what: 'answer' },
  { what: 'figure' },
  { what: 'looked', token: null },
  { what: 'covered', token: null, image: null },
];

/** More digits than any number on the page has. */
const DIGITS = 6;

/** Everything that the figure shows of prompts nobody has changed yet. */
export async function firstPaint(model: Model, given: readonly Scene[], pictures: Pictures): Promise<Paint> {
  const engine = new Engine(model, pictures);
  const run = await model.run({ sequence: [{ text: 'name :' }] }, { capture: ['xattn.*.gate.*'] });
  const scenes: Paint['scenes'][number][] = [];
  for (const { title, prompt } of given) {
    const views: [string, Views[keyof Views]][] = [];
    for (const want of WANTS) views.push([want.what, await engine.view(start(prompt), want)]);
    scenes.push({ title, prompt, views: Object.fromEntries(views) as unknown as Paint['scenes'][number]['views'] });
  }
  const prepared = await model.prepare({ sequence: [{ image: await pictures(nameOf(given)) }] });
  const taps = prepared.taps.map(({ name }) => name);
  prepared.dispose();
  await engine.forget();
  const facts = { gates: gateValues(run), imageSize: model.config.preprocessing.size, limits: model.limits };
  return rounded({ facts, taps, scenes });
}

function nameOf(given: readonly Scene[]): string {
  const items = given.flatMap(({ prompt }) => prompt);
  const picture = items.find((item): item is Extract<Item, { picture: string }> => 'picture' in item);
  return picture?.picture ?? '';
}

function rounded<T>(value: T): T {
  const shorten = (_: string, part: unknown): unknown =>
    typeof part === 'number' ? Number(part.toPrecision(DIGITS)) : part;
  return JSON.parse(JSON.stringify(value, shorten)) as T;
}

/** Rounding differs a little from engine to engine. */
const SLACK = 2e-5;

/** Where two paints first differ, in a sentence; null where they are the same but for rounding. */
export function sayDifference(now: unknown, painted: unknown, path = 'paint'): string | null {
  if (typeof now === 'number' && typeof painted === 'number') {
    const near = Math.abs(now - painted) <= SLACK * Math.max(1, Math.abs(now));
    return near ? null : `${path} is ${painted}, and the weights give ${now}`;
  }
  if (typeof now !== 'object' || now === null || typeof painted !== 'object' || painted === null)
    return now === painted
      ? null
      : `${path} is ${JSON.stringify(painted)}, and the weights give ${JSON.stringify(now)}`;
  const keys = new Set([...Object.keys(now), ...Object.keys(painted)]);
  for (const key of keys) {
    const found = sayDifference(now[key as never], painted[key as never], `${path}.${key}`);
    if (found) return found;
  }
  return null;
}
