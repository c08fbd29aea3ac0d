/** The page's side: a model that runs in a worker, so that the page stays quick. */

import { requireKinds } from '../../files/kinds.ts';
import { Answer } from '../../model/answer.ts';
import type { ModelConfig } from '../../model/config.ts';
import { disposeAfter } from '../../model/dispose-after.ts';
import { loadPicture, type PictureSource } from '../../model/image/source.ts';
import { ANSWER_OPTIONS, type AnswerOptions, type PrepareOptions } from '../../model/prepared.ts';
import type { Prompt } from '../../model/prompt.ts';
import { Captured, NextToken, type NextTokenParts, Run } from '../../runs/captured.ts';
import type { GateValues } from '../../runs/gates.ts';
import { RUN_OPTIONS, type RunOptions } from '../../runs/run.ts';
import type { TapShape } from '../../runs/tap-shapes.ts';
import { ArgumentError, GlassFlamingoError, requireOptions } from '../../tensor/index.ts';
import type { AnswerData, Calls, FromWorker, Opened, PreparedPrompt, RunData, Wire } from './protocol.ts';

/** How a model in a worker is opened. */
export interface RemoteOptions {
  /** As `openDevice` takes it; default `simd`. */
  readonly device?: string;
  /** How many bytes of the weights have come, and how many there are. */
  readonly progress?: (loaded: number, total: number) => void;
}

/**
 * Opens a model in a worker whose file calls `serveModel()`.
 *
 * @example
 * ```ts
 * const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
 * const model = await openInWorker(worker, 'weights', { progress: (loaded, total) => (bar.value = loaded / total) });
 * const { text } = await model.answer({ sequence: [{ image: file }, { text: 'name :' }] });
 * ```
 *
 * @param location as `load` takes it, relative to the page; without one, the weights beside the worker's code
 * @throws what `load` throws. Errors that come from a worker are GlassFlamingoErrors with the `name` and message of the
 * original: tell them apart by `name`
 */
export async function openInWorker(
  worker: Wire,
  location?: string | URL,
  options: RemoteOptions = {},
): Promise<RemoteModel> {
  requireOptions('openInWorker', options, 'device progress');
  requireKinds('openInWorker', { worker }, '{addEventListener,postMessage}');
  const { device, progress } = options;
  const line = new Line(worker);
  const asked = {
    ...(location !== undefined && { location: fromPage(location) }),
    ...(device !== undefined && { device }),
  };
  return new RemoteModel(line, await line.call('open', asked, progress ? { progress } : {}));
}

/**
 * A model in a worker. `openInWorker` opens one.
 * @example
 * ```ts
 * const remote = await openInWorker(new Worker('worker.js', { type: 'module' }), 'weights');
 * const { text } = await remote.answer(prompt);
 * const run = await remote.run(prompt, { capture: ['xattn.*.gate.*'] });
 * const prepared = await remote.prepare(prompt); // for many runs of one prompt
 * prepared.dispose();
 * ```
 */
export class RemoteModel {
  readonly config: ModelConfig;
  /** What really runs. */
  readonly device: string;
  /** Signed tanh(alpha) of both gates of every block. */
  readonly gates: readonly GateValues[];
  private readonly line: Line;
  private readonly words: NextTokenParts['words'];

  constructor(line: Line, { config, device, gates, tokens }: Opened) {
    this.line = line;
    this.config = config;
    this.device = device;
    this.gates = gates;
    this.words = { token: (id) => tokens[id] ?? `[${id}]`, temperature: config.temperature ?? 1 };
  }

  /** As `Model.prepare`. */
  async prepare(prompt: Prompt<PictureSource>, options: Pick<PrepareOptions, 'signal'> = {}): Promise<RemotePrepared> {
    requireOptions('prepare', options, 'signal');
    const { signal } = options;
    const posted = await postable(prompt, signal);
    return new RemotePrepared(this.line, await this.line.call('prepare', { prompt: posted }, { signal }), this.words);
  }

  /** As `Model.answer`. */
  async answer(prompt: Prompt<PictureSource>, options: AnswerOptions = {}): Promise<Answer> {
    requireOptions('answer', options, ANSWER_OPTIONS);
    return disposeAfter(this.prepare(prompt, { signal: options.signal }), (prepared) => prepared.answer(options));
  }

  /** As `Model.run`. */
  async run(prompt: Prompt<PictureSource>, options: RunOptions = {}): Promise<Run> {
    requireOptions('run', options, RUN_OPTIONS);
    return disposeAfter(this.prepare(prompt, { signal: options.signal }), (prepared) => prepared.run(options));
  }
}

/**
 * A prompt that the worker keeps for many runs: `model.prepare(prompt)`.
 * @example
 * ```ts
 * const remote = await openInWorker(new Worker('worker.js', { type: 'module' }), 'weights');
 * const prepared = await remote.prepare(prompt);
 * const { text } = await prepared.answer({ edit: [{ at: 'xattn.3.gate.dense', set: 0 }] });
 * const run = await prepared.run({ capture: ['logits'] });
 * prepared.dispose();
 * ```
 */
export class RemotePrepared {
  /** The prompt's tokens, one for each picture. */
  readonly ids: readonly number[];
  /** All that a run of this prompt computes, in order. */
  readonly taps: readonly TapShape[];
  private readonly line: Line;
  private readonly number: number;
  private readonly words: NextTokenParts['words'];

  constructor(line: Line, { prepared, ids, taps }: PreparedPrompt, words: NextTokenParts['words']) {
    this.line = line;
    this.number = prepared;
    this.ids = ids;
    this.taps = taps;
    this.words = words;
  }

  /** As `Prepared.answer`. */
  async answer(asked: AnswerOptions = {}): Promise<Answer> {
    requireOptions('answer', asked, ANSWER_OPTIONS);
    const { signal, ...options } = asked;
    const found: AnswerData = await this.line.call('answer', { prepared: this.number, options }, { signal });
    return new Answer({ ...found, run: this.revived(found.run), words: this.words });
  }

  /** As `Prepared.run`. */
  async run(asked: RunOptions = {}): Promise<Run> {
    requireOptions('run', asked, RUN_OPTIONS);
    const { signal, ...options } = asked;
    return this.revived(await this.line.call('run', { prepared: this.number, options }, { signal }));
  }

  /** Gives the worker's memory back. */
  dispose(): void {
    void this.line.call('release', { prepared: this.number });
  }

  private revived({ values, gradients, objective, next }: RunData): Run {
    const named = (list: readonly Captured[]): Map<string, Captured> =>
      new Map(list.map((value) => [value.name, new Captured(value)]));
    return new Run({
      values: named(values),
      gradients: named(gradients),
      objective,
      next: next && new NextToken({ ...next, words: this.words }),
    });
  }
}

interface Waiting {
  readonly resolve: (given: never) => void;
  readonly reject: (error: unknown) => void;
  readonly progress?: ((loaded: number, total: number) => void) | undefined;
}

/** Calls to the worker and their answers. */
class Line {
  private readonly worker: Wire;
  private readonly waiting = new Map<number, Waiting>();
  private calls = 0;

  constructor(worker: Wire) {
    this.worker = worker;
    worker.addEventListener('message', ({ data }) => this.hear(data as FromWorker));
    worker.addEventListener('error' as 'message', (event) => this.fail(event as unknown as ErrorEvent));
    worker.start?.();
  }

  async call<Do extends keyof Calls>(
    what: Do,
    asked: Calls[Do]['asked'],
    { signal, progress }: Pick<Waiting, 'progress'> & { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Calls[Do]['given']> {
    signal?.throwIfAborted();
    const number = ++this.calls;
    const abort = (): void => {
      this.worker.postMessage({ number, do: 'abort' });
      this.waiting.get(number)?.reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort);
    try {
      return await new Promise((resolve, reject) => {
        this.waiting.set(number, { resolve, reject, progress });
        this.post({ number, do: what, asked });
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      this.waiting.delete(number);
    }
  }

  private post(message: unknown): void {
    try {
      this.worker.postMessage(message);
    } catch (error) {
      const why = (error as Error).message;
      throw new ArgumentError(
        'openInWorker',
        `this cannot be sent to a worker: ${why}; expected data without functions`,
      );
    }
  }

  private hear(message: FromWorker): void {
    const waiting = this.waiting.get(message.number);
    if (message.is === 'progress') waiting?.progress?.(message.loaded, message.total);
    else if (message.is === 'given') waiting?.resolve(message.given as never);
    else waiting?.reject(Object.assign(new GlassFlamingoError(message.message), { name: message.name }));
  }

  /** The worker's own code does not run. */
  private fail({ message }: Partial<ErrorEvent>): void {
    const error = new GlassFlamingoError(`the worker failed: ${message ?? 'its file could not be loaded'}`);
    for (const { reject } of this.waiting.values()) reject(error);
  }
}

/** Paths are relative to the page: a worker would take them relative to its own file. */
function fromPage(location: string | URL): string {
  if (location instanceof URL) return location.href;
  return typeof document === 'undefined' ? location : new URL(location, document.baseURI).href;
}

/** A prompt whose pictures can be posted: elements of the page are read here. */
async function postable(
  prompt: Prompt<PictureSource>,
  signal: AbortSignal | undefined,
): Promise<Prompt<PictureSource>> {
  if (!Array.isArray(prompt?.sequence)) return prompt; // the worker says what is wrong
  const post = async (image: PictureSource): Promise<PictureSource> => {
    if (typeof image === 'string' || image instanceof URL) return fromPage(image);
    return /Element\]$|Canvas\]$/.test(Object.prototype.toString.call(image)) ? loadPicture(image, { signal }) : image;
  };
  const sequence = await Promise.all(
    prompt.sequence.map(async (item) => {
      if (item && 'image' in item) return { image: await post(item.image) };
      if (!(item && 'video' in item)) return item;
      const { video } = item;
      return { video: Array.isArray(video) ? await Promise.all(video.map(post)) : await post(video as PictureSource) };
    }),
  );
  return { ...prompt, sequence };
}
