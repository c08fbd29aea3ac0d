/** All that a link carries: one value, plain data. What the page shows is a function of it. */

import type { Edit } from '../runs/edit.ts';

/** A picture that comes with the page by its name, one's own as the model sees it, or a text. */
export type Item =
  | { readonly picture: string }
  /** base64url of size x size RGB bytes, row by row. */
  | { readonly own: string }
  | { readonly text: string };

/** Edits that are plain data, and pictures' latents put in place of others'. Pictures count from 0 in the prompt. */
export type PageEdit = Exclude<Edit, { apply: unknown } | { patch: unknown }> | LatentsEdit;

export interface LatentsEdit {
  readonly latents: { readonly from: number; readonly to: number };
}

export type Attend = 'latest' | 'previous';
export type Lens = 'looked' | 'compare' | 'training';
export type Lang = 'en' | 'ko';

/** Which weights run: the shipped ones, those trained in this page, or those of a step of the shipped run. */
export type Weights = 'shipped' | 'here' | number;

/** What a run is made of. */
export interface Request {
  readonly prompt: readonly Item[];
  readonly edits: readonly PageEdit[];
  readonly attend: Attend;
  readonly weights: Weights;
}

/** What is opened over the figure: a part by the start of its taps' names, or one value by its name, at one of its cells. */
export type Place = { readonly room: string } | { readonly tap: string; readonly cell?: readonly number[] };

/** A picture and what it is to be called. */
export interface Lesson {
  readonly item: Exclude<Item, { text: string }>;
  readonly text: string;
}

/** Training in the page: with the same seed it comes to the same weights. */
export interface Teach {
  readonly lessons: readonly Lesson[];
  /** Where alpha begins: 0, as in the paper, or open. */
  readonly alpha: number;
  readonly seed: number;
  /** Steps taken. */
  readonly steps: number;
}

/** Controls that a teacher's link may leave away. */
export const CONTROLS = [
  'scenes',
  'prompt',
  'gates',
  'mask',
  'rooms',
  'looked',
  'compare',
  'training',
  'audit',
  'tour',
  'link',
] as const;
export type Control = (typeof CONTROLS)[number];

export interface State extends Request {
  /** The other run of Compare; null for the model untouched. */
  readonly b: Request | null;
  readonly at: Place | null;
  /** The chosen token of the prompt; null for the last. */
  readonly token: number | null;
  /** The picture of both maps of where it looked, of those that the token sees; null for the last of them. */
  readonly image: number | null;
  readonly head: number | null;
  readonly lens: Lens | null;
  /** The chosen step of the shipped run; null for its end. */
  readonly step: number | null;
  /** Null until something is taught that the page does not begin with. */
  readonly teach: Teach | null;
  /** The step of the guided tour, from 0; null when there is none. */
  readonly tour: number | null;
  readonly lang: Lang;
  readonly hide: readonly Control[];
}

export const MOST_ITEMS = 24;
export const MOST_LESSONS = 8;
/** More steps than any small set of pictures needs. */
export const MOST_STEPS = 1000;

export function start(prompt: readonly Item[], lang: Lang = 'en'): State {
  return {
    prompt,
    edits: [],
    attend: 'latest',
    weights: 'shipped',
    b: null,
    at: null,
    token: null,
    image: null,
    head: null,
    lens: null,
    step: null,
    teach: null,
    tour: null,
    lang,
    hide: [],
  };
}

export function isLatents(edit: PageEdit): edit is LatentsEdit {
  return 'latents' in edit;
}

/** The picture whose latents were put in place of another's; null where it has its own. */
export function latentsAt(edits: readonly PageEdit[], to: number): number | null {
  const move = edits.find((edit) => isLatents(edit) && edit.latents.to === to);
  return move && isLatents(move) ? move.latents.from : null;
}

export const isPicture = (item: Item): item is Exclude<Item, { text: string }> => !('text' in item);

export type Gate = 'attention' | 'dense';

/** What a gate is set to; null where it is as trained. */
export function gateEdit({ edits }: Pick<State, 'edits'>, layer: number, gate: Gate): number | null {
  const edit = edits.find((edit) => !isLatents(edit) && edit.at === gateName(layer, gate));
  return edit && 'set' in edit ? edit.set : null;
}

export function withGate<T extends Request>(state: T, layer: number, gate: Gate, value: number | null): T {
  const others = state.edits.filter((edit) => isLatents(edit) || edit.at !== gateName(layer, gate));
  return { ...state, edits: value === null ? others : [...others, { at: gateName(layer, gate), set: value }] };
}

export function withLatents<T extends Request>(state: T, from: number, to: number): T {
  const others = state.edits.filter((edit) => !isLatents(edit) || edit.latents.to !== to);
  return { ...state, edits: from === to ? others : [...others, { latents: { from, to } }] };
}

export function gateName(layer: number, gate: Gate): string {
  return `xattn.${layer}.gate.${gate}`;
}

/** The shipped model without edits. */
export const untouched = ({ prompt }: Request): Request => ({
  prompt,
  edits: [],
  attend: 'latest',
  weights: 'shipped',
});
