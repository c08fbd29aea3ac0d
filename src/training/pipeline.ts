import { mkdir } from 'node:fs/promises';
import { Flamingo, type FlamingoConfig } from '../flamingo/flamingo.ts';
import { LanguageModel } from '../flamingo/language-model.ts';
import { VisionEncoder } from '../flamingo/vision-encoder.ts';
import type { ModelConfig } from '../model/config.ts';
import { type Device, Random } from '../tensor/index.ts';
import { Documents, Episodes, prepareTrainingData, type TrainingData } from './data/index.ts';
import { cacheFeatures } from './features.ts';
import { FLAMINGO_RECIPE, type FlamingoRecipe, flamingoStage } from './flamingo-stage.ts';
import { LANGUAGE_RECIPE, type LanguageRecipe, languageStage } from './language-stage.ts';
import type { Report } from './report.ts';
import { runStage, type StageOptions } from './stage.ts';
import { ContrastiveModel, VISION_RECIPE, type VisionRecipe, visionStage } from './vision-stage.ts';

export const STAGES = ['vision', 'language', 'flamingo'] as const;
export type StageName = (typeof STAGES)[number];

export interface TrainOptions {
  readonly device: Device;
  /** Folder of the run: checkpoints, logs, split, tokenizer. */
  readonly out: string;
  /** Folder of the training data, installed there when missing. */
  readonly data: string;
  /** Makes the architecture once the vocabulary is known. */
  readonly architecture: (tokenizer: TrainingData['tokenizer']) => ModelConfig;
  readonly seed: number;
  readonly stages: readonly StageName[];
  readonly report: Report;
  readonly signal?: AbortSignal;
  /** Steps between snapshots of the Flamingo stage. */
  readonly snapshots?: number;
  readonly vision?: Partial<VisionRecipe>;
  readonly language?: Partial<LanguageRecipe>;
  readonly flamingo?: Partial<FlamingoRecipe>;
}

const TEXT_TOWER_WIDTH = 256;

/**
 * From nothing to a trained model: contrastive vision, language, then Flamingo between the two, frozen. What is done
 * already is not done again; a stage that was cut goes on from its checkpoint.
 */
export async function train(
  options: TrainOptions,
): Promise<{ model: Flamingo; config: ModelConfig; data: TrainingData }> {
  const { device, out, report, seed, stages, signal } = options;
  await mkdir(out, { recursive: true });
  const data = await prepareTrainingData(options.data, out, report.say);
  const config = options.architecture(data.tokenizer);
  const model = newModel(device, config.model, seed);
  const stage: StageOptions = { directory: out, report, ...(signal && { signal }) };
  if (stages.includes('vision') || stages.includes('flamingo')) {
    const contrastive = contrastiveModel(device, model, data, seed);
    await runStage(visionStage(device, contrastive, data, { ...VISION_RECIPE, seed, ...options.vision }), stage);
  }
  if (stages.includes('language') || stages.includes('flamingo')) {
    const recipe = { ...LANGUAGE_RECIPE, seed, ...options.language };
    await runStage(languageStage(device, model.languageModel, new Documents(data.bank), recipe), stage);
  }
  if (stages.includes('flamingo')) await trainFlamingo(model, data, options, stage);
  return { model, config, data };
}

async function trainFlamingo(
  model: Flamingo,
  data: TrainingData,
  options: TrainOptions,
  stage: StageOptions,
): Promise<void> {
  const { device, report, seed } = options;
  const recipe: FlamingoRecipe = { ...FLAMINGO_RECIPE, seed, ...options.flamingo };
  const vision = model.vision as VisionEncoder;
  const size = vision.config.imageSize as number;
  const cache = await cacheFeatures(device, vision, data, { seed, views: recipe.views, size, report });
  const episodes = new Episodes(data.bank, data.pictures, recipe.views);
  await runStage(flamingoStage(model, episodes, cache, recipe), { ...stage, snapshots: options.snapshots ?? 0 });
}

/** Each part draws from its own stream, so that changing one leaves the others as they were. */
function newModel(device: Device, config: FlamingoConfig, seed: number): Flamingo {
  const stream = (name: string): { device: Device; random: Random } => ({
    device,
    random: new Random(seed).fork(name),
  });
  const model = new Flamingo(stream('flamingo/init'), config);
  model.vision?.dispose();
  model.languageModel.dispose();
  model.vision = config.vision && new VisionEncoder(stream('vision/init'), config.vision);
  model.languageModel = new LanguageModel(stream('language/init'), config.languageModel);
  return model;
}

function contrastiveModel(device: Device, model: Flamingo, data: TrainingData, seed: number): ContrastiveModel {
  const init = { device, random: new Random(seed).fork('text/init') };
  const vision = model.vision as VisionEncoder;
  return new ContrastiveModel(init, vision, data.tokenizer.size, TEXT_TOWER_WIDTH, vision.config.projection as number);
}
