/** The state, its link, and what was found out about it. */

import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { ABSENT, read, write } from '../codec.ts';
import type { Paint } from '../paint.ts';
import type { ModelFacts, Problem, Views } from '../protocol.ts';
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
import { keepOwn, keptOwn, nameOfOwn } from './own.ts';

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
/** The state part by part: a slider that is moved draws nothing again that has to do with other parts alone. */
export const fields: { readonly [K in keyof State]: ReadonlySignal<State[K]> } = Object.fromEntries(
  Object.keys(state.value).map((key) => [key, computed(() => state.value[key as keyof State])]),
) as unknown as typeof fields;
export const engine: Signal<EngineStatus> = signal({ is: 'loading', loaded: 0, all: 0 });
export const found: Signal<{ readonly [W in keyof Views]?: Found<W> }> = signal({});
interface Shown<V = Views[keyof Views]> {
  readonly view: ReadonlySignal<V | null>;
  readonly stale: ReadonlySignal<boolean>;
}

const shown = new Map<keyof Views, Shown>();

function shownOf(what: keyof Views): Shown {
  const known = shown.get(what);
  if (known) return known;
  const view = computed(() => found.value[what]?.view ?? null);
  const made = { view, stale: computed(() => found.value[what]?.key !== requestKey.value) };
  shown.set(what, made);
  return made;
}

/** What was found of a kind; null before anything was. A change of it draws who reads it again, nothing else does. */
export function view<W extends keyof Views>(what: W): { readonly view: Views[W]; readonly stale: boolean } | null {
  const { view, stale } = shownOf(what);
  if (view.value === null) return null;
  return {
    view: view.value as Views[W],
    get stale() {
      return stale.value;
    },
  };
}

/** The classes of what shows a view: whether it is stale changes them alone, and draws nothing again. */
export const classOf = (what: keyof Views, name: string): ReadonlySignal<string> =>
  computed(() => (shownOf(what).view.value !== null && shownOf(what).stale.value ? `${name} stale` : name));

export const problems: Signal<Readonly<Record<string, Problem>>> = signal({});
export const ignored: Signal<readonly string[]> = signal([]);
export const notice: Signal<string> = signal('');
export const milliseconds: Signal<number | null> = signal(null);
export const previews: Map<string, string> = new Map();
/** The step of the weights that were trained in the page. */
export const hereStep: Signal<number> = signal(0);
export const requestKey: ReadonlySignal<string> = computed(() => keyOf(state.value));

/** Tells what is asked of which weights apart: those trained here change with every step. */
export const keyOf = ({ prompt, edits, attend, weights }: Request): string =>
  JSON.stringify([prompt, edits, attend, weights === 'here' ? ['here', hereStep.value] : weights]);

export const requestOf = ({ prompt, edits, attend, weights }: Request): Request => ({ prompt, edits, attend, weights });

let paint: Paint;
const undone: State[] = [];
const done: State[] = [];
export const canUndo: Signal<boolean> = signal(false);
export const canRedo: Signal<boolean> = signal(false);

export const scenes = (): Paint['scenes'] => paint.scenes;
let opened: ModelFacts | null = null;
/** Of the model that was opened, also while it is opened again; before, of the shipped one. */
export const facts: ReadonlySignal<Pick<ModelFacts, 'gates' | 'imageSize' | 'limits'>> = computed(() => {
  if (engine.value.is === 'ready') opened = engine.value.facts;
  return opened ?? paint.facts;
});

/** True where `explore --weights` serves others than the shipped ones: what was computed before is not theirs. */
export const hasOtherWeights = (): boolean => document.documentElement.dataset.weights === 'other';
/** True until something of those is known. */
export const waits: ReadonlySignal<boolean> = computed(() => hasOtherWeights() && facts.value === paint.facts);

const LAYERS = /^(vision|resampler|lm|xattn)(\.layers)?\.(\d+)/;
const hasTap = (name: string): boolean => paint.taps.includes(name) || (LAYERS.test(name) && name.includes('*'));

/** What undo and redo leave as it is, put into the state that they go to. */
let kept: (next: State) => State = (next) => next;

/**
 * Opens the page with what its link says.
 * @param changed called after every change of the state
 * @param running puts into a state that is gone back to what goes on meanwhile
 */
export function openState(given: Paint, changed: () => void, running: typeof kept): void {
  paint = given;
  kept = running;
  const lang: Lang = navigator.language.startsWith('ko') ? 'ko' : 'en';
  readLink(lang);
  addEventListener('hashchange', () => location.hash.slice(1) !== written && readLink(state.value.lang));
  state.subscribe(() => {
    document.documentElement.lang = state.value.lang;
    paintFound();
    changed();
    document.documentElement.dataset.linked = 'false';
    later('link', 300, writeLink);
  });
  withOwn.subscribe(writeLink);
}

export const base = (): State => start(paint.scenes[0]?.prompt ?? [], startLang);
let startLang: Lang = 'en';
let written = '';

function readLink(lang: Lang): void {
  startLang = lang;
  const size = paint.facts.imageSize;
  const options = { pictures: PICTURES, ownBytes: 3 * size * size, hasTap, kept: keptOwn };
  const link = read(location.hash, base(), options);
  ignored.value = link.ignored;
  withOwn.value = location.hash.includes('@@');
  state.value = link.state;
}

/** True if own pictures travel in the link. */
export const withOwn: Signal<boolean> = signal(false);

/** An own picture of the state, of a lesson too. */
export const ownPictures = ({ prompt, b, teach }: State): string[] =>
  [...prompt, ...(b?.prompt ?? []), ...(teach?.lessons.map(({ item }) => item) ?? [])].flatMap((item: Item) =>
    'own' in item ? [item.own] : [],
  );

function writeLink(): void {
  document.documentElement.dataset.linked = 'true';
  for (const own of ownPictures(state.value)) keepOwn(own);
  written = withOwn.value
    ? write(state.value, base())
    : write(state.value, base(), (own) => `${ABSENT}${nameOfOwn(own)}`);
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

/** A change that nobody made: it is not undone. */
export function note(next: Partial<State>): void {
  state.value = { ...state.value, ...next };
}

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
  go(kept(next));
}

/** What was computed before the page came, where the state is one of the scenes untouched. */
function paintFound(): void {
  const scene = paint.scenes.find((scene) => keyOf({ ...start(scene.prompt) }) === requestKey.value);
  if (!scene || hasOtherWeights()) return;
  const key = requestKey.value;
  const fresh = Object.entries(scene.views).filter(([what]) => found.value[what as keyof Views]?.key !== key);
  if (fresh.length === 0) return;
  found.value = { ...found.value, ...Object.fromEntries(fresh.map(([what, view]) => [what, { key, view }])) };
}

const timers = new Map<string, ReturnType<typeof setTimeout>>();

/** Once after a rest, however often it is asked for. */
export function later(name: string, ms: number, act: () => void): void {
  clearTimeout(timers.get(name));
  timers.set(name, setTimeout(act, ms));
}
