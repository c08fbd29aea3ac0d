import type { Flamingo } from '../flamingo/flamingo.ts';
import { gateValue } from '../flamingo/gated-cross-attention.ts';
import { frameOrder } from '../model/image/frames.ts';
import { Module, type Optimizer, warmupCosine } from '../nn/index.ts';
import type { Team } from '../parallel/team.ts';
import { backward, crossEntropy, type Device, Random, scope, type Tensor, tensor } from '../tensor/index.ts';
import {
  EPISODE_LIMITS,
  EPISODE_MIX,
  type Episode,
  type EpisodeBatch,
  type EpisodeMix,
  type Episodes,
  WIDE_MIX,
} from './data/index.ts';
import type { ScaleRange } from './data/render.ts';
import type { FeatureCache } from './features.ts';
import { drawRows, type Mixture } from './mixture.ts';
import { type MixedRates, muonOrAdam } from './optimizers.ts';
import { PARTS, type Put, type Replica } from './replica.ts';
import type { Metrics } from './report.ts';
import { shareOf } from './shared-state.ts';

export interface FlamingoRecipe {
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly warmup: number;
  /** Cached views of each picture of a seen concept. */
  readonly views: number;
  /** Of the pictures in their views: as wide as the vision stage's. */
  readonly scale: ScaleRange;
  /** Share of the views that are rendered heavily, as if by another hand. */
  readonly heavy: number;
  /** Concepts without names, for some of the binding episodes. */
  readonly others: number;
  readonly mix: EpisodeMix;
  /** Weights of kinds of episodes; absent: each episode is of a kind that is drawn, and every scored token counts the same. */
  readonly mixture?: Mixture;
  /** Hash of one's own lines and pictures that are a kind of the mixture. */
  readonly own?: string;
  /** How many clips and scenes are drawn, where they are kinds of the mixture. */
  readonly moving?: { readonly clips: number; readonly scenes: number };
  /** Muon's rate and decay for the cross-attention blocks. */
  readonly rate: number;
  readonly decay: number;
  /** The resampler learns slower and decays more: it forgets less of what its training concepts did not need. */
  readonly resamplerRate: number;
  readonly resamplerDecay: number;
  readonly adam: number;
  readonly gates: number;
  /** The finished weights that the stage went on from, by the SHA-256 of `model.safetensors`; absent in a run from nothing. */
  readonly from?: string;
  /** Share of the values it went on from in the mean of both that comes out: what was learnt before is forgotten less. */
  readonly keep?: number;
}

/** Training recipe, stage 3, with its slowed resampler, twice its views and more steps; scales of training recipe 2. */
export const FLAMINGO_RECIPE: FlamingoRecipe = {
  seed: 1,
  steps: 2000,
  batch: 48,
  warmup: 60,
  views: 16,
  scale: [0.7, 1.3],
  heavy: 0,
  others: 2000,
  mix: EPISODE_MIX,
  rate: 0.02,
  decay: 0.05,
  resamplerRate: 0.006,
  resamplerDecay: 1,
  adam: 1e-3,
  gates: 5e-3,
};

/**
 * Going on from a trained bridge: at seven tenths of the rates, for half as many steps again; then a tenth of the start is mixed
 * into the end. On the development set that names as well as the end alone, and binds as well or better.
 */
export const GOING_ON: Partial<FlamingoRecipe> = {
  steps: 3000,
  warmup: 60,
  rate: 0.014,
  resamplerRate: 0.004,
  adam: 7e-4,
  gates: 4e-3,
  heavy: 0.3,
  others: 3000,
  mix: WIDE_MIX,
  keep: 0.1,
};

/** What training changes, as a module of its own, so that a checkpoint holds no frozen weight. */
export class Trainable extends Module {
  resampler: Flamingo['resampler'];
  crossAttention: Flamingo['crossAttention'];
  embedding: Tensor;

  constructor(model: Flamingo) {
    super();
    this.resampler = model.resampler;
    this.crossAttention = model.crossAttention;
    this.embedding = model.languageModel.embedding.weight;
  }
}

const framesOf = (row: EpisodeBatch['images'][number]): number => Math.max(1, ...row.map(({ frames = 1 }) => frames));

/**
 * Visual tokens of rows with as many frames, [b, m, f, v, w]; rows with fewer images end in zeros, which no token reaches.
 * A picture among clips is shown for as long as they are.
 */
function mediaTensor(device: Device, images: EpisodeBatch['images'], cache: FeatureCache): Tensor {
  const m = Math.max(1, ...images.map((row) => row.length));
  const f = framesOf(images[0] ?? []);
  const [v, w] = cache.shape;
  const values = new Float32Array(images.length * m * f * v * w);
  images.forEach((row, b) => {
    row.forEach((image, i) => {
      const tokens = cache.of(image);
      for (const [frame, source] of frameOrder(image.frames ?? 1, f).entries())
        values.set(tokens.subarray(source * v * w, (source + 1) * v * w), ((b * m + i) * f + frame) * v * w);
    });
  });
  return tensor(device, values, [images.length, m, f, v, w]);
}

/** Episodes of one length, `<PAD>` after their ends. */
export function padded(episodes: readonly Episode[], pad: number): EpisodeBatch {
  const { length } = EPISODE_LIMITS;
  const ids = new Int32Array(episodes.length * length).fill(pad);
  const weights = new Float32Array(episodes.length * length);
  episodes.forEach((episode, row) => {
    ids.set(episode.ids, row * length);
    weights.set(episode.weights, row * length);
  });
  return { ids, weights, images: episodes.map(({ images }) => images) };
}

/**
 * Weighted loss of the scored tokens: `weights[t]` scores the prediction of `ids[t]` from what is before. Rows of clips and rows
 * of pictures are forwards of their own, since a forward's rows have as many frames.
 */
export function episodeLoss(model: Flamingo, batch: EpisodeBatch, cache: FeatureCache): Tensor {
  const lengths = [...new Set(batch.images.map(framesOf))];
  const losses = lengths.map((frames) =>
    uniformLoss(
      model,
      rowsOf(batch, (row) => framesOf(row) === frames),
      cache,
    ),
  );
  return losses.reduce((sum, loss) => sum.add(loss));
}

function rowsOf(
  { ids, weights, images }: EpisodeBatch,
  wanted: (images: EpisodeBatch['images'][number]) => boolean,
): EpisodeBatch {
  const { length } = EPISODE_LIMITS;
  const rows = [...images.keys()].filter((row) => wanted(images[row] ?? []));
  if (rows.length === images.length) return { ids, weights, images };
  const own = { ids: new Int32Array(rows.length * length), weights: new Float32Array(rows.length * length) };
  for (const [i, row] of rows.entries()) {
    own.ids.set(ids.subarray(row * length, (row + 1) * length), i * length);
    own.weights.set(weights.subarray(row * length, (row + 1) * length), i * length);
  }
  return { ...own, images: rows.map((row) => images[row] ?? []) };
}

function uniformLoss(model: Flamingo, batch: EpisodeBatch, cache: FeatureCache): Tensor {
  const { device } = model;
  const { length } = EPISODE_LIMITS;
  const [b, n] = [batch.images.length, length - 1];
  const ids = tensor(device, batch.ids, [b, length]);
  const visionFeatures = mediaTensor(device, batch.images, cache);
  const logits = model.forward({ ids: ids.slice([[null], [0, n]]), visionFeatures }); // [b, n, vocabulary]
  const targets = ids.slice([[null], [1, length]]).reshape([b * n]);
  const weights = tensor(device, batch.weights, [b, length]).slice([[null], [1, length]]);
  return crossEntropy(logits.reshape([b * n, -1]), targets, { reduction: 'none' })
    .mul(weights.reshape([b * n]))
    .sum();
}

/** tanh(alpha) of every gate, as the log names them. */
export function gateMetrics(
  { crossAttention }: Pick<Flamingo, 'crossAttention'>,
  parameter: (name: string) => Float32Array,
): Record<string, number> {
  const gates: Record<string, number> = {};
  for (const [i, block] of crossAttention.entries()) {
    if (!block) continue;
    for (const kind of ['attention', 'dense'] as const)
      gates[`gate.${i}.${kind}`] = gateValue(parameter(`crossAttention.${i}.${kind}Gate`));
  }
  return gates;
}

/** Rates of a parameter between the encoder and the language model: the resampler has its own, and so have gates. */
export function bridgeRates(
  { rate, decay, resamplerRate, resamplerDecay, adam, gates }: FlamingoRecipe,
  name: string,
): MixedRates {
  const [muon, muonDecay] = name.startsWith('resampler.') ? [resamplerRate, resamplerDecay] : [rate, decay];
  return { muon, muonDecay, adam: name.endsWith('Gate') ? gates : adam };
}

/**
 * Interleaved training: vision and language model frozen, the resampler, the gated blocks and the embeddings of
 * `<image>` and `<EOC>` learn. tanh(alpha) of every layer is logged at every step (the paper's Figure 6 shows its size).
 */
export class FlamingoReplica implements Replica {
  readonly model: Trainable;
  private readonly flamingo: Flamingo;
  private readonly episodes: Episodes;
  private readonly pad: number;
  private readonly cache: FeatureCache;
  private readonly recipe: FlamingoRecipe;
  private readonly root: Random;

  /** @param flamingo with its language model trained; its vision encoder is not used */
  constructor(flamingo: Flamingo, episodes: Episodes, pad: number, cache: FeatureCache, recipe: FlamingoRecipe) {
    this.flamingo = flamingo;
    this.model = new Trainable(flamingo);
    this.episodes = episodes;
    this.pad = pad;
    this.cache = cache;
    this.recipe = recipe;
    this.root = new Random(recipe.seed).fork('flamingo');
  }

  optimizer(name: string, parameter: Tensor): Optimizer {
    const inBlock = /\.(toQ|toKV|toOut|up|down)\.weight$/.test(name);
    return muonOrAdam(parameter, inBlock, bridgeRates(this.recipe, name));
  }

  rate(index: number): number {
    const { steps, warmup } = this.recipe;
    return warmupCosine(index, { steps, warmup });
  }

  gradients(index: number, team: Team, put: Put): void {
    const { flamingo } = this;
    const random = this.root.fork(index);
    const parameters = [...this.model.parameters().values()];
    team.each(PARTS, (part) => {
      const [from, to] = shareOf(this.recipe.batch, part, PARTS);
      if (from === to) return put(part, 0, 0, new Map());
      const rows = [from, to, this.recipe.batch] as const;
      const batch = padded(drawRows(this.episodes, random, index, rows, this.recipe.mixture), this.pad);
      const weight = batch.weights.reduce((a, b) => a + b, 0);
      scope(flamingo.device, () => {
        const loss = episodeLoss(flamingo, batch, this.cache);
        put(part, loss.dataSync()[0] as number, weight, flamingo.trainedRowsOnly(backward(loss, parameters)));
      });
    });
  }

  metrics(parameter: (name: string) => Float32Array): Metrics {
    return gateMetrics(this.model, parameter);
  }

  dispose(): void {
    this.flamingo.dispose();
  }
}
