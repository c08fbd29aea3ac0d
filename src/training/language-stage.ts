import { LanguageModel, type LanguageModelConfig } from '../flamingo/language-model.ts';
import { type Optimizer, warmupCosine } from '../nn/index.ts';
import type { Team } from '../parallel/team.ts';
import { backward, crossEntropy, Random, type SimdDevice, scope, type Tensor, tensor } from '../tensor/index.ts';
import type { Documents } from './data/documents.ts';
import { muonOrAdam } from './optimizers.ts';
import { PARTS, type Put, type Replica } from './replica.ts';
import { shareOf } from './shared-state.ts';

export interface LanguageRecipe {
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly context: number;
  readonly warmup: number;
}

/** 48 documents of 96 tokens a step, one cosine (training recipe, stage 2). */
export const LANGUAGE_RECIPE: LanguageRecipe = {
  seed: 1,
  steps: 2000,
  batch: 48,
  context: 96,
  warmup: 100,
};

const RATES = { muon: 0.02, muonDecay: 0.05, adam: 2e-3 } as const;

/** Next-token loss over every token of ids [b, n + 1], as a sum over tokens. */
export function languageLoss(model: LanguageModel, ids: Tensor): Tensor {
  const [b, length] = ids.shape as [number, number];
  const n = length - 1;
  const logits = model.forward(ids.slice([[null], [0, n]])); // [b, n, vocabulary]
  const targets = ids.slice([[null], [1, length]]).reshape([b * n]);
  return crossEntropy(logits.reshape([b * n, -1]), targets, { reduction: 'sum' });
}

/** Language-model pretraining on text that is full of binding, so that induction is learnt before pictures come. */
export class LanguageReplica implements Replica {
  readonly model: LanguageModel;
  private readonly documents: Documents;
  private readonly recipe: LanguageRecipe;
  private readonly root: Random;

  constructor(device: SimdDevice, config: LanguageModelConfig, documents: Documents, recipe: LanguageRecipe) {
    this.model = new LanguageModel({ device, random: new Random(recipe.seed).fork('language/init') }, config);
    this.documents = documents;
    this.recipe = recipe;
    this.root = new Random(recipe.seed).fork('language');
  }

  optimizer(name: string, parameter: Tensor): Optimizer {
    return muonOrAdam(parameter, name.includes('layers.'), RATES);
  }

  rate(index: number): number {
    const { steps, warmup } = this.recipe;
    return warmupCosine(index, { steps, warmup });
  }

  gradients(index: number, team: Team, put: Put): void {
    const { batch, context } = this.recipe;
    const { device } = this.model;
    const random = this.root.fork(index);
    const length = context + 1;
    team.each(PARTS, (part) => {
      const [from, to] = shareOf(batch, part, PARTS);
      if (from === to) return put(part, 0, 0, new Map());
      const rows = Array.from({ length: to - from }, (_, row) =>
        this.documents.document(random.fork(from + row), length),
      );
      scope(device, () => {
        const loss = languageLoss(this.model, tensor(device, Int32Array.from(rows.flat()), [rows.length, length]));
        const gradients = backward(loss, [...this.model.parameters().values()]);
        put(part, loss.dataSync()[0] as number, rows.length * context, gradients);
      });
    });
  }

  dispose(): void {
    this.model.dispose();
  }
}
