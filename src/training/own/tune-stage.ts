import type { Flamingo } from '../../flamingo/flamingo.ts';
import { gateValue } from '../../flamingo/gated-cross-attention.ts';
import { Module, type Optimizer, warmupCosine } from '../../nn/index.ts';
import type { Team } from '../../parallel/team.ts';
import { backward, crossEntropy, Random, scope, type Tensor, tensor } from '../../tensor/index.ts';
import { muonOrAdam } from '../optimizers.ts';
import { PARTS, type Put, type Replica } from '../replica.ts';
import type { Metrics } from '../report.ts';
import { shareOf } from '../shared-state.ts';
import type { OwnText } from './own-data.ts';

export interface TuneRecipe {
  readonly seed: number;
  readonly steps: number;
  /** Lines of a step. */
  readonly batch: number;
  readonly warmup: number;
  /** Drawn of each picture. */
  readonly views: number;
  /** True if the vision encoder learns, and the same for the language model. */
  readonly vision: boolean;
  readonly languageModel: boolean;
  /** Learning rates: of matrices, by Muon; of the rest, by AdamW; of gates. */
  readonly rate: number;
  readonly adam: number;
  readonly gates: number;
  /** Hashes of the lines and pictures, and of the weights that are gone on from. */
  readonly data: string;
  readonly from: string;
}

/** A tenth of the Flamingo stage's rates: what is there already is to be kept. */
export const TUNE_RECIPE: Omit<TuneRecipe, 'data' | 'from'> = {
  seed: 1,
  steps: 100,
  batch: 16,
  warmup: 10,
  views: 16,
  vision: false,
  languageModel: false,
  rate: 0.002,
  adam: 1e-4,
  gates: 5e-4,
};

/** Every view of every picture, for all threads: pixels, or the patch tokens that a frozen encoder makes of them. */
export interface OwnViews {
  readonly kind: 'pixels' | 'features';
  readonly views: number;
  /** The shape of one view: [3, size, size], or [tokens, width]. */
  readonly shape: readonly number[];
  /** Pictures, each with its views, one after the other. */
  readonly memory: SharedArrayBuffer;
}

/** The parameters of a model that tuning changes, under their paths in the model. */
export class Tuned extends Module {
  private readonly chosen: ReadonlyMap<string, Tensor>;

  /**
   * The resampler, the gated blocks and the embeddings of `<image>` and `<EOC>` as in training (the paper's fine-tuning
   * goes on with the same layers, appendix B.2.2); the vision encoder and the language model where asked.
   */
  constructor(model: Flamingo, { vision, languageModel }: Pick<TuneRecipe, 'vision' | 'languageModel'>) {
    super();
    const trainable = model.trainable();
    this.chosen = new Map(
      Array.from(model.parameters()).filter(
        ([path]) =>
          trainable.has(path) ||
          (vision && path.startsWith('vision.')) ||
          (languageModel && path.startsWith('languageModel.')),
      ),
    );
  }

  override parameters(): Map<string, Tensor> {
    return new Map(this.chosen);
  }
}

/** Matrices between activations, which Muon moves. */
const IN_BLOCK = /^crossAttention\.|\blayers\./;

/** Interleaved training on one's own lines, from weights that are there. */
export class TuneReplica implements Replica {
  readonly model: Tuned;
  private readonly flamingo: Flamingo;
  private readonly texts: readonly OwnText[];
  private readonly views: OwnViews;
  private readonly all: Float32Array;
  private readonly pad: number;
  private readonly recipe: TuneRecipe;
  private readonly root: Random;

  constructor(flamingo: Flamingo, texts: readonly OwnText[], views: OwnViews, pad: number, recipe: TuneRecipe) {
    this.flamingo = flamingo;
    this.model = new Tuned(flamingo, recipe);
    this.texts = texts;
    this.views = views;
    this.all = new Float32Array(views.memory);
    this.pad = pad;
    this.recipe = recipe;
    this.root = new Random(recipe.seed).fork('tune');
  }

  optimizer(name: string, parameter: Tensor): Optimizer {
    const { rate, adam, gates } = this.recipe;
    const rates = { muon: rate, muonDecay: 0, adam: name.endsWith('Gate') ? gates : adam };
    return muonOrAdam(parameter, IN_BLOCK.test(name), rates);
  }

  rate(index: number): number {
    const { steps, warmup } = this.recipe;
    return warmupCosine(index, { steps, warmup });
  }

  gradients(index: number, team: Team, put: Put): void {
    const { flamingo, recipe } = this;
    const random = this.root.fork(index);
    const parameters = [...this.model.parameters().values()];
    team.each(PARTS, (part) => {
      const [from, to] = shareOf(recipe.batch, part, PARTS);
      if (from === to) return put(part, 0, 0, new Map());
      const draws = Array.from({ length: to - from }, (_, row) => random.fork(from + row));
      const rows = draws.map((draw) => draw.pick(this.texts));
      const weight = rows.reduce((sum, { weights }) => sum + weights.reduce((a, b) => a + b, 0), 0);
      scope(flamingo.device, () => {
        const loss = this.loss(rows, draws);
        const gradients = backward(loss, parameters);
        const kept = recipe.languageModel ? gradients : flamingo.trainedRowsOnly(gradients);
        put(part, loss.dataSync()[0] as number, weight, kept);
      });
    });
  }

  metrics(parameter: (name: string) => Float32Array): Metrics {
    const gates: Record<string, number> = {};
    for (const [i, block] of this.flamingo.crossAttention.entries()) {
      if (!block) continue;
      for (const kind of ['attention', 'dense'] as const)
        gates[`gate.${i}.${kind}`] = gateValue(parameter(`crossAttention.${i}.${kind}Gate`));
    }
    return gates;
  }

  dispose(): void {
    this.flamingo.dispose();
  }

  /** Summed loss of the answers of some lines. */
  private loss(rows: readonly OwnText[], draws: readonly Random[]): Tensor {
    const { device } = this.flamingo;
    const length = Math.max(...rows.map(({ ids }) => ids.length));
    const table = new Int32Array(rows.length * length).fill(this.pad);
    const scored = new Float32Array(rows.length * length);
    rows.forEach(({ ids, weights }, row) => {
      table.set(ids, row * length);
      scored.set(weights, row * length);
    });
    const [b, n] = [rows.length, length - 1];
    const ids = tensor(device, table, [b, length]);
    const media = this.media(rows, draws);
    const pictures = this.views.kind === 'pixels' ? { pixels: media } : { visionFeatures: media };
    const logits = this.flamingo.forward({ ids: ids.slice([[null], [0, n]]), ...pictures }); // [b, n, vocabulary]
    const targets = ids.slice([[null], [1, length]]).reshape([b * n]);
    const weights = tensor(device, scored, [b, length]).slice([[null], [1, length]]);
    return crossEntropy(logits.reshape([b * n, -1]), targets, { reduction: 'none' })
      .mul(weights.reshape([b * n]))
      .sum();
  }

  /** A view of every picture, [b, m, 1, ...shape]; rows with fewer pictures end in zeros, which no token reaches. */
  private media(rows: readonly OwnText[], draws: readonly Random[]): Tensor {
    const { shape, views } = this.views;
    const each = shape.reduce((a, b) => a * b, 1);
    const m = Math.max(...rows.map(({ pictures }) => pictures.length));
    const values = new Float32Array(rows.length * m * each);
    rows.forEach(({ pictures }, row) => {
      pictures.forEach((picture, i) => {
        const view = (draws[row] as Random).integer(views);
        const at = (picture * views + view) * each;
        values.set(this.all.subarray(at, at + each), (row * m + i) * each);
      });
    });
    return tensor(this.flamingo.device, values, [rows.length, m, 1, ...shape]);
  }
}
