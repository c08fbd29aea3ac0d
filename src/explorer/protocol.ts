/** What page and worker say to each other. */

import type { AttentionMap } from '../inspect/attention-map.ts';
import type { Difference } from '../inspect/divergence.ts';
import type { GateContribution } from '../inspect/gates.ts';
import type { LogitLens } from '../inspect/logit-lens.ts';
import type { OcclusionMap } from '../inspect/occlusion.ts';
import type { WordPatchMap } from '../inspect/patch-map.ts';
import type { TapSummary } from '../inspect/tap-summary.ts';
import type { ImageRibbon } from '../inspect/which-image.ts';
import type { GateValues } from '../runs/gates.ts';
import type { Request } from './state.ts';

/** What is to be found out about a run. */
export type Want =
  | { readonly what: 'answer' }
  | { readonly what: 'figure' }
  | { readonly what: 'looked'; readonly token: number | null }
  | { readonly what: 'covered'; readonly image: number | null }
  | { readonly what: 'room'; readonly room: string; readonly token: number | null }
  | { readonly what: 'tap'; readonly name: string }
  | { readonly what: 'compare'; readonly b: Request };

export interface Chance {
  readonly id: number;
  readonly token: string;
  readonly probability: number;
  /** Of the same prompt without edits. */
  readonly before: number;
}

export interface AnswerView {
  readonly text: string;
  /** What the model says untouched. */
  readonly before: string;
  readonly top: readonly Chance[];
}

export interface FigureView {
  /** As they stand in the vocabulary. */
  readonly tokens: readonly string[];
  readonly gates: readonly GateValues[];
  readonly contributions: readonly GateContribution[];
  readonly ribbon: ImageRibbon;
  /** Shapes of the values between the parts, by their names. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

export type LookedView = WordPatchMap;

/** Squares that are not yet covered are missing at the end of `changes`. */
export type CoveredView = OcclusionMap;

export interface RoomView {
  readonly room: string;
  readonly maps: readonly AttentionMap[];
  readonly tokens: readonly string[];
  /** |residual| of every token (or latent, or patch of the last picture): in, and out. */
  readonly norms: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly lens: LogitLens | null;
  readonly taps: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export interface TapView extends TapSummary {
  readonly equation: string;
  readonly source: string;
  readonly gloss: { readonly en: string; readonly ko: string };
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  /** The last two axes of the first element of those before, at most so many. */
  readonly cells: { readonly rows: number; readonly columns: number; readonly values: readonly number[] };
}

export interface CompareView {
  readonly a: AnswerView;
  readonly b: AnswerView;
  /** The first value that differs, in order of computation; null when all agree. */
  readonly first: Difference | null;
  readonly differing: number;
  readonly all: number;
}

export interface Views {
  readonly answer: AnswerView;
  readonly figure: FigureView;
  readonly looked: LookedView;
  readonly covered: CoveredView;
  readonly room: RoomView;
  readonly tap: TapView;
  readonly compare: CompareView;
}

export type View = Views[keyof Views];

/** Moved controls, what is open beside them, and what takes many runs. */
export const LANES = ['live', 'panel', 'background'] as const;
export type Lane = (typeof LANES)[number];

export interface Ask {
  readonly seq: number;
  readonly lane: Lane;
  readonly request: Request;
  readonly wants: readonly Want[];
}

export type ToWorker =
  | { readonly do: 'open'; readonly base: string; readonly pictures: readonly string[] }
  | ({ readonly do: 'ask' } & Ask)
  /** Without a file: the picture of that name. */
  | { readonly do: 'shrink'; readonly id: number; readonly file: Blob | null; readonly name: string }
  | { readonly do: 'train'; readonly command: TrainCommand };

export interface TrainingPlan {
  /** Pictures with what each is to be called. */
  readonly lessons: readonly { readonly item: Request['prompt'][number]; readonly text: string }[];
  /** Where alpha begins: 0, as in the paper, or open. */
  readonly alpha: number;
  readonly seed: number;
}

export type TrainCommand =
  | { readonly act: 'begin'; readonly plan: TrainingPlan }
  | { readonly act: 'play' | 'pause' | 'step' };

export interface TrainView {
  readonly step: number;
  readonly loss: number;
  readonly gates: readonly GateValues[];
  /** What the model says to each lesson now, and whether it is right. */
  readonly names: readonly { readonly text: string; readonly right: boolean }[];
  readonly playing: boolean;
}

export interface Problem {
  readonly name: string;
  readonly message: string;
}

/** What the page must know of a model before it asks. */
export interface ModelFacts {
  readonly device: string;
  readonly gates: readonly GateValues[];
  readonly imageSize: number;
  readonly limits: { readonly images: number; readonly tokens: number };
}

export type FromWorker =
  | { readonly is: 'progress'; readonly loaded: number; readonly all: number }
  | ({ readonly is: 'opened' } & ModelFacts)
  | { readonly is: 'broken'; readonly problem: Problem }
  | {
      readonly is: 'part';
      readonly seq: number;
      readonly lane: Lane;
      readonly want: Want;
      readonly view: View;
      readonly ms: number;
    }
  | { readonly is: 'failed'; readonly seq: number; readonly lane: Lane; readonly want: Want; readonly problem: Problem }
  | { readonly is: 'shrunk'; readonly id: number; readonly own: string }
  | { readonly is: 'unreadable'; readonly id: number; readonly problem: Problem }
  | ({ readonly is: 'trained' } & TrainView)
  | { readonly is: 'untrained'; readonly problem: Problem };
