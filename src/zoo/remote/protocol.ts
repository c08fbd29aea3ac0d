/** What a page and the worker that holds its model say to each other. Everything is data that can be posted. */

import type { LikelyAnswer, RankedCandidate } from '../../model/answer.ts';
import type { ModelConfig } from '../../model/config.ts';
import type { PictureSource } from '../../model/image/source.ts';
import type { AnswerOptions } from '../../model/prepared.ts';
import type { Prompt } from '../../model/prompt.ts';
import type { Captured, NextToken } from '../../runs/captured.ts';
import type { GateValues } from '../../runs/gates.ts';
import type { RunOptions } from '../../runs/run.ts';
import type { TapShape } from '../../runs/tap-shapes.ts';

/** One end of the wire: a Worker, what a worker's own global is, or a MessagePort. */
export interface Wire {
  postMessage(message: unknown): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  /** A MessagePort waits for it. */
  start?(): void;
}

/** What can be asked, and what it gives. A prepared prompt is known by its number. */
export interface Calls {
  open: { asked: { location?: string; device?: string }; given: Opened };
  prepare: { asked: { prompt: Prompt<PictureSource> }; given: PreparedPrompt };
  answer: { asked: { prepared: number; options: Omit<AnswerOptions, 'signal'> }; given: AnswerData };
  run: { asked: { prepared: number; options: Omit<RunOptions, 'signal'> }; given: RunData };
  release: { asked: { prepared: number }; given: undefined };
}

export interface Opened {
  readonly device: string;
  readonly config: ModelConfig;
  readonly gates: readonly GateValues[];
  /** By id. */
  readonly tokens: readonly string[];
}

export interface PreparedPrompt {
  readonly prepared: number;
  readonly ids: readonly number[];
  readonly taps: readonly TapShape[];
}

export interface RunData {
  readonly values: readonly Captured[];
  readonly gradients: readonly Captured[];
  readonly objective: number | null;
  readonly next: Pick<NextToken, 'ids' | 'text' | 'piece' | 'logits'> | null;
}

export interface AnswerData {
  readonly text: string;
  readonly ids: readonly number[];
  readonly gates: readonly GateValues[];
  readonly logits: Float32Array;
  readonly suppress: readonly number[];
  readonly temperature: number;
  readonly candidates: readonly RankedCandidate[] | null;
  readonly likely?: readonly LikelyAnswer[];
  readonly run: RunData;
}

/** `number` tells calls apart. */
export type ToWorker =
  | {
      [Do in keyof Calls]: { readonly number: number; readonly do: Do; readonly asked: Calls[Do]['asked'] };
    }[keyof Calls]
  | { readonly number: number; readonly do: 'abort' };

export type FromWorker =
  | { readonly number: number; readonly is: 'heard' }
  | { readonly number: number; readonly is: 'given'; readonly given: unknown }
  | { readonly number: number; readonly is: 'failed'; readonly name: string; readonly message: string }
  | { readonly number: number; readonly is: 'progress'; readonly loaded: number; readonly total: number };
