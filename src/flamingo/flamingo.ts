/**
 * Figure 3: Flamingo. Pictures and text in, the distribution over the next token out.
 *
 *     pixels -> vision encoder -> Perceiver Resampler -> latents x
 *     text -> embeddings -> [ GATED XATTN-DENSE(y, x) -> language-model block ] x n -> head
 *
 * The vision encoder and the language model are frozen; what is trained lies between them: `trainable()`.
 *
 * b batch, m media, f frames, v visual tokens, l latents, n text tokens, d width of the text, w width of a visual token
 */

import { type Init, Module, noTap, type Tap } from '../nn/index.ts';
import { requireWholes, shown } from '../tensor/errors.ts';
import { ArgumentError, type Device, type Tensor, tensor, zeros } from '../tensor/index.ts';
import { requireOptions, requireWord } from '../tensor/options.ts';
import { requireTensor } from '../tensor/tensor.ts';
import { type FlamingoConfig, hasBlock } from './architecture.ts';
import { MEDIA_MASK_RULES, type MediaMaskRules } from './dialects/sight.ts';
import { GatedCrossAttention, type MediaMemory } from './gated-cross-attention.ts';
import type { Decoder, DecodingInputs, GeneratedImages } from './generation/decoding.ts';
import { LanguageModel, type LanguageModelCache, lastTokens } from './language-model.ts';
import { type MediaMask, mediaMask } from './media-mask.ts';
import { PerceiverResampler } from './perceiver-resampler.ts';
import { VisionEncoder } from './vision-encoder.ts';

export type { CrossAttentionConfig, FlamingoConfig } from './architecture.ts';

/** Text, and its pictures in one of four forms; without any of them, text alone. */
export interface FlamingoInputs {
  /** int32 [b, n], with one `<image>` token per picture. */
  readonly ids: Tensor;
  /** [b, cached + n] of 1, and 0 on padding; default all 1. */
  readonly attentionMask?: Tensor | null;
  /** Normalised pictures [b, m, f, c, h, w]. A row with fewer than m is filled with any: no token gets that far. */
  readonly pixels?: Tensor | null;
  /** What the vision encoder makes of them: [b, m, f, v, w]. */
  readonly visionFeatures?: Tensor | null;
  /** What the resampler makes of those: [b, m, l, w]. */
  readonly latents?: Tensor | null;
  /** What `remember` makes of those, once for many tokens. */
  readonly memory?: MediaMemory | null;
  /** Tokens read before; extended in place. */
  readonly cache?: LanguageModelCache | null;
  /** Pictures that they announced: [b, 1], `mediaSeen` of their mask. */
  readonly imagesBefore?: Tensor | null;
  /** Which pictures text may see in this forward; default as the configuration says. */
  readonly attend?: MediaMaskRules['attend'];
  /** [b, n], 1 where a token announces a picture; default where it is `<image>`. */
  readonly imageTokens?: Tensor | null;
  /** True if these tokens or earlier ones announce any. Default: true if there are pictures. */
  readonly announced?: boolean;
  /** `sight` of all this, where it is known already. */
  readonly sight?: MediaMask | null;
}

const INPUTS =
  'ids attentionMask pixels visionFeatures latents memory cache imagesBefore attend:latest|previous|next imageTokens announced sight';
const CONFIG =
  'vision resampler crossAttention languageModel tokens visualTokens:patches|all generatedImages:counts|resets|kept trainedEmbeddings:special|all';

/**
 * The whole model (Figure 3): a vision encoder, the Perceiver Resampler, and a frozen language model with a gated block
 * before some of its layers. Ids [b, t] and pictures in, logits [b, t, vocabulary] out.
 * @example
 * ```ts
 * const flamingo = new Flamingo({ device, random: new Random(1) }, model.config.model);
 * console.log(flamingo); // its parts and their parameters
 * const ids = tensor(flamingo.device, Int32Array.of(0, flamingo.imageToken, 5), [1, 3]);
 * const pixels = zeros(device, [1, 1, 1, 3, 32, 32]); // batch, pictures, frames, colours, height, width
 * const latents = flamingo.resample(flamingo.encode(pixels)); // [1, 1, 8, 128]
 * const logits = flamingo.forward({ ids, latents }); // [1, 3, 1536]
 * const [cache, memory] = [flamingo.newCache(), flamingo.remember(latents)]; // for one token after another
 * const next = flamingo.forward({ ids, memory, cache }); // [1, 3, 1536]
 * const parameters = [...flamingo.trainable().values()];
 * const gradients = flamingo.trainedRowsOnly(backward(logits.mean(), parameters));
 * ```
 */
export class Flamingo extends Module implements Decoder {
  vision: VisionEncoder | null;
  resampler: PerceiverResampler;
  /** By layer of the language model; null where it has none before it. */
  crossAttention: (GatedCrossAttention | null)[];
  languageModel: LanguageModel;
  readonly config: FlamingoConfig;
  readonly imageToken: number;
  readonly endOfDocument: number | null;
  readonly generatedImages: GeneratedImages;

  /** @throws ArgumentError when the resampler does not read what the vision encoder writes */
  constructor(init: Init, config: FlamingoConfig) {
    super();
    requireOptions('Flamingo', config, `${CONFIG} ${MEDIA_MASK_RULES}`);
    const { vision, resampler, crossAttention, languageModel } = config;
    for (const [key, part] of Object.entries({ resampler, crossAttention, languageModel, tokens: config.tokens }))
      if (Object(part) !== part) throw new ArgumentError('Flamingo', `${key} is ${shown(part)}, expected an object`);
    const { every, placement = 'paper', ...switches } = crossAttention;
    requireWord('Flamingo', 'placement', placement, 'paper|open-flamingo|flamingo-pytorch');
    requireWholes('Flamingo', { every }, 1);
    requireWholes('Flamingo', Object.assign({ image: undefined, endOfChunk: undefined }, config.tokens));
    const widths = `visual tokens are ${vision?.width} wide, the resampler reads ${resampler.width}`;
    if (vision && vision.width !== resampler.width) throw new ArgumentError('Flamingo', widths);
    this.config = config;
    this.imageToken = config.tokens.image;
    this.endOfDocument = config.tokens.endOfDocument ?? null;
    this.generatedImages = config.generatedImages ?? 'counts';
    this.vision = vision && new VisionEncoder(init, vision);
    this.resampler = new PerceiverResampler(init, resampler);
    const block = { ...switches, width: languageModel.width, visualWidth: resampler.width };
    this.crossAttention = Array.from({ length: languageModel.layers }, (_, i) =>
      hasBlock(i, crossAttention) ? new GatedCrossAttention(init, block) : null,
    );
    this.languageModel = new LanguageModel(init, languageModel);
  }

  /** Where its parameters lie. */
  get device(): Device {
    return this.languageModel.device;
  }

  /** Logits [b, n, vocabulary]. */
  forward(inputs: FlamingoInputs, tap: Tap = noTap): Tensor {
    requireOptions('Flamingo', inputs, INPUTS);
    return this.languageModel.head(this.hidden(inputs, tap), tap);
  }

  /** Logits after each of the last `count` tokens, [b, count, vocabulary]. */
  next(inputs: DecodingInputs, count = 1): Tensor {
    return this.languageModel.head(lastTokens(this.hidden(inputs, noTap), count));
  }

  /** pixels [b, m, f, c, h, w] -> visual tokens [b, m, f, v, w]. @throws ArgumentError without a vision encoder */
  encode(pixels: Tensor, tap: Tap = noTap): Tensor {
    if (!this.vision) throw new ArgumentError('Flamingo', 'this model has no vision encoder; give it visionFeatures');
    const [b, m, f, ...picture] = requireTensor('Flamingo', pixels).shape as [number, number, number, ...number[]];
    const { hidden, patches } = this.vision.forward(pixels.reshape([b * m * f, ...picture]), tap.at('vision'));
    const tokens = this.config.visualTokens === 'all' ? hidden : patches;
    return tokens.reshape([b, m, f, ...tokens.shape.slice(1)]);
  }

  /** visual tokens [b, m, f, v, w] -> latents [b, m, l, w] @param visionFeatures visual tokens, as `encode` gives them */
  resample(visionFeatures: Tensor, tap: Tap = noTap): Tensor {
    return this.resampler.forward(visionFeatures, tap.at('resampler'));
  }

  /** latents [b, m, l, w] -> what the blocks make of them; null: of no picture */
  remember(latents: Tensor | null): MediaMemory {
    const media = latents ?? this.blank(1);
    return this.crossAttention.map((block) => block?.remember(media) ?? null);
  }

  /** An empty cache of the language model. */
  newCache(): LanguageModelCache {
    return this.languageModel.newCache();
  }

  /**
   * What training may change (paper, section 2.2), by path: resampler, cross-attention, and the embedding, of which only
   * some rows learn: see `trainedEmbeddings` and `trainedRowsOnly`.
   */
  trainable(): Map<string, Tensor> {
    const parts = /^(resampler|crossAttention)\.|^languageModel\.embedding\.weight$/;
    return new Map(Array.from(this.parameters()).filter(([path]) => parts.test(path)));
  }

  /**
   * Gradients with those of embedding rows that do not learn set to 0.
   * @param gradients by parameter, as `backward` gives them
   */
  trainedRowsOnly(gradients: ReadonlyMap<Tensor, Tensor>): Map<Tensor, Tensor> {
    if (this.config.trainedEmbeddings === 'all') return new Map(gradients);
    const table = this.languageModel.embedding.weight;
    const { image, endOfChunk } = this.config.tokens;
    const rows = new Float32Array(table.shape[0] as number);
    rows[image] = 1;
    rows[endOfChunk] = 1;
    const kept = tensor(table.device, rows, [rows.length, 1]);
    return new Map(Array.from(gradients, ([p, gradient]) => [p, p === table ? gradient.mul(kept) : gradient]));
  }

  /** The text after the last layer, [b, n, d]. */
  private hidden(inputs: FlamingoInputs, tap: Tap): Tensor {
    const { ids, memory = null } = inputs;
    const given = inputs.pixels ?? inputs.visionFeatures ?? inputs.latents ?? memory;
    // Text before any picture reads nothing. Only who watches it is shown the zeros that come of that.
    const reads = tap !== noTap || this.config.beforeFirst === 'mean' || (inputs.announced ?? given !== null);
    const x = memory || !reads ? null : this.media(inputs, tap); // [b, m, l, w]
    const mask = reads ? (inputs.sight ?? this.sight(inputs, x?.shape[1], tap.at('mask'))) : null;
    const gated = (y: Tensor, i: number): Tensor =>
      this.crossAttention[i]?.forward(y, mask && (memory?.[i] ?? x), mask, tap.at('xattn', i)) ?? y;
    const after = this.config.crossAttention.placement === 'flamingo-pytorch';
    return this.languageModel.hidden(ids, inputs, tap, after ? { after: gated } : { before: gated });
  }

  /** The pictures as latents, from whatever form they come in. */
  private media({ ids, pixels, visionFeatures, latents }: FlamingoInputs, tap: Tap): Tensor {
    if (latents) return latents;
    const tokens = visionFeatures ?? (pixels && this.encode(pixels, tap));
    return tokens ? this.resample(tokens, tap) : this.blank(ids.shape[0] as number);
  }

  /** Latents of rows without a picture: a blank one that no token gets to. The dense parts act all the same, on every token. */
  private blank(rows: number): Tensor {
    return zeros(this.device, [rows, 1, ...this.resampler.latents.shape]);
  }

  /** How many media each row has, padding included. */
  private mediaIn(memory: MediaMemory | null): number {
    const keys = memory?.find((block) => block !== null)?.keys.shape[1] ?? 0;
    return keys / (this.resampler.latents.shape[0] as number);
  }

  /**
   * Which pictures each token of `inputs` may see (section 2.3).
   * @param media how many pictures each row has, padding included; default those that are remembered
   */
  sight(inputs: FlamingoInputs, media: number = this.mediaIn(inputs.memory ?? null), tap: Tap = noTap): MediaMask {
    requireOptions('Flamingo', inputs, INPUTS);
    const { ids, imageTokens, imagesBefore: mediaBefore = null, attend = this.config.attend } = inputs;
    const { beforeFirst, beyondLast } = this.config;
    const latents = this.resampler.latents.shape[0] as number;
    const places = (token: number): Tensor => ids.toFloat().equal(token); // [b, n]
    const ends = this.endOfDocument === null ? null : places(this.endOfDocument);
    const options = { attend, beforeFirst, beyondLast, media, latents, mediaBefore, ends };
    return mediaMask(imageTokens ?? places(this.imageToken), options, tap);
  }
}
