/** The state, what was found out about it, and when the worker is asked for more. */

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { read, write } from '../codec.ts';
import type { Paint } from '../paint.ts';
import type { FromWorker, Lane, ModelFacts, Problem, TrainView, View, Views, Want } from '../protocol.ts';
import {
  type Item,
  isLatents,
  isPicture,
  type Lang,
  type PageEdit,
  type Request,
  type State,
  start,
} from '../state.ts';
import { type Client, startWorker } from './client.ts';

declare const __PICTURES__: readonly string[];
export const PICTURES: readonly string[] = __PICTURES__;

export type EngineStatus =
  | { readonly is: 'loading'; readonly loaded: number; readonly all: number }
  | { readonly is: 'ready'; readonly facts: ModelFacts }
  | { readonly is: 'broken'; readonly problem: Problem };

/** A view and the request that it answers. */
export interface Found<W extends keyof Views = keyof Views> {
  readonly key: string;
  readonly view: Views[W];
  readonly problem?: Problem;
}

export const state: Signal<State> = signal(start([]));
export const engine: Signal<EngineStatus> = signal({ is: 'loading', loaded: 0, all: 0 });
export const found: Signal<{ readonly [W in keyof Views]?: Found<W> }> = signal({});
/** What was found of a kind; null before anything was. */
export function view<W extends keyof Views>(what: W): { readonly view: Views[W]; readonly stale: boolean } | null {
  const one = found.value[what] as Found<W> | undefined;
  return one ? { view: one.view, stale: one.key !== requestKey.value } : null;
}

export const problems: Signal<Readonly<Record<string, Problem>>> = signal({});
export const ignored: Signal<readonly string[]> = signal([]);
export const notice: Signal<string> = signal('');
export const milliseconds: Signal<number | null> = signal(null);
export const training: Signal<TrainView | null> = signal(null);
export const previews: Map<string, string> = new Map();
export const requestKey: ReadonlySignal<string> = computed(() => keyOf(state.value));

export const keyOf = ({ prompt, edits, attend }: Request): string => JSON.stringify([prompt, edits, attend]);

let paint: Paint;
let client: Client | null = null;
let seq = 0;
const undone: State[] = [];
const done: State[] = [];
export const canUndo: Signal<boolean> = signal(false);
export const canRedo: Signal<boolean> = signal(false);

export const scenes = (): Paint['scenes'] => paint.scenes;
export const facts: ReadonlySignal<Pick<ModelFacts, 'gates' | 'imageSize' | 'limits'>> = computed(() =>
  engine.value.is === 'ready' ? engine.value.facts : paint.facts,
);

const LAYERS = /^(vision|resampler|lm|xattn)(\.layers)?\.(\d+)/;
const hasTap = (name: string): boolean => paint.taps.includes(name) || (LAYERS.test(name) && name.includes('*'));

/** Opens the page with what its link says. */
export function open(given: Paint): void {
  paint = given;
  const lang: Lang = navigator.language.startsWith('ko') ? 'ko' : 'en';
  readLink(lang);
  addEventListener('hashchange', () => location.hash.slice(1) !== written && readLink(state.value.lang));
  state.subscribe(() => {
    document.documentElement.lang = state.value.lang;
    paintFound();
    schedule();
    document.documentElement.dataset.linked = 'false';
    later('link', 300, writeLink);
  });
  connect();
}

export const base = (): State => start(paint.scenes[0]?.prompt ?? [], startLang);
let startLang: Lang = 'en';
let written = '';

function readLink(lang: Lang): void {
  startLang = lang;
  const size = paint.facts.imageSize;
  const link = read(location.hash, base(), { pictures: PICTURES, ownBytes: 3 * size * size, hasTap });
  ignored.value = link.ignored;
  state.value = link.state;
}

export const withOwn: Signal<boolean> = signal(true);

function writeLink(): void {
  document.documentElement.dataset.linked = 'true';
  const own = (item: Item): boolean => 'own' in item;
  if (!withOwn.value && state.value.prompt.some(own)) return;
  written = write(state.value, { ...base() });
  history.replaceState(null, '', written === '' ? location.pathname + location.search : `#${written}`);
}

/** Changes the state; what was is kept for undo, a slider's drag as one. */
export function change(next: Partial<State>, { merge = false }: { readonly merge?: boolean } = {}): void {
  if (!merge || !merging) done.push(state.value);
  merging = merge;
  if (done.length > 200) done.shift();
  undone.length = 0;
  go({ ...state.value, ...next });
}

/** Another prompt; edits that name pictures that are gone go too, and with a prompt of its own so does the chosen token. */
export function changePrompt(prompt: readonly Item[], edits: readonly PageEdit[] = state.value.edits): void {
  const pictures = prompt.filter(isPicture).length;
  const fits = (edit: PageEdit): boolean =>
    !isLatents(edit) || (edit.latents.from < pictures && edit.latents.to < pictures);
  const same = prompt === state.value.prompt;
  change({ prompt, edits: edits.filter(fits), ...(!same && { token: null }) }, { merge: false });
}

let merging = false;

/** What follows is a change of its own. */
export function settle(): void {
  merging = false;
}

function go(next: State): void {
  state.value = next;
  canUndo.value = done.length > 0;
  canRedo.value = undone.length > 0;
}

export function undo(): void {
  move(done, undone);
}

export function redo(): void {
  move(undone, done);
}

function move(from: State[], to: State[]): void {
  const next = from.pop();
  if (!next) return;
  to.push(state.value);
  merging = false;
  go(next);
}

/** What was computed before the page came, where the state is one of the scenes untouched. */
function paintFound(): void {
  const scene = paint.scenes.find((scene) => keyOf({ ...start(scene.prompt) }) === requestKey.value);
  if (!scene) return;
  const key = requestKey.value;
  const fresh = Object.entries(scene.views).filter(([what]) => found.value[what as keyof Views]?.key !== key);
  if (fresh.length === 0) return;
  found.value = { ...found.value, ...Object.fromEntries(fresh.map(([what, view]) => [what, { key, view }])) };
}

const timers = new Map<string, ReturnType<typeof setTimeout>>();
function later(name: string, ms: number, act: () => void): void {
  clearTimeout(timers.get(name));
  timers.set(name, setTimeout(act, ms));
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
  if (at && 'tap' in at) wants.push({ what: 'tap', name: at.tap });
  if (lens === 'compare') wants.push({ what: 'compare', b: b ?? untouched(state.value) });
  return wants;
}

export const untouched = ({ prompt }: Request): Request => ({ prompt, edits: [], attend: 'latest' });

function backgroundWants(): Want[] {
  const { hide, prompt } = state.value;
  return hide.includes('looked') || !prompt.some((item) => !('text' in item)) ? [] : [{ what: 'covered', image: null }];
}

/** Tells the words of a want apart: what was found for another token is not an answer. */
export const wantKey = (want: Want, key: string): string => `${key} ${JSON.stringify(want)}`;

const current = new Map<string, string>();

function ask(lane: Lane, wants: readonly Want[]): void {
  const { prompt, edits, attend } = state.value;
  const key = requestKey.value;
  const missing = wants.filter((want) => lane === 'live' || current.get(want.what) !== wantKey(want, key));
  if (missing.length === 0 || !client) return;
  seq++;
  pending.set(seq, key);
  client.ask({ seq, lane, request: { prompt, edits, attend }, wants: missing });
}

const pending = new Map<number, string>();
const shown = new Map<string, number>();

function hear(message: FromWorker): void {
  if (message.is === 'progress') engine.value = { is: 'loading', loaded: message.loaded, all: message.all };
  if (message.is === 'broken') engine.value = { is: 'broken', problem: message.problem };
  if (message.is === 'opened') {
    engine.value = { is: 'ready', facts: message };
    keepPictures();
    asked = '';
    schedule();
  }
  if (message.is === 'part' || message.is === 'failed') hearPart(message);
  if (message.is === 'shrunk') waitingFiles.get(message.id)?.resolve(message.own);
  if (message.is === 'unreadable') waitingFiles.get(message.id)?.reject(new Error(message.problem.message));
  if (message.is === 'trained') training.value = message;
  if (message.is === 'untrained') notice.value = message.problem.message;
}

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
  const { [what]: _, ...others } = problems.value;
  if (message.is === 'failed') {
    problems.value = { ...others, [what]: message.problem };
    sayWhetherSettled();
    return;
  }
  problems.value = others;
  if (complete(message.view)) current.set(what, wantKey(message.want, key));
  if (what === 'answer') milliseconds.value = message.ms;
  found.value = { ...found.value, [what]: { key, view: message.view } };
  sayWhetherSettled();
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

/** Starts the worker, or starts it again. */
export function connect(): void {
  client?.stop();
  client = null;
  asked = '';
  current.clear();
  engine.value = { is: 'loading', loaded: 0, all: 0 };
  try {
    client = startWorker(PICTURES, hear, (message) => {
      engine.value = { is: 'broken', problem: { name: 'WorkerError', message } };
    });
  } catch (error) {
    engine.value = { is: 'broken', problem: { name: 'WorkerError', message: String(error) } };
  }
}
