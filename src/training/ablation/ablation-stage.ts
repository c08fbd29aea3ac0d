import type { Flamingo } from '../../flamingo/flamingo.ts';
import { type Optimizer, warmupCosine } from '../../nn/index.ts';
import type { Team } from '../../parallel/team.ts';
import { backward, Random, scope, type Tensor } from '../../tensor/index.ts';
import { EPISODE_LIMITS, type Episodes } from '../data/index.ts';
import type { FeatureCache } from '../features.ts';
import { bridgeRates, episodeLoss, type FlamingoRecipe, gateMetrics, padded } from '../flamingo-stage.ts';
import { drawRows } from '../mixture.ts';
import { muonOrAdam } from '../optimizers.ts';
import { PARTS, type Put, type Replica } from '../replica.ts';
import type { Metrics } from '../report.ts';
import { shareOf } from '../shared-state.ts';
import type { AblationRow } from './rows.ts';
import { AblationTrainable } from './variant.ts';

export interface AblationRecipe extends FlamingoRecipe {
  /** Name of the row. */
  readonly row: string;
  /** SHA-256 of the weights whose vision encoder and language model are begun with. */
  readonly from: string;
}

const IN_BLOCK = /^crossAttention\.|\b(layers|blocks)\.|^resampler\.(in|out)\.weight$/;

/** The Flamingo stage of one row: the same episodes for the same seed, whatever the row, but where it changes them. */
export class AblationReplica implements Replica {
  readonly model: AblationTrainable;
  private readonly flamingo: Flamingo;
  private readonly episodes: Episodes;
  private readonly pad: number;
  private readonly cache: FeatureCache;
  private readonly recipe: AblationRecipe;
  private readonly row: AblationRow;
  private readonly root: Random;

  constructor(
    flamingo: Flamingo,
    row: AblationRow,
    episodes: Episodes,
    pad: number,
    cache: FeatureCache,
    recipe: AblationRecipe,
  ) {
    this.flamingo = flamingo;
    this.model = new AblationTrainable(flamingo, row);
    this.row = row;
    this.episodes = episodes;
    this.pad = pad;
    this.cache = cache;
    this.recipe = recipe;
    this.root = new Random(recipe.seed).fork('flamingo');
  }

  optimizer(name: string, parameter: Tensor): Optimizer {
    return muonOrAdam(parameter, IN_BLOCK.test(name), bridgeRates(this.recipe, name));
  }

  rate(index: number): number {
    const { steps, warmup } = this.recipe;
    return warmupCosine(index, { steps, warmup });
  }

  gradients(index: number, team: Team, put: Put): void {
    const { flamingo, row } = this;
    const random = this.root.fork(index);
    const parameters = [...this.model.parameters().values()];
    const limits = { ...EPISODE_LIMITS, maxImages: row.pictures ?? EPISODE_LIMITS.maxImages };
    team.each(PARTS, (part) => {
      const [from, to] = shareOf(this.recipe.batch, part, PARTS);
      if (from === to) return put(part, 0, 0, new Map());
      const rows = [from, to, this.recipe.batch] as const;
      const batch = padded(drawRows(this.episodes, random, index, rows, row.mixture, limits), this.pad);
      const weight = batch.weights.reduce((a, b) => a + b, 0);
      scope(flamingo.device, () => {
        const loss = episodeLoss(flamingo, batch, this.cache);
        const gradients = backward(loss, parameters);
        const kept = row.languageModel ? gradients : flamingo.trainedRowsOnly(gradients);
        put(part, loss.dataSync()[0] as number, weight, kept);
      });
    });
  }

  metrics(parameter: (name: string) => Float32Array): Metrics {
    const known = this.model.parameters();
    const value = (name: string): Float32Array => (known.has(name) ? parameter(name) : Float32Array.of(Number.NaN));
    const all = Object.entries(gateMetrics(this.flamingo, value));
    return Object.fromEntries(all.filter(([, gate]) => !Number.isNaN(gate)));
  }

  dispose(): void {
    this.flamingo.dispose();
  }
}
