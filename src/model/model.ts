/** A model with its tokenizer: prompts of pictures and words in, answers out. */

import { requireKinds } from '../files/kinds.ts';
import type { Flamingo } from '../flamingo/flamingo.ts';
import { logSoftmax } from '../flamingo/generation/distribution.ts';
import { DEFAULT_MAX_TOKENS, type GenerationOptions } from '../flamingo/generation/options.ts';
import { parameterCount } from '../nn/index.ts';
import type { Run } from '../runs/captured.ts';
import type { GateValues } from '../runs/gates.ts';
import { EditError } from '../runs/region.ts';
import { type RunOptions, requireRunOptions } from '../runs/run.ts';

import type { StepOptions } from '../runs/steps.ts';
import type { TokenText } from '../runs/token-text.ts';
import {
  ArgumentError,
  type Device,
  heed,
  inspectedAs,
  NonFiniteError,
  requireOptions,
  requireSignal,
  scope,
  type Tensor,
  tensor,
} from '../tensor/index.ts';
import type { Answer } from './answer.ts';
import type { ModelConfig } from './config.ts';
import { disposeAfter } from './dispose-after.ts';
import { frameOrder } from './image/frames.ts';
import { loadFrames, loadPicture, type PictureSource } from './image/source.ts';
import { type Picture, preprocess } from './image.ts';
import { ANSWER_OPTIONS, type AnswerOptions, Prepared, type PrepareOptions } from './prepared.ts';
import {
  checkLimits,
  encodeAnswer,
  type MediaItem,
  type Prompt,
  PromptError,
  type PromptItem,
  type PromptLimits,
  parsePrompt,
  tokenise,
} from './prompt.ts';
import { Planes, requireShared, type SharedBeginning } from './shared-beginning.ts';
import { MAX_SCALE, padTexts, type RankedLabel, requireLabels, type TextClassifier } from './text-tower.ts';
import type { Tokenizer } from './tokenizer.ts';

/** A model as its files give it, on a device. */
export interface LoadedModel {
  readonly config: ModelConfig;
  readonly tokenizer: Tokenizer;
  readonly flamingo: Flamingo;
  /** How its public implementation generates: what length is to its beam search. Null for this project's own models. */
  readonly generation?: Pick<GenerationOptions, 'lengthRule'> | null;
  /** Reads the text tower, for `classify`; it stays on the device. */
  readonly textTower?: () => Promise<TextClassifier>;
}

/**
 * `load` opens one.
 * @example
 * ```ts
 * const prompt = { sequence: [{ image: 'examples/pictures/panda.png' }, { text: 'name :' }] };
 * const { text } = await model.answer(prompt);
 * const run = await model.run(prompt, { capture: ['xattn.*.gate.*'], edit: [{ at: 'xattn.0.gate.dense', set: 0 }] });
 * const prepared = await model.prepare(prompt); // for many runs of one prompt
 * prepared.dispose();
 * console.log(`${model}`, model.device.name, model.limits, await model.gates());
 * const features = await model.features('examples/pictures/panda.png'); // as `selectShots` compares them
 * ```
 */
export class Model {
  readonly flamingo: Flamingo;
  readonly tokenizer: Tokenizer;
  readonly config: ModelConfig;
  private readonly publicGeneration: Pick<GenerationOptions, 'lengthRule'> | null;

  private readonly textTower: (() => Promise<TextClassifier>) | null;
  private classifier: Promise<TextClassifier> | null = null;

  constructor(loaded: LoadedModel) {
    requireKinds('Model', { 'what was loaded': loaded }, '{flamingo,tokenizer,config}');
    const { flamingo, tokenizer, config, generation = null, textTower } = loaded;
    this.flamingo = flamingo;
    this.tokenizer = tokenizer;
    this.config = config;
    this.publicGeneration = generation;
    this.textTower = textTower ?? null;
  }

  /** Where it computes. */
  get device(): Device {
    return this.flamingo.device;
  }

  /** How many pictures and tokens a prompt may have. */
  get limits(): PromptLimits {
    return this.config.limits;
  }

  /**
   * Reads a prompt for many runs: decoding, the vision encoder and the resampler are left out of all that do not ask for
   * what happens there. `answer`, `run` and `generate` prepare their prompt themselves.
   * @throws PromptError when the prompt is malformed or too long
   * @throws PictureError for what is not a picture
   * @throws what the signal was aborted with
   */
  async prepare(prompt: Prompt<PictureSource>, options: PrepareOptions = {}): Promise<Prepared> {
    requireOptions('prepare', options, 'signal shared');
    const { signal, shared } = options;
    requireSignal('prepare', signal);
    requireShared('prepare', shared);
    shared?.begin(this.flamingo);
    await heed(signal);
    checkForm(prompt);
    checkLimits(prompt, this.tokenizer, this.limits);
    const { ids, media } = tokenise(prompt, this.tokenizer);
    const imageTokenMask = ids.map((id) => (this.tokenizer.media.includes(id) ? 1 : 0));
    this.checkPlaces(imageTokenMask, media.length);
    const clips = await decode(media, signal);
    this.checkFrames(prompt, clips);
    const shown = this.shown(clips);
    await heed(signal);
    const row = tensor(this.device, Int32Array.from(ids), [1, ids.length]);
    const imageTokens = this.tokenizer.media.length > 1 ? tensor(this.device, [imageTokenMask]) : null;
    return new Prepared({
      flamingo: this.flamingo,
      tokenizer: this.tokenizer,
      words: this.words,
      ids,
      inputs: { ids: row, pixels: media.length > 0 ? this.pixels(shown, shared) : null, imageTokens },
      imageTokenMask,
      generation: this.generation(prompt),
      candidates: prompt.candidates ?? null,
      temperature: this.config.temperature ?? 1,
      following: this.limits.tokens - ids.length,
      gates: () => this.gates(),
      shared: shared
        ? {
            beginning: shared,
            text: { ids, imageTokens: imageTokenMask, media: shown.map((frames) => frames.map(({ rgba }) => rgba)) },
          }
        : null,
    });
  }

  /**
   * Generates text, and ranks the prompt's candidates if it has any. Edits change what flows, as in `run`, while the
   * model reads, generates and ranks; `gates` are those that were used.
   * @throws PromptError when the prompt is malformed or too long
   * @throws PictureError for what is not a picture
   * @throws TapError, EditError for edits that match nothing or do not fit
   */
  async answer(prompt: Prompt<PictureSource>, options: AnswerOptions & PrepareOptions = {}): Promise<Answer> {
    requireOptions('answer', options, `${ANSWER_OPTIONS} shared`);
    const { shared, ...asked } = options;
    return disposeAfter(this.prepare(prompt, { signal: asked.signal, shared }), (prepared) => prepared.answer(asked));
  }

  /**
   * Reads a prompt once, without generating: what is captured, `run.get('xattn.1.attention.weights')`, and the token that
   * comes next.
   * @throws PromptError, PictureError for the prompt
   * @throws TapError for patterns that match nothing, with the nearest names
   * @throws EditError for edits and gradients that do not fit, BudgetError when captures would take too much memory
   */
  async run(prompt: Prompt<PictureSource>, options: RunOptions = {}): Promise<Run> {
    requireRunOptions(options);
    return disposeAfter(this.prepare(prompt, { signal: options.signal }), (prepared) => prepared.run(options));
  }

  /**
   * Answers a prompt and gives a run for every token: the first reads the prompt, the others one token each. Their `next`
   * are the answer's tokens; `prompt.generate` says how they are chosen, one beam only.
   *
   * @example
   * ```ts
   * for await (const { next } of model.generate(prompt, { edit: [{ at: 'xattn.*.gate.*', set: 0 }] }))
   *   console.log(next?.text);
   * ```
   *
   * @throws what `run` throws; ArgumentError for several beams and for `stopAfter`
   */
  async *generate(prompt: Prompt<PictureSource>, options: StepOptions = {}): AsyncGenerator<Run, void, undefined> {
    requireRunOptions(options);
    const prepared = await this.prepare(prompt, { signal: options.signal });
    try {
      yield* prepared.generate(options);
    } finally {
      prepared.dispose();
    }
  }

  /** What the vision encoder's head makes of a picture, for comparing pictures: `selectShots`. */
  async features(picture: PictureSource): Promise<Float32Array> {
    const loaded = await loadPicture(picture);
    const features = scope(this.device, () => this.look(loaded), { noGrad: true });
    const data = (await features.data()) as Float32Array;
    features.dispose();
    if (!data.every(Number.isFinite)) throw await this.brokenVision('features', loaded);
    return data;
  }

  /**
   * Which of some labels fits a picture best, by the vision encoder and the text tower of its contrastive pretraining alone:
   * CLIP's zero-shot classification, which the paper compares with (section 5). The language model has no part in it.
   *
   * @param labels texts to choose among, at least one, all different
   * @example
   * ```ts
   * const [best] = await model.classify('cat.png', ['cat', 'dog', '로켓']);
   * ```
   *
   * @returns every label, the best first
   * @throws ArgumentError for invalid labels, and for models without a text tower; PictureError; NonFiniteError
   */
  async classify(picture: PictureSource, labels: readonly string[]): Promise<RankedLabel[]> {
    requireLabels(labels);
    if (!this.textTower) throw new ArgumentError('classify', 'this model has no text tower; the shipped one has');
    const loaded = await loadPicture(picture);
    this.classifier ??= this.textTower();
    const classifier = await this.classifier.catch((error) => {
      this.classifier = null; // what could not be read may be there the next time
      throw error;
    });
    const { pad } = this.tokenizer.special;
    const texts = labels.map((label) => encodeAnswer(label, this.tokenizer));
    const { ids, length } = padTexts(texts, pad);
    const compare = (): Tensor =>
      classifier.forward(this.look(loaded), tensor(this.device, ids, [texts.length, length]), pad);
    const logits = scope(this.device, compare, { noGrad: true });
    const values = (await logits.data()) as Float32Array;
    logits.dispose();
    const scale = Math.min(MAX_SCALE, Math.exp((await classifier.logScale.data())[0] as number));
    if (!values.every(Number.isFinite)) {
      await this.features(loaded); // throws where the fault is the picture's
      throw new NonFiniteError('[classify] the text tower gives NaN or infinity: its weights are damaged');
    }
    const logs = logSoftmax(values);
    return labels
      .map((label, i) => ({
        label,
        similarity: (values[i] as number) / scale,
        probability: Math.exp(logs[i] as number),
      }))
      .sort((a, b) => b.similarity - a.similarity);
  }

  /** Signed tanh(alpha) of both gates of every block; the mean, where every channel has an alpha (IDEFICS). */
  async gates(): Promise<GateValues[]> {
    const values: GateValues[] = [];
    for (const [layer, block] of this.flamingo.crossAttention.entries()) {
      if (block) values.push({ layer, ...(await block.gates()) });
    }
    return values;
  }

  /** How large it is, where it runs and what it takes. */
  toString(): string {
    const { images, tokens } = this.limits;
    const count = parameterCount(this.flamingo).toLocaleString('en');
    const takes = `pictures of ${this.size} x ${this.size}, at most ${images} in a prompt of ${tokens} tokens`;
    return `Model of ${count} parameters on ${this.device.name}; ${takes}`;
  }

  /** Gives the memory back. */
  dispose(): void {
    this.flamingo.dispose();
    this.classifier?.then((classifier) => classifier.dispose()).catch(() => {});
  }

  /** The error for a picture of which NaN or infinity is computed, with the tap at which it first arises. */
  private async brokenVision(operation: string, picture: Picture): Promise<NonFiniteError> {
    const run = await this.run({ sequence: [{ image: picture }] }, { capture: ['vision.**'] });
    const first = run.names.find((name) => !run.get(name).data.every(Number.isFinite));
    const where = first ? `the first are at '${first}'` : 'its taps are finite, its projection is damaged';
    return new NonFiniteError(`[${operation}] the vision encoder gives NaN or infinity; ${where}`);
  }

  /** What the vision encoder's head makes of a picture: [1, projection] */
  private look(picture: Picture): Tensor {
    const { vision } = this.flamingo;
    if (!vision) throw new ArgumentError('features', 'this model has no vision encoder');
    const { pooled, features } = vision.forward(this.pixels([[picture]]).reshape([1, 3, this.size, this.size]));
    return features ?? pooled;
  }

  private get size(): number {
    return this.config.preprocessing.size;
  }

  /** Tokens as this model's tokenizer writes them, probabilities at its temperature. */
  private get words(): TokenText {
    const { tokenizer } = this;
    const { temperature = 1 } = this.config;
    return {
      temperature,
      token: (id) => tokenizer.token(id),
      decode: (ids) => {
        const said = ids.filter((id) => id !== tokenizer.special.eoc);
        return tokenizer.decode(said, { skipSpecial: tokenizer.words !== null }).trim();
      },
      tokenOf: (text) => {
        const ids = tokenizer.encode(text);
        if (ids.length === 1) return ids[0] as number;
        const found = ids.map((id) => tokenizer.token(id)).join(', ');
        throw new EditError(`'${text}' is ${ids.length} tokens${found && `, ${found}`}; expected one`);
      },
    };
  }

  private generation({ generate = {} }: Prompt<PictureSource>): GenerationOptions & { suppress: number[] } {
    const { image, pad, bos, eoc } = this.tokenizer.special;
    if (this.publicGeneration === null) return { ...generate, stop: eoc, suppress: [image, pad, bos] };
    // flamingo-mini's `<` stands for a picture in prompts only: it may be said.
    const suppress = this.tokenizer.media.length > 1 ? [] : [image];
    const { lengthRule } = this.publicGeneration;
    return { maxTokens: this.limits.answer ?? DEFAULT_MAX_TOKENS, ...generate, lengthRule, stop: eoc, suppress };
  }

  /** @throws PromptError where a public model's text has other places for pictures than it has pictures */
  private checkPlaces(imageTokenMask: readonly number[], pictures: number): void {
    const places = imageTokenMask.reduce((sum, one) => sum + one, 0);
    if (this.tokenizer.words === null || places === pictures) return;
    const sign = this.tokenizer.token(this.tokenizer.special.image);
    const what = `holds ${pictures} pictures, and ${places} tokens that this model takes for one`;
    throw new PromptError('sequence', what, `no '${sign}' in texts, and words between pictures`);
  }

  /** @throws PromptError for a clip of several frames where the model has not learnt when a frame was */
  private checkFrames({ sequence }: Prompt<PictureSource>, clips: readonly (readonly Picture[])[]): void {
    const long = clips.findIndex((frames) => frames.length > 1);
    if (this.limits.frames !== undefined || long < 0) return;
    const places = [...sequence.keys()].filter((i) => !('text' in (sequence[i] as PromptItem<PictureSource>)));
    const what = `is a clip of ${clips[long]?.length} frames`;
    throw new PromptError(`sequence[${places[long]}]`, what, `a picture: clips are for ${CLIP_WEIGHTS}`);
  }

  /**
   * Pictures and clips as the model sees them: all for as long as the longest, at most as long as the model takes. Evenly, some
   * frames are left out or shown for longer.
   */
  private shown(clips: readonly (readonly Picture[])[]): Picture[][] {
    const f = Math.min(this.limits.frames ?? 1, Math.max(...clips.map((frames) => frames.length)));
    return clips.map((frames) => frameOrder(frames.length, f).map((source) => frames[source] as Picture));
  }

  /** What is shown in one row: [1, m, f, 3, size, size] */
  private pixels(shown: readonly (readonly Picture[])[], shared?: SharedBeginning): Tensor {
    const frames = shown.flat();
    const plane = 3 * this.size * this.size;
    const data = new Float32Array(frames.length * plane);
    const planes = shared?.planes ?? new Planes();
    for (const [i, frame] of frames.entries())
      data.set(
        planes.of(frame, () => preprocess(frame, this.config.preprocessing)),
        i * plane,
      );
    return tensor(this.device, data, [1, shown.length, frames.length / shown.length, 3, this.size, this.size]);
  }
}
inspectedAs(Model, (model) => model.toString());

/** @throws PromptError for what is not a prompt, whatever stands for its pictures */
function checkForm(prompt: unknown): void {
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const named = (item: unknown): unknown => {
    if (!isObject(item)) return item;
    const path = (key: string): object => (key in item ? { [key]: 'a path' } : {});
    const frames = 'video' in item && Array.isArray(item.video) ? { video: item.video.map(() => 'a path') } : {};
    return { ...item, ...path('image'), ...path('video'), ...frames };
  };
  const readable = isObject(prompt) && 'sequence' in prompt && Array.isArray(prompt.sequence);
  parsePrompt(readable ? { ...prompt, sequence: (prompt.sequence as unknown[]).map(named) } : prompt);
}

/** What the message of a model without temporal embeddings points to. */
const CLIP_WEIGHTS = 'models with temporal embeddings, such as --weights video';

/** Each picture and clip decoded to its frames, one that comes twice only once. @throws PictureError */
async function decode(media: readonly MediaItem<PictureSource>[], signal?: AbortSignal): Promise<Picture[][]> {
  const loaded = new Map<unknown, Promise<Picture[]>>();
  const once = (kind: string, source: unknown, load: () => Promise<Picture[]>): Promise<Picture[]> => {
    const key = source instanceof URL || typeof source === 'string' ? `${kind} ${source}` : source;
    const frames = loaded.get(key) ?? load();
    loaded.set(key, frames);
    return frames;
  };
  const named = (what: string, i: number) => (media.length > 1 ? `${what} ${i + 1} of the prompt` : `a ${what}`);
  return Promise.all(
    media.map((item, i) =>
      'image' in item
        ? once('image', item.image, async () => [await loadPicture(item.image, { name: named('picture', i), signal })])
        : once('video', item.video, () => loadFrames(item.video, { name: named('clip', i), signal })),
    ),
  );
}
