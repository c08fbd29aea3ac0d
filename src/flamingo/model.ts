/** A model with its tokenizer: prompts of pictures and words in, answers out. */

import { ArgumentError, type Device, openDevice, scope, type Tensor, tensor } from '../tensor/index.ts';
import type { Answer, GateValues, RankedCandidate } from './answer.ts';
import type { ModelConfig } from './config.ts';
import { largest, logSoftmax, without } from './distribution.ts';
import type { Flamingo } from './flamingo.ts';
import { generate } from './generate.ts';
import { type Picture, PictureError, preprocess, readPicture } from './image.ts';
import { checkLimits, type Prompt, type PromptItem, type PromptLimits, parsePrompt, tokenise } from './prompt.ts';
import { logLikelihoods } from './rank.ts';
import { ResourceError, readResource } from './resource.ts';
import { capture, type Run } from './run.ts';
import type { Tokenizer } from './tokenizer.ts';
import { type LoadedWeights, readWeights, type WeightsSource, weightsSource } from './weights.ts';

export interface LoadOptions {
  /** A folder by path or URL, or anything that gives its files. Default: the weights that come with this package. */
  readonly weights?: string | URL | WeightsSource;
  /** As `openDevice` takes it; default `simd`. An open device is used as it is. */
  readonly device?: string | Device;
}

/** A picture as the caller has it: a path or URL, the bytes of a file, or decoded. */
export type PictureSource = string | URL | Uint8Array | Picture;

const ALTERNATIVES = 5;

/**
 * Opens a model.
 *
 *     const model = await load();
 *     const { text } = await model.answer({ sequence: [{ image: 'cat.png' }, { text: 'name :' }] });
 *
 * @throws WeightsError and the errors of what is in its files
 * @throws DeviceError when the device does not run here
 */
export async function load({ weights, device = 'simd' }: LoadOptions = {}): Promise<Model> {
  const folder = weights ?? new URL('../../weights/', import.meta.url);
  const opened = typeof device === 'string' ? await openDevice(device) : device;
  return new Model(await readWeights(weightsSource(folder), opened));
}

export class Model {
  readonly flamingo: Flamingo;
  readonly tokenizer: Tokenizer;
  readonly config: ModelConfig;

  constructor({ flamingo, tokenizer, config }: LoadedWeights) {
    this.flamingo = flamingo;
    this.tokenizer = tokenizer;
    this.config = config;
  }

  /** What really runs. */
  get device(): Device {
    return this.flamingo.device;
  }

  get limits(): PromptLimits {
    return this.config.limits;
  }

  /**
   * Generates text, and ranks the prompt's candidates if it has any.
   * @throws PromptError when the prompt is malformed or too long
   * @throws PictureError for what is no picture
   */
  async answer(prompt: Prompt<PictureSource>): Promise<Answer> {
    const { ids, pixels } = await this.read(prompt);
    const latents =
      pixels && scope(this.device, () => this.flamingo.resample(this.flamingo.encode(this.pixels(pixels))));
    try {
      const decoding = { ids: [ids], latents };
      const suppress = [this.tokenizer.special.image, this.tokenizer.special.pad, this.tokenizer.special.bos];
      const options = { ...prompt.generate, stop: this.tokenizer.special.eoc, suppress };
      const [generated] = await generate(this.flamingo, decoding, options);
      if (!generated) throw new Error('one prompt gives one text');
      const candidates = prompt.candidates && (await this.rank(decoding, prompt.candidates));
      return {
        text: this.tokenizer.decode(generated.ids.filter((id) => id !== options.stop)).trim(),
        alternatives: this.alternatives(without(generated.firstLogits, suppress)),
        ...(candidates && { candidates }),
        gates: await this.gates(),
        ids: generated.ids,
        logits: generated.firstLogits,
      };
    } finally {
      latents?.dispose();
    }
  }

  /**
   * Reads a prompt once, without generating, and keeps what the patterns name: `run.get('xattn.1.attention.weights')`.
   * @throws TapError when a pattern matches no tap, with the nearest names
   */
  async run(prompt: Prompt<PictureSource>, options: { readonly capture: readonly string[] }): Promise<Run> {
    const { ids, pixels } = await this.read(prompt);
    return capture(this.device, options.capture, (tap) => {
      const row = tensor(this.device, Int32Array.from(ids), [1, ids.length]);
      return this.flamingo.forward({ ids: row, pixels: pixels && this.pixels(pixels) }, tap);
    });
  }

  /** What the vision encoder's head makes of a picture, for comparing pictures: `selectShots`. */
  async features(picture: PictureSource): Promise<Float32Array> {
    const { vision } = this.flamingo;
    if (!vision) throw new ArgumentError('features', 'this model has no vision encoder');
    const [loaded] = (await decode([picture])) as [Picture];
    const features = scope(this.device, () => {
      const { pooled, features } = vision.forward(this.pixels([loaded]).reshape([1, 3, this.size, this.size]));
      return features ?? pooled;
    });
    const data = (await features.data()) as Float32Array;
    features.dispose();
    return data;
  }

  /** Signed tanh(alpha) of both gates of every block. */
  async gates(): Promise<GateValues[]> {
    const values: GateValues[] = [];
    for (const [layer, block] of this.flamingo.crossAttention.entries()) {
      if (!block) continue;
      const [attention, dense] = [await block.attentionGate.item(), await block.denseGate.item()];
      values.push({ layer, attention: Math.tanh(attention), dense: Math.tanh(dense) });
    }
    return values;
  }

  /** Gives the memory back. */
  dispose(): void {
    this.flamingo.dispose();
  }

  private get size(): number {
    return this.config.preprocessing.size;
  }

  /** The prompt's tokens and its pictures, checked. */
  private async read(prompt: Prompt<PictureSource>): Promise<{ ids: readonly number[]; pixels: Picture[] | null }> {
    const named = (item: PromptItem<PictureSource>): PromptItem => ('image' in item ? { image: 'a picture' } : item);
    parsePrompt({ ...prompt, sequence: Array.isArray(prompt.sequence) ? prompt.sequence.map(named) : prompt.sequence });
    checkLimits(prompt, this.tokenizer, this.limits);
    const { ids, images } = tokenise(prompt, this.tokenizer);
    return { ids, pixels: images.length > 0 ? await decode(images) : null };
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

  private alternatives(logits: Float32Array): Answer['alternatives'] {
    const logs = logSoftmax(logits);
    return largest(logs, ALTERNATIVES).map((id) => ({
      token: this.tokenizer.token(id),
      probability: Math.exp(logs[id] as number),
    }));
  }

  private async rank(
    prompt: { readonly ids: readonly (readonly number[])[]; readonly latents: Tensor | null },
    candidates: readonly string[],
  ): Promise<RankedCandidate[]> {
    const tokens = candidates.map((text) => [...this.tokenizer.encode(text), this.tokenizer.special.eoc]);
    const [scores = []] = await logLikelihoods(this.flamingo, prompt, [tokens]);
    return candidates.map((text, i) => {
      const each = scores[i] as number[];
      return { text, logProbability: each.reduce((sum, p) => sum + p, 0), tokens: each.length };
    });
  }
}

/** Each picture decoded, a path or URL that comes twice only once. */
async function decode(sources: readonly PictureSource[]): Promise<Picture[]> {
  const loaded = new Map<PictureSource, Promise<Picture>>();
  return Promise.all(
    sources.map((source) => {
      const key = source instanceof URL ? source.href : source;
      const picture = loaded.get(key) ?? decodeOne(source);
      loaded.set(key, picture);
      return picture;
    }),
  );
}

async function decodeOne(source: PictureSource): Promise<Picture> {
  if (source instanceof Uint8Array) return readPicture(source, 'a picture');
  if (typeof source === 'object' && 'rgba' in source) return source;
  try {
    return await readPicture(await readResource(source), String(source));
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
    throw new PictureError(String(source), error.reason, 'a picture file');
  }
}
