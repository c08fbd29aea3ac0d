import type { Flamingo } from '../flamingo/flamingo.ts';
import { AdamW, clipGradients, Module, Muon, Optimizers, warmupCosine } from '../nn/index.ts';
import { backward, crossEntropy, type Device, Random, scope, type Tensor, tensor } from '../tensor/index.ts';
import type { EpisodeBatch, Episodes } from './data/index.ts';
import { EPISODE_LIMITS } from './data/index.ts';
import type { FeatureCache } from './features.ts';
import { inParts } from './microbatch.ts';
import { sortParameters } from './optimizers.ts';
import type { Metrics, Stage } from './stage.ts';

export interface FlamingoRecipe {
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  /** Episodes computed at a time. */
  readonly microbatch: number;
  readonly warmup: number;
  readonly views: number;
  /** Muon's rate and decay for the cross-attention blocks. */
  readonly rate: number;
  readonly decay: number;
  /** The resampler learns slower and decays more: it forgets less of what its training concepts did not need. */
  readonly resamplerRate: number;
  readonly resamplerDecay: number;
  readonly adam: number;
  readonly gates: number;
}

/** Training recipe, stage 3, with its slowed resampler, twice its views and a few more steps. */
export const FLAMINGO_RECIPE: FlamingoRecipe = {
  seed: 1,
  steps: 1100,
  batch: 48,
  microbatch: 6,
  warmup: 60,
  views: 16,
  rate: 0.02,
  decay: 0.05,
  resamplerRate: 0.006,
  resamplerDecay: 1,
  adam: 1e-3,
  gates: 5e-3,
};

/** What training changes, as a module of its own, so that a checkpoint holds no frozen weight. */
class Trainable extends Module {
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

function makeOptimizer(model: Flamingo, recipe: FlamingoRecipe): Optimizers {
  const trainable = [...model.trainable()];
  const isMatrix = (name: string): boolean => /\.(toQ|toKV|toOut|up|down)\.weight$/.test(name);
  const { matrices, rest } = sortParameters(trainable, isMatrix);
  const gates = trainable.filter(([name]) => name.endsWith('Gate')).map(([, gate]) => gate);
  const resampler = new Set(model.resampler.parameters().values());
  return new Optimizers([
    new Muon([
      {
        parameters: matrices.filter((p) => resampler.has(p)),
        learningRate: recipe.resamplerRate,
        weightDecay: recipe.resamplerDecay,
      },
      { parameters: matrices.filter((p) => !resampler.has(p)), learningRate: recipe.rate, weightDecay: recipe.decay },
    ]),
    new AdamW(
      [
        { parameters: rest.filter((p) => !gates.includes(p)), learningRate: recipe.adam },
        { parameters: gates, learningRate: recipe.gates },
      ],
      { betas: [0.9, 0.98] },
    ),
  ]);
}

/** Visual tokens of a batch, [b, m, 1, v, w]; rows with fewer images end in zeros, which no token reaches. */
export function mediaTensor(device: Device, images: EpisodeBatch['images'], cache: FeatureCache): Tensor {
  const m = Math.max(1, ...images.map((row) => row.length));
  const [v, w] = cache.shape;
  const values = new Float32Array(images.length * m * v * w);
  images.forEach((row, b) => {
    row.forEach((image, i) => {
      values.set(cache.of(image), (b * m + i) * v * w);
    });
  });
  return tensor(device, values, [images.length, m, 1, v, w]);
}

/** Weighted loss of the scored tokens of some rows: `weights[t]` scores the prediction of `ids[t]` from what is before. */
function episodeLoss(
  model: Flamingo,
  batch: EpisodeBatch,
  rows: readonly [number, number],
  cache: FeatureCache,
): Tensor {
  const { device } = model;
  const { length } = EPISODE_LIMITS;
  const [from, to] = rows;
  const [b, n] = [to - from, length - 1];
  const ids = tensor(device, batch.ids.slice(from * length, to * length), [b, length]);
  const visionFeatures = mediaTensor(device, batch.images.slice(from, to), cache);
  const logits = model.forward({ ids: ids.slice([[null], [0, n]]), visionFeatures }); // [b, n, vocabulary]
  const targets = ids.slice([[null], [1, length]]).reshape([b * n]);
  const weights = tensor(device, batch.weights.slice(from * length, to * length), [b, length]).slice([
    [null],
    [1, length],
  ]);
  return crossEntropy(logits.reshape([b * n, -1]), targets, { reduction: 'none' })
    .mul(weights.reshape([b * n]))
    .sum();
}

/**
 * Interleaved training: vision and language model frozen, the resampler, the gated blocks and the embeddings of
 * `<image>` and `<EOC>` learn. |tanh(alpha)| of every layer is logged at every step, as in the paper's Figure 6.
 */
export function flamingoStage(
  model: Flamingo,
  episodes: Episodes,
  cache: FeatureCache,
  recipe: FlamingoRecipe = FLAMINGO_RECIPE,
): Stage {
  const { device } = model;
  const parameters = [...model.trainable().values()];
  const optimizer = makeOptimizer(model, recipe);
  const root = new Random(recipe.seed).fork('flamingo');
  const step = async (index: number): Promise<Metrics> => {
    const batch = episodes.batch(root.fork(index), recipe.batch);
    const scored = batch.weights.reduce((sum, weight) => sum + weight, 0);
    const loss = scope(device, () => {
      const total = inParts(device, recipe.batch, recipe.microbatch, (from, to) => {
        const part = episodeLoss(model, batch, [from, to], cache).mul(1 / scored);
        return { loss: part, gradients: backward(part, parameters) };
      });
      const clipped = clipGradients(model.trainedRowsOnly(total.gradients), 1);
      optimizer.step(clipped.gradients, warmupCosine(index, recipe));
      return total.loss;
    });
    const metrics = { loss: await loss.item(), ...(await gateSizes(model)) };
    loss.dispose();
    return metrics;
  };
  return { name: 'flamingo', steps: recipe.steps, model: new Trainable(model), optimizer, recipe: { ...recipe }, step };
}

/** |tanh(alpha)| by layer: `gate.0.attention`, `gate.0.dense`, ... */
async function gateSizes(model: Flamingo): Promise<Metrics> {
  const sizes: Record<string, number> = {};
  for (const [i, block] of model.crossAttention.entries()) {
    if (!block) continue;
    sizes[`gate.${i}.attention`] = Math.abs(Math.tanh(await block.attentionGate.item()));
    sizes[`gate.${i}.dense`] = Math.abs(Math.tanh(await block.denseGate.item()));
  }
  return sizes;
}
