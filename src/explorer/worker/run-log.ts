/** The run that made the shipped weights: its gates at every step, and what the scenes got at some of them. */

import { gatesThroughTraining } from '../../inspect/training-log.ts';
import type { GateValues } from '../../runs/gates.ts';
import { GlassFlamingoError } from '../../tensor/errors.ts';
import type { RunView, Snapshot } from '../protocol.ts';

/** Beside the weights. */
export const LOG_FILE = 'training-log.jsonl';
export const SNAPSHOTS_FILE = 'snapshots.json';

/** A file beside the weights that is not what it should be. */
export class RunLogError extends GlassFlamingoError {
  override name = 'RunLogError';
}

/** What lies beside the weights. */
export interface Beside {
  /** A text; null where there is none. */
  text(name: string): Promise<string | null>;
  has(name: string): Promise<boolean>;
}

/** The trained part of a step. */
export const partOf = (step: number): string => `snapshots/${String(step).padStart(6, '0')}.safetensors`;

/** Steps whose trained part a shipped run keeps; a package leaves them all out. */
const KEPT = [20, 40, 80, 160, 400];

/**
 * A run of training as the page shows it.
 * @param shipped the gates of the weights themselves: they tell whether the log kept the signs
 * @throws ViewError, RunLogError for files that are not as training writes them
 */
export async function runView(beside: Beside, shipped: readonly GateValues[]): Promise<RunView> {
  const [log, answers] = [await beside.text(LOG_FILE), await beside.text(SNAPSHOTS_FILE)];
  const logged = log === null ? [] : gatesThroughTraining(log);
  const steps = Array.from(new Set(logged.map(({ step }) => step)));
  const gates = shipped.flatMap(({ layer }) =>
    (['attention', 'dense'] as const).map((gate) => ({
      layer,
      gate,
      values: logged.filter((one) => one.layer === layer && one.gate === gate).map(({ value }) => value),
    })),
  );
  const signed = logged.some(({ value }) => value < 0) || shipped.every((one) => one.attention >= 0 && one.dense >= 0);
  const snapshots = answers === null ? [] : snapshotsOf(answers);
  return { steps, gates, signed, snapshots, parts: await partsOf(beside, snapshots) };
}

async function partsOf(beside: Beside, snapshots: readonly Snapshot[]): Promise<number[]> {
  const parts: number[] = [];
  for (const step of KEPT.filter((kept) => snapshots.some((one) => one.step === kept))) {
    if (await beside.has(partOf(step))) parts.push(step);
    else if (parts.length === 0) break; // none was kept: no need to ask for the others
  }
  return parts;
}

/** `{ scenes: [title], snapshots: [{ step, answers: [{ text, alternatives: [{ token, probability }] }] }] }` */
function snapshotsOf(text: string): Snapshot[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {} // said below
  const { scenes, snapshots } = record(json, '');
  const titles = list(scenes, '.scenes').map(String);
  return list(snapshots, '.snapshots').map((entry, i) => {
    const { step, answers } = record(entry, `.snapshots[${i}]`);
    if (!Number.isInteger(step) || (step as number) < 0) throw wrong('a whole number', `.snapshots[${i}].step`);
    const told = list(answers, `.snapshots[${i}].answers`);
    return {
      step: step as number,
      scenes: titles.map((name, k) => sceneOf(name, told[k], `.snapshots[${i}].answers[${k}]`)),
    };
  });
}

function sceneOf(name: string, answer: unknown, where: string): Snapshot['scenes'][number] {
  const { text, alternatives } = record(answer, where);
  const top = list(alternatives, `${where}.alternatives`).map((one) => {
    const { token, probability } = record(one, `${where}.alternatives`);
    if (typeof token !== 'string' || typeof probability !== 'number')
      throw wrong('tokens with probabilities', `${where}.alternatives`);
    return { token, probability };
  });
  if (typeof text !== 'string' || top.length === 0) throw wrong('a text and alternatives', where);
  return { name, text, top };
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong('a list', where);
  return value;
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong('an object', where);
  return value as Record<string, unknown>;
}

const wrong = (expected: string, where = ''): RunLogError =>
  new RunLogError(`${SNAPSHOTS_FILE}${where} is not as it should be; expected ${expected}`);
