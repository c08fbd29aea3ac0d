import type { Answer } from '../model/answer.ts';
import type { Picture } from '../model/image.ts';
import type { Model } from '../model/model.ts';
import type { AnswerOptions, PrepareOptions } from '../model/prepared.ts';
import type { Prompt, PromptLimits, PromptTokenizer } from '../model/prompt.ts';
import type { Language } from './language.ts';

/** What the commands need of a loaded model. */
export interface AnsweringModel {
  /** What really runs, e.g. `simd (fma)` or `gpu:webasm`. */
  readonly device: { readonly name: string };
  readonly tokenizer: PromptTokenizer;
  readonly limits: PromptLimits;
  answer(prompt: Prompt<Picture>, options?: AnswerOptions & PrepareOptions): Promise<Answer>;
}

export interface ModelOptions {
  /** Folder or file of weights; the shipped ones when left out. */
  readonly weights?: string;
  /** A public model by its name on the hub, or by its folder. */
  readonly model?: string;
  readonly device?: string;
}

/** A line of input; `typed` where the terminal shows it already. */
export interface Line {
  readonly text: string;
  readonly typed: boolean;
}

/** Everything that a command touches outside of itself, so that tests can watch it. */
export interface Context {
  /** Writes to standard output; to standard error, where a command writes a file into standard output. */
  out: (text: string) => void;
  /** Writes to standard error. */
  readonly err: (text: string) => void;
  /** Standard output is a terminal that shows colours. */
  readonly colours: boolean;
  /** Bits of a colour there, 24 or 8; 0 where pictures cannot be shown. */
  readonly colourBits: number;
  /** Columns of the terminal. */
  readonly columns: number;
  readonly lang: Language;
  /** Threads that the machine runs at once; default: one, and no other is started unless it is asked for. */
  readonly cores?: number;
  readonly openModel: (options: ModelOptions, lang?: Language) => Promise<AnsweringModel>;
  /** The same model, for commands that look inside. */
  readonly loadModel: (options: ModelOptions, lang?: Language) => Promise<Model>;
  /** What a dialogue is given to read; default: standard input. */
  readonly lines?: () => AsyncIterable<Line>;
  /** When a command that runs until it is stopped should stop; default: when the process is. */
  readonly ended?: Promise<void>;
  /** Set by a command that did part of its work. */
  exitCode: number;
}

/** A command that was asked something impossible, said in both languages. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly ko: string;

  constructor(message: string, ko: string) {
    super(message);
    this.ko = ko;
  }
}

const BUILT_IN = ['Error', 'TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'EvalError', 'URIError'];

/** Errors that are thrown on purpose have a class, and so a name, of their own; their message says it all. */
export function isExpected(error: unknown): error is Error {
  return error instanceof Error && error.name.endsWith('Error') && !BUILT_IN.includes(error.name);
}
