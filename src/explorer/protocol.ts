/** What page and worker say to each other. */

import type { AttentionMap } from '../inspect/attention-map.ts';
import type { CellEquation } from '../inspect/cell-equation.ts';
import type { Difference } from '../inspect/divergence.ts';
import type { GateContribution } from '../inspect/gates.ts';
import type { LogitLens } from '../inspect/logit-lens.ts';
import type { OcclusionMap } from '../inspect/occlusion.ts';
import type { WordPatchMap } from '../inspect/patch-map.ts';
import type { TapSummary } from '../inspect/tap-summary.ts';
import type { ImageRibbon } from '../inspect/which-image.ts';
import type { GateValues } from '../runs/gates.ts';
import type { Worded } from '../runs/worded.ts';
import type { Lesson, Request } from './state.ts';

/** What is to be found out about a run. */
export type Want =
  | { readonly what: 'answer' }
  | { readonly what: 'figure' }
  | { readonly what: 'looked'; readonly token: number | null }
  | { readonly what: 'covered'; readonly token: number | null; readonly image: number | null }
  | { readonly what: 'room'; readonly room: string; readonly token: number | null }
  | { readonly what: 'tap'; readonly name: string; readonly cell: readonly number[] | null }
  | { readonly what: 'run' }
  | { readonly what: 'compare'; readonly b: Request };

/** What an audit computes again besides: the whole training in the page, from its seed. */
export type AuditWant = Want | { readonly what: 'training' };

export interface Chance {
  readonly id: number;
  readonly token: string;
  readonly probability: number;
  /** Its probability after the same prompt without edits. */
  readonly before: number;
}

export interface AnswerView {
  readonly text: string;
  /** What the model says untouched. */
  readonly before: string;
  /** What the logits were divided by before the probabilities: of `config.json`. */
  readonly temperature: number;
  readonly top: readonly Chance[];
}

export interface FigureView {
  /** The tokens as the vocabulary writes them. */
  readonly tokens: readonly string[];
  readonly gates: readonly GateValues[];
  readonly contributions: readonly GateContribution[];
  readonly ribbon: ImageRibbon;
  /** Shapes of the values between the parts, by their names. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

export interface LookedView extends WordPatchMap {
  /** Of each of `images`: whether its patches differ so little that the map says little. */
  readonly even: readonly boolean[];
}

/** Squares that are not yet covered are missing at the end of `changes`. */
export type CoveredView = OcclusionMap;

export interface RoomView {
  readonly room: string;
  readonly maps: readonly AttentionMap[];
  /** Whose latents or patches `maps` and `norms` are of; null where they are of the text. */
  readonly picture: number | null;
  readonly tokens: readonly string[];
  /** |residual| of every token (or latent, or patch of the last picture): in, and out. */
  readonly norms: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly lens: LogitLens | null;
  readonly taps: readonly { readonly name: string; readonly shape: readonly number[] }[];
}

export interface TapView extends TapSummary {
  readonly equation: string;
  readonly source: string;
  /** Where the code is that computes it. */
  readonly file: string;
  readonly gloss: Worded;
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  /** The last two axes at the chosen cell, at most so many, the first of them at `from`. */
  readonly cells: {
    readonly from: readonly [row: number, column: number];
    readonly rows: number;
    readonly columns: number;
    readonly values: readonly number[];
  };
  readonly cell: CellView;
}

export interface CellView {
  readonly index: readonly number[];
  readonly value: number;
  /** The equation with this cell's numbers; null where it has none of its own. */
  readonly equation: CellEquation | null;
}

/** A step of the shipped run. */
export interface Snapshot {
  readonly step: number;
  /** What each scene was answered, and its likeliest next tokens. */
  readonly scenes: readonly {
    readonly name: string;
    readonly text: string;
    readonly top: readonly { readonly token: string; readonly probability: number }[];
  }[];
}

/** The run that made the shipped weights. */
export interface RunView {
  readonly steps: readonly number[];
  /** tanh(alpha) by step, in the order of `steps`. */
  readonly gates: readonly GateTrail[];
  /** True if the log kept the signs; else it has |tanh(alpha)|. */
  readonly signed: boolean;
  readonly snapshots: readonly Snapshot[];
  /** Steps whose weights can be run. */
  readonly parts: readonly number[];
}

export interface GateTrail {
  readonly layer: number;
  readonly gate: 'attention' | 'dense';
  readonly values: readonly number[];
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
  readonly run: RunView;
  readonly training: TrainedView;
}

/** A training in the page, up to the step at which it is. */
export interface TrainedView {
  /** By step from 0, at which there is no loss yet. */
  readonly steps: readonly { readonly loss: number; readonly gates: readonly GateValues[] }[];
  /** Lessons that it answers rightly now. */
  readonly right: number;
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
  | { readonly do: 'train'; readonly command: TrainCommand }
  /** Computes views again, with nothing that was kept. */
  | { readonly do: 'audit'; readonly id: number; readonly request: Request; readonly wants: readonly AuditWant[] };

export interface TrainingPlan {
  readonly lessons: readonly Lesson[];
  readonly alpha: number;
  readonly seed: number;
  /** Steps that are taken at once. */
  readonly steps: number;
}

export type TrainCommand =
  | { readonly act: 'begin'; readonly plan: TrainingPlan }
  /** To an earlier step, from which it can go on otherwise. */
  | { readonly act: 'rewind'; readonly step: number }
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
  /** The message in Korean, where there is one. */
  readonly korean?: string | null;
}

/** What the page must know of a model before it asks. */
export interface ModelFacts {
  readonly device: string;
  readonly gates: readonly GateValues[];
  readonly imageSize: number;
  readonly limits: { readonly images: number; readonly tokens: number };
}

export type FromWorker =
  /** It hears from now on. */
  | { readonly is: 'here' }
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
  | { readonly is: 'audited'; readonly id: number; readonly views: Partial<Views>; readonly problem: Problem | null }
  | ({ readonly is: 'trained' } & TrainView)
  | { readonly is: 'untrained'; readonly problem: Problem };
