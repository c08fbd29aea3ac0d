/** Generation that can be watched: a run for every token. */

import { requireKinds } from '../files/kinds.ts';
import type { Flamingo } from '../flamingo/flamingo.ts';
import type { MediaMemory } from '../flamingo/gated-cross-attention.ts';
import {
  type Decoder,
  Decoding,
  type DecodingInputs,
  forget,
  type GeneratedImages,
} from '../flamingo/generation/decoding.ts';
import { choose, without } from '../flamingo/generation/distribution.ts';
import {
  DEFAULT_MAX_TOKENS,
  GENERATION_OPTIONS,
  type GenerationOptions,
  requireGeneration,
} from '../flamingo/generation/options.ts';
import { lastTokens } from '../flamingo/language-model.ts';
import type { KeyValueCache, Tap } from '../nn/index.ts';
import { ArgumentError, type Device, Random, requireOptions, scope, type Tensor, tensor } from '../tensor/index.ts';
import { nextToken, type Run } from './captured.ts';
import {
  attendOf,
  Hooks,
  type KeptInputs,
  type Media,
  planRun,
  RUN_OPTIONS,
  type RunInputs,
  type RunOptions,
  type RunPlan,
} from './run.ts';
import { NUMBERS, type TokenText } from './token-text.ts';

/** What may be asked of every step; one that stops early would have no token to go on with. */
export type StepOptions = Omit<RunOptions, 'stopAfter'>;

/**
 * Goes on from a prompt of one row, greedily or sampled, and gives a run for every token: first the one that read the
 * whole prompt, pictures included, then those that read one token each from a cache. The last one's `next` ends the text.
 * Edits act on every step; indices of the text count from the prompt's start. The inputs stay the caller's, and nothing
 * else is left on the device, whether the steps are followed to the end or not.
 * @throws TapError, EditError, BudgetError before anything is computed; ArgumentError for several rows or beams
 * @example
 * ```ts
 * const ids = tensor(device, Int32Array.of(1, 5, 6), [1, 3]);
 * for await (const { next } of runSteps(model.flamingo, { ids, pixels: null }, { stop: 2, maxTokens: 4 })) console.log(next?.id);
 * ```
 */
export async function* runSteps(
  flamingo: Flamingo,
  inputs: Omit<RunInputs, 'attentionMask'>,
  options: StepOptions & GenerationOptions,
  words: TokenText = NUMBERS,
  kept?: KeptInputs,
): AsyncGenerator<Run, void, undefined> {
  requireOptions('runSteps', options as RunOptions & GenerationOptions, `${RUN_OPTIONS} ${GENERATION_OPTIONS}`);
  requireKinds('runSteps', { flamingo, inputs }, '{forward} {ids}');
  requireGeneration('runSteps', options);
  const { maxTokens = DEFAULT_MAX_TOKENS, stop, seed = 0, beams = 1, signal } = options;
  const { suppress = [flamingo.imageToken] } = options;
  const { ids, imageTokens, ...media } = inputs;
  if (ids.shape[0] !== 1 || beams > 1) throw new ArgumentError('runSteps', 'expected one row of text and one beam');
  if ('stopAfter' in options && options.stopAfter !== undefined)
    throw new ArgumentError('runSteps', 'a step that stops has no token to go on with; run the prompt once instead');
  const prompt = Array.from(await ids.data());
  const images = imageTokens ? [Array.from(await imageTokens.data())] : undefined;
  const plan = planRun(flamingo, inputs, options, {
    words,
    following: maxTokens - 1,
    ...(kept && { taps: kept.taps }),
  });
  const decoder = new HookedDecoder(flamingo, plan, kept?.media(plan) ?? media);
  const decoding = new Decoding(decoder, 1, { signal });
  const random = new Random(seed).fork(0); // as `generate` draws for the first row
  let generated: readonly number[] = [];
  try {
    while (true) {
      const last = generated.at(-1);
      const [logits] = await (last === undefined ? decoding.start([prompt], images) : decoding.read([[last]]));
      await decoder.keepLatents();
      const id = choose(without(logits as Float32Array, suppress), options, random);
      const next = nextToken((logits as Float32Array).slice(), generated, words, id);
      yield await decoder.hooks.run(next);
      generated = next.ids;
      if (id === stop || generated.length >= maxTokens) return;
    }
  } finally {
    decoding.dispose();
    decoder.dispose();
  }
}

/** A Flamingo whose every reading is watched. Pictures are encoded in the first, so that they are seen there too. */
export class HookedDecoder implements Decoder {
  /** Of the last reading. */
  hooks: Hooks;
  /** Of the reading of the prompt. */
  readonly first: Hooks;
  private readonly flamingo: Flamingo;
  private readonly plan: RunPlan;
  private media: Media;
  /** What the first reading made of the pictures: its tensors are gone by the second. */
  private made: { readonly shape: readonly number[]; readonly data: Promise<ArrayLike<number>> } | null = null;
  private kept: MediaMemory | null = null;

  constructor(flamingo: Flamingo, plan: RunPlan, media: Media = {}) {
    this.flamingo = flamingo;
    this.plan = plan;
    this.media = media;
    this.hooks = new Hooks(plan);
    this.first = this.hooks;
  }

  get device(): Device {
    return this.flamingo.device;
  }

  get imageToken(): number {
    return this.flamingo.imageToken;
  }

  get endOfDocument(): number | null {
    return this.flamingo.endOfDocument;
  }

  get generatedImages(): GeneratedImages {
    return this.flamingo.generatedImages;
  }

  get derives(): boolean {
    return this.plan.objective !== null;
  }

  newCache(): KeyValueCache[] {
    return this.flamingo.newCache();
  }

  next(inputs: DecodingInputs, count: number): Tensor {
    const start = inputs.cache[0]?.keys?.shape[1] ?? 0;
    this.hooks = start === 0 ? this.first : new Hooks(this.plan, start);
    const logits = this.hooks.forward((tap) => {
      const memory = this.media.memory ?? inputs.memory;
      const latents = memory ? null : this.latents(tap);
      return this.flamingo.forward({ ...inputs, latents, memory, ...attendOf(this.plan) }, tap);
    });
    if (!logits) throw new ArgumentError('HookedDecoder', 'a reading that stops early gives no logits');
    return lastTokens(logits, count);
  }

  /** Of the prompt's pictures, unless the first reading is to make that itself. */
  remember(latents: Tensor | null): MediaMemory | null {
    return Object.values(this.media).some(Boolean) ? null : this.flamingo.remember(latents);
  }

  /** Waits for the latents that the first reading made, and remembers them for the readings after it. */
  async keepLatents(): Promise<void> {
    if (!this.made) return;
    const { shape, data } = this.made;
    this.made = null;
    const values = Float32Array.from(await data);
    const remember = () => this.flamingo.remember(tensor(this.device, values, shape));
    this.kept = scope(this.device, remember, { noGrad: true });
    this.media = { memory: this.kept };
  }

  dispose(): void {
    forget(this.kept);
  }

  private latents(tap: Tap): Tensor | null {
    const { pixels, visionFeatures, latents = null } = this.media;
    const features = visionFeatures ?? (latents || !pixels ? null : this.flamingo.encode(pixels, tap));
    if (latents || !features) return latents;
    const made = this.flamingo.resample(features, tap); // [1, m, l, w]
    this.made = { shape: made.shape, data: made.data() };
    return made;
  }
}
