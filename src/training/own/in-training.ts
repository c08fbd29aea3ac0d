/** One's own data in the Flamingo stage: a kind of episodes beside the others, with a weight of its own. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VisionEncoder } from '../../flamingo/vision-encoder.ts';
import type { ModelConfig } from '../../model/config.ts';
import { SHIPPED_LIMITS } from '../../model/prompt.ts';
import { Tokenizer } from '../../model/tokenizer.ts';
import { Random, SimdDevice, tensor } from '../../tensor/index.ts';
import { EPISODE_LIMITS, TOKENIZER_FILE, type TrainingData } from '../data/index.ts';
import { keyOf, type SharedFeatures } from '../features.ts';
import { readJson, TrainingError } from '../files.ts';
import type { FlamingoRecipe } from '../flamingo-stage.ts';
import type { Report } from '../report.ts';
import { type SharedState, viewsOf } from '../shared-state.ts';
import { drawViews } from './draw-views.ts';
import { hashOfLines, type Lines, type OwnPlace, readLines } from './lines.ts';
import { type OwnKind, withOwnFeatures } from './own-episodes.ts';

/** What a training is told of one's own data. */
export interface OwnOptions extends OwnPlace {
  /** Its share of the loss, between 0 and 1. */
  readonly weight: number;
}

/** The same, read and checked. */
export interface OwnInTraining {
  readonly lines: Lines;
  readonly weight: number;
}

/** Cached views of each picture. */
const VIEWS = 16;

/**
 * Reads the lines as training will read them.
 * @throws OwnDataError for bad lines; TrainingError for a weight outside 0 to 1, and where no line could be held back
 */
export async function readOwnForTraining(
  { weight, ...place }: OwnOptions,
  { tokenizer }: Pick<TrainingData, 'tokenizer'>,
  { limits }: Pick<ModelConfig, 'limits'>,
  seed: number,
): Promise<OwnInTraining> {
  if (!(weight > 0 && weight < 1))
    throw new TrainingError(`the weight of own data is ${weight}; expected a number between 0 and 1`);
  const images = Math.min(limits.images, EPISODE_LIMITS.maxImages);
  const tokens = Math.min(limits.tokens, EPISODE_LIMITS.length);
  return { lines: await readLines(place, { tokenizer, limits: { images, tokens } }, seed), weight };
}

/** The shipped tokenizer writes about as many tokens as a new one will. */
const SHIPPED = new URL('../../../weights/', import.meta.url);

/**
 * The same before there is a tokenizer, so that bad lines are told before anything is installed or trained.
 * @param from finished weights that the run goes on from
 */
export async function checkOwn(
  own: OwnOptions,
  { from, seed }: { readonly from?: string; readonly seed: number },
): Promise<void> {
  const folder = from ?? fileURLToPath(SHIPPED);
  const json = await readJson(join(folder, TOKENIZER_FILE)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new TrainingError(`${folder} has no ${TOKENIZER_FILE}: only weights that were trained here go on`);
  });
  await readOwnForTraining(own, { tokenizer: new Tokenizer(json) }, { limits: SHIPPED_LIMITS }, seed);
}

/** The recipe in which own lines have their weight, and the other kinds share the rest as they did. */
export function ownRecipe(recipe: FlamingoRecipe, { lines, weight }: OwnInTraining): FlamingoRecipe {
  const { binding } = recipe.mix;
  const rest = 1 - weight;
  const weights = { binding: rest * binding, questions: rest * (1 - binding), own: weight };
  return { ...recipe, mixture: { how: 'accumulate', weights }, own: hashOfLines(lines) };
}

/** What the threads need: the lines, and the cache with views of their pictures. */
export async function encodeOwn(
  { lines }: OwnInTraining,
  features: SharedFeatures,
  {
    config,
    vision,
    seed,
    report,
    signal,
  }: { config: ModelConfig; vision: SharedState; seed: number; report: Report; signal?: AbortSignal | undefined },
): Promise<{ readonly own: OwnKind; readonly features: SharedFeatures }> {
  const { model, preprocessing } = config;
  const device = new SimdDevice();
  const encoder = new VisionEncoder(
    { device, random: new Random(0) },
    model.vision as NonNullable<typeof model.vision>,
  );
  const values = viewsOf(vision);
  for (const [name, parameter] of encoder.parameters())
    parameter.assign(tensor(device, values.get(`model.vision.${name}`) as Float32Array, parameter.shape));
  const how = { seed, views: VIEWS, vision: false };
  const views = await drawViews({ encoder, preprocessing }, lines.pictures, how, report, signal);
  encoder.dispose();
  return { own: { texts: lines.train, views: VIEWS }, features: withOwnFeatures(features, views, keyOf) };
}
