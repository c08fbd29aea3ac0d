/** What is taught in the page, and how far it has come. */

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { plainText } from '../../model/prompt/plain.ts';
import type { ToWorker, TrainView } from '../protocol.ts';
import type { Lesson, State, Teach } from '../state.ts';
import { hereStep, note, PICTURES, state } from './store.ts';

const SEED = 7;

/** One of each thing: `flamingo-2` is another picture of a flamingo. */
const LESSONS: readonly Lesson[] = PICTURES.filter((name) => !/-\d+$/.test(name)).map((name) => ({
  item: { picture: name },
  text: name,
}));

const FIRST: Teach = { lessons: LESSONS, alpha: 0, seed: SEED, steps: 0 };

/** What a state would teach. */
export const teachOf = ({ teach }: State): Teach => teach ?? FIRST;

/** What would be taught now. */
export const teach: ReadonlySignal<Teach> = computed(() => teachOf(state.value));

/** What is being taught; null before it began. */
export const taught: Signal<Teach | null> = signal(null);
export const training: Signal<TrainView | null> = signal(null);
/** All steps up to this one, for the lines of gates and loss. */
export const trail: Signal<readonly Pick<TrainView, 'step' | 'loss' | 'gates'>[]> = signal([]);

type Send = (message: ToWorker) => void;

export const fits = ({ lessons }: Teach): boolean =>
  lessons.length > 0 && lessons.every(({ text }) => plainText(text) !== '');

export function beginTraining(plan: Teach, steps: number, send: Send): void {
  const lessons = plan.lessons.map(({ item, text }) => ({ item, text: plainText(text) }));
  taught.value = { ...plan, lessons };
  training.value = null;
  trail.value = [];
  send({ do: 'train', command: { act: 'begin', plan: { lessons, alpha: plan.alpha, seed: plan.seed, steps } } });
}

export function hearTraining(now: TrainView): void {
  training.value = now;
  const before = trail.value.filter(({ step }) => step < now.step);
  trail.value = [...before, { step: now.step, loss: now.loss, gates: now.gates }];
  hereStep.value = now.step;
  if (!now.playing && isTaught()) note({ teach: { ...teach.value, steps: now.step } });
}

/** Tells whether what would be taught now is what is being taught. */
export const isTaught = (): boolean => isPlanOf(teach.value);

function isPlanOf(plan: Teach): boolean {
  const whole = ({ lessons, alpha, seed }: Teach): string =>
    JSON.stringify([lessons.map(({ item, text }) => [item, plainText(text)]), alpha, seed]);
  return taught.value !== null && whole(taught.value) === whole(plan);
}

/** A state that is gone back to, with the step at which the training is: undo takes back what was set, never what was learned. */
export function withTraining(next: State): State {
  const plan = teachOf(next);
  const steps = isPlanOf(plan) ? (training.value?.step ?? 0) : 0;
  return steps === plan.steps ? next : { ...next, teach: { ...plan, steps } };
}

export function forgetTraining(): void {
  taught.value = null;
  training.value = null;
  trail.value = [];
}
