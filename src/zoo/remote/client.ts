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
import { ArgumentError, requireOptions, requireSignal } from '../../tensor/index.ts';
import { Line, requireGiven } from './line.ts';
import type { AnswerData, Opened, PreparedPrompt, RunData, Wire } from './protocol.ts';

/** How a model in a worker is opened. */
export interface RemoteOptions {
  /** As `openDevice` takes it; default `simd`. */
  readonly device?: string;
  /** How many bytes of the weights have come, and how many there are. */
  readonly progress?: (loaded: number, total: number) => void;
  /** Ends the wait; the worker itself is its owner's to end. */
  readonly signal?: AbortSignal | undefined;
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
 * original: tell them apart by `name`. A worker that fails, closes its wire, says nothing in a minute or answers something
 * else is a GlassFlamingoError too
 */
export async function openInWorker(
  worker: Wire,
  location?: string | URL,
  options: RemoteOptions = {},
): Promise<RemoteModel> {
  requireOptions('openInWorker', options, 'device progress signal');
  requireKinds('openInWorker', { worker }, '{addEventListener,postMessage}');
  const { device, progress, signal } = options;
  requireKinds('openInWorker', { device, progress }, 'text? function?');
  requireSignal('openInWorker', signal);
  const line = new Line(worker);
  const asked = {
    ...(location !== undefined && { location: fromPage(location) }),
    ...(device !== undefined && { device }),
  };
  return new RemoteModel(line, await line.call('open', asked, { signal, ...(progress && { progress }) }));
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

  /** @internal */
  constructor(line: Line, opened: Opened) {
    requireKinds('RemoteModel', { 'the line': line }, '{call}');
    const { config, device, gates, tokens } = requireGiven('open', opened);
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

  /** @internal */
  constructor(line: Line, given: PreparedPrompt, words: NextTokenParts['words']) {
    requireKinds('RemotePrepared', { 'the line': line, 'the words': words }, '{call} {token}');
    const { prepared, ids, taps } = requireGiven('prepare', given);
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
    this.line.call('release', { prepared: this.number }).catch(() => undefined); // a worker that is gone holds none
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

/** Paths are relative to the page: a worker would take them relative to its own file. */
function fromPage(location: string | URL): string {
  if (location instanceof URL) return location.href;
  requireKinds('openInWorker', { location }, 'text');
  if (typeof document === 'undefined') return location;
  if (!URL.canParse(location, document.baseURI))
    throw new ArgumentError('openInWorker', `'${location}' is no address; expected a path or a URL`);
  return new URL(location, document.baseURI).href;
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
