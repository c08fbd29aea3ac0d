/** What is taught in the page, and how far it has come. */

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ToWorker, TrainView } from '../protocol.ts';
import type { Lesson, Teach } from '../state.ts';
import { hereStep, note, PICTURES, state } from './store.ts';

const SEED = 7;

/** One of each thing: `flamingo-2` is another picture of a flamingo. */
const LESSONS: readonly Lesson[] = PICTURES.filter((name) => !/-\d+$/.test(name)).map((name) => ({
  item: { picture: name },
  text: name,
}));

const FIRST: Teach = { lessons: LESSONS, alpha: 0, seed: SEED, steps: 0 };

/** What would be taught now. */
export const teach: ReadonlySignal<Teach> = computed(() => state.value.teach ?? FIRST);

/** What is being taught; null before it began. */
export const taught: Signal<Teach | null> = signal(null);
export const training: Signal<TrainView | null> = signal(null);
/** All steps up to this one, for the lines of gates and loss. */
export const trail: Signal<readonly Pick<TrainView, 'step' | 'loss' | 'gates'>[]> = signal([]);

type Send = (message: ToWorker) => void;

/** Words as the tokenizer reads them, so that what the model says can be compared with them. */
const plain = (text: string): string => text.normalize('NFC').replace(/\s+/g, ' ').trim();

export const fits = ({ lessons }: Teach): boolean =>
  lessons.length > 0 && lessons.every(({ text }) => plain(text) !== '');

export function beginTraining(plan: Teach, steps: number, send: Send): void {
  const lessons = plan.lessons.map(({ item, text }) => ({ item, text: plain(text) }));
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
  if (!now.playing && taught.value && isTaught()) note({ teach: { ...taught.value, steps: now.step } });
}

/** Whether what would be taught now is what is being taught. */
export function isTaught(): boolean {
  const whole = ({ lessons, alpha, seed }: Teach): string =>
    JSON.stringify([lessons.map(({ item, text }) => [item, plain(text)]), alpha, seed]);
  return taught.value !== null && whole(taught.value) === whole(teach.value);
}

export function forgetTraining(): void {
  taught.value = null;
  training.value = null;
  trail.value = [];
}
