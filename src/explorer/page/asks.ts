/** What the worker is asked, when, and what is done with what it says. */

import { type Signal, signal } from '@preact/signals';
import type { Paint } from '../paint.ts';
import type { AuditWant, FromWorker, Lane, Problem, View, Want } from '../protocol.ts';
import { type Request, untouched } from '../state.ts';
import { type Client, startWorker } from './client.ts';
import { saidOf } from './problem.tsx';
import {
  engine,
  type Found,
  found,
  keyOf,
  later,
  milliseconds,
  notice,
  openState,
  PICTURES,
  problems,
  requestKey,
  requestOf,
  state,
} from './store.ts';
import { beginTraining, forgetTraining, hearTraining, isTaught, teachOf, training, withTraining } from './teach.ts';

let client: Client | null = null;
let seq = 0;

/** Opens the page with what its link says, and the worker. */
export function open(paint: Paint): void {
  openState(paint, schedule, withTraining);
  connect();
  addEventListener('hashchange', () => {
    const same = isTaught() && training.value?.step === teachOf(state.value).steps;
    if (engine.value.is === 'ready' && !same) resumeTraining();
  });
  setInterval(listenForSilence, SILENCE / 6);
}

let asked = '';

/** Live at once, panels after a rest, what takes many runs after a longer one. */
function schedule(): void {
  if (engine.value.is !== 'ready') return;
  if (asked !== requestKey.value) {
    asked = requestKey.value;
    ask('live', LIVE);
  }
  sayWhetherSettled();
  later('panel', 120, () => ask('panel', panelWants()));
  later('background', 400, () => ask('background', backgroundWants()));
}

function panelWants(): Want[] {
  const { at, token, lens, hide, b } = state.value;
  const wants: Want[] = [];
  if (!hide.includes('looked')) wants.push({ what: 'looked', token });
  if (at && 'room' in at) wants.push({ what: 'room', room: at.room, token });
  if (at && 'tap' in at) wants.push({ what: 'tap', name: at.tap, cell: at.cell ?? null });
  if (lens === 'compare') wants.push({ what: 'compare', b: b ?? untouched(state.value) });
  if (lens === 'training' || lens === 'compare') wants.push({ what: 'run' });
  return wants;
}

function backgroundWants(): Want[] {
  const { hide, prompt, token, image } = state.value;
  return hide.includes('looked') || !prompt.some((item) => !('text' in item))
    ? []
    : [{ what: 'covered', token, image }];
}

/** Tells the words of a want apart: what was found for another token is not an answer. The run is the same for all. */
const wantKey = (want: Want, key: string): string =>
  want.what === 'run' ? 'run' : `${key} ${JSON.stringify(want)}${want.what === 'compare' ? keyOf(want.b) : ''}`;

const current = new Map<string, string>();

function ask(lane: Lane, wants: readonly Want[]): void {
  const key = requestKey.value;
  const missing = wants.filter((want) => lane === 'live' || current.get(want.what) !== wantKey(want, key));
  if (missing.length === 0 || !client) return;
  seq++;
  pending.set(seq, key);
  client.ask({ seq, lane, request: requestOf(state.value), wants: missing });
}

const pending = new Map<number, string>();
const shown = new Map<string, number>();

/** True if the worker has said nothing for so long that it may have died: a browser does not always tell. */
export const silent: Signal<boolean> = signal(false);
const SILENCE = 30_000;
let heard = 0;

function listenForSilence(): void {
  const waiting = engine.value.is === 'loading' || document.documentElement.dataset.settled === 'false';
  if (waiting && engine.value.is !== 'broken' && performance.now() - heard > SILENCE) silent.value = true;
}

function hear(message: FromWorker): void {
  heard = performance.now();
  silent.value = false;
  if (message.is === 'progress') engine.value = { is: 'loading', loaded: message.loaded, all: message.all };
  if (message.is === 'broken') engine.value = { is: 'broken', problem: message.problem };
  if (message.is === 'opened') {
    engine.value = { is: 'ready', facts: message };
    keepPictures();
    asked = '';
    schedule();
    resumeTraining();
  }
  if (message.is === 'part' || message.is === 'failed') hearPart(message);
  if (message.is === 'shrunk') waitingFiles.get(message.id)?.resolve(message.own);
  if (message.is === 'unreadable') waitingFiles.get(message.id)?.reject(errorOf(message.problem));
  if (message.is === 'audited') waitingAudits.get(message.id)?.(message);
  if (message.is === 'trained') {
    hearTraining(message);
    schedule();
  }
  if (message.is === 'untrained') notice.value = saidOf(message.problem);
}

const errorOf = ({ message, ...told }: Problem): Error => Object.assign(new Error(message), told);

const images: HTMLImageElement[] = [];

/** So that all pictures can be shown without a network. */
function keepPictures(): void {
  if (images.length > 0) return;
  for (const name of PICTURES) {
    const image = new Image();
    image.src = `pictures/${name}.png`;
    images.push(image);
  }
}

function hearPart(message: Extract<FromWorker, { is: 'part' | 'failed' }>): void {
  const { what } = message.want;
  if ((shown.get(what) ?? 0) > message.seq) return; // older than what is shown
  shown.set(what, message.seq);
  const key = pending.get(message.seq) ?? '';
  const { [what]: before, ...others } = problems.value;
  if (message.is === 'failed') {
    problems.value = { ...others, [what]: message.problem };
    sayWhetherSettled();
    return;
  }
  if (before) problems.value = others;
  if (complete(message.view)) current.set(what, wantKey(message.want, key));
  if (!complete(message.view) && isWholeMap(found.value.covered, key, message.view)) return;
  if (what === 'answer') milliseconds.value = message.ms;
  found.value = { ...found.value, [what]: { key, view: message.view } };
  sayWhetherSettled();
}

/** Tells whether what is shown is the whole of a map that comes again: it stays until the other is whole too. */
function isWholeMap(shown: Found<'covered'> | undefined, key: string, view: View): boolean {
  if (shown?.key !== key || !('changes' in view) || !complete(shown.view)) return false;
  return shown.view.image === view.image && shown.view.position === view.position && shown.view.id === view.id;
}

/** A map of what covering changes comes square by square. */
function complete(view: View): boolean {
  return !('changes' in view) || view.changes.length === view.rows * view.columns;
}

const LIVE: readonly Want[] = [{ what: 'answer' }, { what: 'figure' }];

/** For tests and teachers' scripts: whether all that is shown is of the state that is shown. */
function sayWhetherSettled(): void {
  const key = requestKey.value;
  const wants = [...LIVE, ...panelWants(), ...backgroundWants()];
  const settled = wants.every((want) => problems.value[want.what] || current.get(want.what) === wantKey(want, key));
  document.documentElement.dataset.settled = String(settled);
}

const waitingFiles = new Map<number, { resolve: (own: string) => void; reject: (error: Error) => void }>();
let files = 0;

/** A file, or the page's picture of that name, as the model sees it. @throws Error with a sentence for what is not a picture */
export async function shrink(file: Blob | null, name: string): Promise<string> {
  const id = files++;
  try {
    return await new Promise<string>((resolve, reject) => {
      waitingFiles.set(id, { resolve, reject });
      if (!client) reject(new Error('the model is not open'));
      client?.send({ do: 'shrink', id, file, name });
    });
  } finally {
    waitingFiles.delete(id);
  }
}

export function send(message: Parameters<Client['send']>[0]): void {
  client?.send(message);
}

type Audited = Extract<FromWorker, { is: 'audited' }>;
const waitingAudits = new Map<number, (found: Audited) => void>();
let audits = 0;

/** Views computed again with nothing kept. */
export async function again(request: Request, wants: readonly AuditWant[]): Promise<Audited> {
  const id = audits++;
  try {
    return await new Promise<Audited>((resolve) => {
      waitingAudits.set(id, resolve);
      send({ do: 'audit', id, request, wants });
    });
  } finally {
    waitingAudits.delete(id);
  }
}

/** A training that a link holds, or that a crash cut, is taken up again; one that the page runs on, from its first step. */
function resumeTraining(): void {
  const { weights, hide } = state.value;
  const plan = teachOf(state.value);
  if ((plan.steps > 0 || weights === 'here') && !hide.includes('training')) beginTraining(plan, plan.steps, send);
}

/** Starts the worker, or starts it again. */
export function connect(): void {
  client?.stop();
  client = null;
  asked = '';
  current.clear();
  engine.value = { is: 'loading', loaded: 0, all: 0 };
  heard = performance.now();
  silent.value = false;
  forgetTraining();
  try {
    client = startWorker(PICTURES, hear, (message) => {
      engine.value = { is: 'broken', problem: { name: 'WorkerError', message } };
    });
  } catch (error) {
    engine.value = {
      is: 'broken',
      problem: { name: 'NoWorkerError', message: error instanceof Error ? error.message : String(error) },
    };
  }
}
