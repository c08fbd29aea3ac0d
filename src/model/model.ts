/** A model with its tokenizer: prompts of pictures and words in, answers out. */

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
  requireOptions,
  requireSignal,
  scope,
  type Tensor,
  tensor,
} from '../tensor/index.ts';
import type { Answer } from './answer.ts';
import type { ModelConfig } from './config.ts';
import { disposeAfter } from './dispose-after.ts';
import { loadPicture, type PictureSource } from './image/source.ts';
import { type Picture, preprocess } from './image.ts';
import { type AnswerOptions, PREPARE_OPTIONS, Prepared, type PrepareOptions } from './prepared.ts';
import {
  checkLimits,
  encodeAnswer,
  type Prompt,
  PromptError,
  type PromptLimits,
  parsePrompt,
  tokenise,
} from './prompt.ts';
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
 * ```
 */
export class Model {
  readonly flamingo: Flamingo;
  readonly tokenizer: Tokenizer;
  readonly config: ModelConfig;
  private readonly publicGeneration: Pick<GenerationOptions, 'lengthRule'> | null;

  private readonly textTower: (() => Promise<TextClassifier>) | null;
  private classifier: Promise<TextClassifier> | null = null;

  constructor({ flamingo, tokenizer, config, generation = null, textTower }: LoadedModel) {
    this.flamingo = flamingo;
    this.tokenizer = tokenizer;
    this.config = config;
    this.publicGeneration = generation;
    this.textTower = textTower ?? null;
  }

  /** What really runs. */
  get device(): Device {
    return this.flamingo.device;
  }

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
    requireOptions('prepare', options, PREPARE_OPTIONS);
    const { signal } = options;
    requireSignal('prepare', signal);
    await heed(signal);
    checkForm(prompt);
    checkLimits(prompt, this.tokenizer, this.limits);
    const { ids, images } = tokenise(prompt, this.tokenizer);
    const imageTokenMask = ids.map((id) => (this.tokenizer.media.includes(id) ? 1 : 0));
    this.checkPlaces(imageTokenMask, images.length);
    const pictures = images.length > 0 ? await decode(images, signal) : null;
    await heed(signal);
    const row = tensor(this.device, Int32Array.from(ids), [1, ids.length]);
    const imageTokens = this.tokenizer.media.length > 1 ? tensor(this.device, [imageTokenMask]) : null;
    return new Prepared({
      flamingo: this.flamingo,
      tokenizer: this.tokenizer,
      words: this.words,
      ids,
      inputs: { ids: row, pixels: pictures && this.pixels(pictures), imageTokens },
      imageTokenMask,
      generation: this.generation(prompt),
      candidates: prompt.candidates ?? null,
      temperature: this.config.temperature ?? 1,
      following: this.limits.tokens - ids.length,
      gates: () => this.gates(),
    });
  }

  /**
   * Generates text, and ranks the prompt's candidates if it has any. Edits change what flows, as in `run`, while the
   * model reads, generates and ranks; `gates` are those that were used.
   * @throws PromptError when the prompt is malformed or too long
   * @throws PictureError for what is not a picture
   * @throws TapError, EditError for edits that match nothing or do not fit
   */
  async answer(prompt: Prompt<PictureSource>, options: AnswerOptions = {}): Promise<Answer> {
    return disposeAfter(this.prepare(prompt, { signal: options.signal }), (prepared) => prepared.answer(options));
  }

  /**
   * Reads a prompt once, without generating: what is captured, `run.get('xattn.1.attention.weights')`, and the token that
   * comes next.
   * @throws PromptError, PictureError for the prompt
   * @throws TapError for patterns that match nothing, with the nearest names
   * @throws EditError for edits and gradients that do not fit, BudgetError when captures would take too much memory
   */
  async run(prompt: Prompt<PictureSource>, options: RunOptions = {}): Promise<Run> {
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
    const [loaded] = (await decode([picture])) as [Picture];
    const features = scope(this.device, () => this.look(loaded), { noGrad: true });
    const data = (await features.data()) as Float32Array;
    features.dispose();
    return data;
  }

  /**
   * Which of some labels fits a picture best, by the vision encoder and the text tower of its contrastive pretraining alone:
   * CLIP's zero-shot classification, which the paper compares with (section 5). The language model has no part in it.
   *
   * @example
   * ```ts
   * const [best] = await model.classify('cat.png', ['cat', 'dog', '로켓']);
   * ```
   *
   * @returns every label, the best first
   * @throws ArgumentError for invalid labels, and for models without a text tower; PictureError
   */
  async classify(picture: PictureSource, labels: readonly string[]): Promise<RankedLabel[]> {
    requireLabels(labels);
    if (!this.textTower) throw new ArgumentError('classify', 'this model has no text tower; the shipped one has');
    const [loaded] = (await decode([picture])) as [Picture];
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

  /** What the vision encoder's head makes of a picture: [1, projection] */
  private look(picture: Picture): Tensor {
    const { vision } = this.flamingo;
    if (!vision) throw new ArgumentError('features', 'this model has no vision encoder');
    const { pooled, features } = vision.forward(this.pixels([picture]).reshape([1, 3, this.size, this.size]));
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
        const found = ids.map((id) => tokenizer.token(id)).join(' ');
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

  /** Pictures of one row: [1, m, 1, 3, size, size] */
  private pixels(pictures: readonly Picture[]): Tensor {
    const plane = 3 * this.size * this.size;
    const data = new Float32Array(pictures.length * plane);
    pictures.forEach((picture, i) => {
      data.set(preprocess(picture, this.config.preprocessing), i * plane);
    });
    return tensor(this.device, data, [1, pictures.length, 1, 3, this.size, this.size]);
  }
}
inspectedAs(Model, (model) => model.toString());

/** @throws PromptError for what is not a prompt, whatever stands for its pictures */
function checkForm(prompt: unknown): void {
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const named = (item: unknown): unknown => (isObject(item) && 'image' in item ? { ...item, image: 'a path' } : item);
  const readable = isObject(prompt) && 'sequence' in prompt && Array.isArray(prompt.sequence);
  parsePrompt(readable ? { ...prompt, sequence: (prompt.sequence as unknown[]).map(named) } : prompt);
}

/** Each picture decoded, one that comes twice only once. @throws PictureError */
async function decode(sources: readonly PictureSource[], signal?: AbortSignal): Promise<Picture[]> {
  const loaded = new Map<PictureSource, Promise<Picture>>();
  return Promise.all(
    sources.map((source, i) => {
      const key = source instanceof URL ? source.href : source;
      const name = sources.length > 1 ? `picture ${i + 1} of the prompt` : 'a picture';
      const picture = loaded.get(key) ?? loadPicture(source, { name, signal });
      loaded.set(key, picture);
      return picture;
    }),
  );
}
