import type { LanguageModel } from '../flamingo/language-model.ts';
import { clipGradients, warmupCosine } from '../nn/index.ts';
import { backward, crossEntropy, type Device, Random, scope, type Tensor, tensor } from '../tensor/index.ts';
import type { Documents } from './data/documents.ts';
import { inParts } from './microbatch.ts';
import { muonAndAdam } from './optimizers.ts';
import type { Stage } from './stage.ts';

export interface LanguageRecipe {
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  readonly context: number;
  readonly warmup: number;
  /** Rows computed at a time; their gradients add up. Small ones stay in the processor's cache. */
  readonly microbatch: number;
}

/** 48 documents of 96 tokens a step, one cosine (training recipe, stage 2). */
export const LANGUAGE_RECIPE: LanguageRecipe = {
  seed: 1,
  steps: 1000,
  batch: 48,
  context: 96,
  warmup: 100,
  microbatch: 12,
};

/** Next-token loss over every token of ids [b, n + 1], as a sum over tokens. */
function languageLoss(model: LanguageModel, ids: Tensor): Tensor {
  const [b, length] = ids.shape as [number, number];
  const n = length - 1;
  const logits = model.forward(ids.slice([[null], [0, n]])); // [b, n, vocabulary]
  const targets = ids.slice([[null], [1, length]]).reshape([b * n]);
  return crossEntropy(logits.reshape([b * n, -1]), targets, { reduction: 'sum' });
}

/** Language-model pretraining on text that is full of binding, so that induction is learnt before pictures come. */
export function languageStage(
  device: Device,
  model: LanguageModel,
  documents: Documents,
  recipe: LanguageRecipe = LANGUAGE_RECIPE,
): Stage {
  const parameters = [...model.parameters().values()];
  const optimizer = muonAndAdam(model, (name) => name.includes('layers.'), { muon: 0.02, muonDecay: 0.05, adam: 2e-3 });
  const root = new Random(recipe.seed).fork('language');
  const length = recipe.context + 1;
  const step = async (index: number): Promise<{ loss: number }> => {
    const batch = documents.batch(root.fork(index), recipe.batch, length);
    const count = recipe.batch * recipe.context;
    const loss = scope(device, () => {
      const total = inParts(device, recipe.batch, recipe.microbatch, (from, to) => {
        const ids = tensor(device, batch.slice(from * length, to * length), [to - from, length]);
        const part = languageLoss(model, ids).mul(1 / count);
        return { loss: part, gradients: backward(part, parameters) };
      });
      const clipped = clipGradients(total.gradients, 1);
      optimizer.step(clipped.gradients, warmupCosine(index, recipe));
      return total.loss;
    });
    const value = await loss.item();
    loss.dispose();
    return { loss: value };
  };
  return { name: 'language', steps: recipe.steps, model, optimizer, recipe: { ...recipe }, step };
}
