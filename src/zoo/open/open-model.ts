/** A model with its tokenizer from whatever files it is kept in: this project's folder of weights, or a public Flamingo. */

import { Flamingo } from '../../flamingo/flamingo.ts';
import { CONFIG_FORMAT } from '../../model/config/json.ts';
import { CLIP_NORMALISATION, PREPROCESSING_STYLES } from '../../model/image.ts';
import { inFolder, isFolder, isOnDisk, weightsIn } from '../../nn/index.ts';
import type { Device } from '../../tensor/index.ts';
import type { DialectName } from '../dialects.ts';
import { readJson } from './files.ts';
import { type OpenOptions, openFlamingoFiles, type PartSource, readInto } from './open-flamingo-files.ts';
import { LoadError } from './shapes.ts';
import { type LoadedWeights, readWeights, WEIGHTS_FILES, type WeightsSource, weightsSource } from './weights.ts';

/** A public model whose parts lie in several places. */
export interface ModelParts extends OpenOptions {
  readonly flamingo: PartSource;
}

/** @throws LoadError, WeightsError, and the errors of what is in the files */
export async function openModel(
  place: string | URL | WeightsSource | ModelParts,
  device: Device,
  progress?: (loaded: number, total: number) => void,
): Promise<LoadedWeights> {
  if (typeof place === 'object' && 'flamingo' in place) return openPublicModel(place, device, progress);
  if (typeof place === 'object' && 'file' in place) return readWeights(place, device);
  return (await isPublic(place))
    ? openPublicModel({ flamingo: place }, device, progress)
    : readWeights(weightsSource(place), device);
}

/** A file on the disk, or a folder that holds weights in other files than this project's own. */
async function isPublic(place: string | URL): Promise<boolean> {
  if (!isOnDisk(place)) return false;
  if (!(await isFolder(place))) return isFile(place);
  const config = (await readJson(inFolder(place, 'config.json'))) as { format?: unknown } | undefined;
  const weights = await weightsIn(place);
  if (config?.format === CONFIG_FORMAT) return weights.length > 0 && !weights.includes(WEIGHTS_FILES.model);
  return weights.length > 0 && (config !== undefined || !weights.includes('model.safetensors'));
}

async function isFile(place: string | URL): Promise<boolean> {
  const { stat } = await import('node:fs/promises');
  return stat(place).then(
    (entry) => entry.isFile(),
    () => false,
  );
}

/** Tokens of a caption: OpenFlamingo's evaluation generates as many. */
const ANSWER = 20;

const STYLES: Readonly<Record<DialectName, keyof typeof PREPROCESSING_STYLES>> = {
  paper: 'paper',
  openFlamingo: 'openclip',
  flamingoMini: 'clip',
  flamingoPytorch: 'clip',
  idefics: 'idefics',
};

async function openPublicModel(
  { flamingo: place, ...options }: ModelParts,
  device: Device,
  progress?: (loaded: number, total: number) => void,
): Promise<LoadedWeights> {
  const opened = await openFlamingoFiles(place, options);
  const { config, dialect, own, tokenizer } = opened;
  let flamingo: Flamingo | undefined;
  try {
    const size = config.vision?.imageSize;
    if (tokenizer === null)
      throw new LoadError('no files of a tokenizer were found; expected tokenizer.json, or vocab.json with merges.txt');
    if (typeof size !== 'number')
      throw new LoadError(
        'no file holds a vision encoder for square pictures; give vision: its weights and config.json',
      );
    flamingo = new Flamingo({ device }, config);
    await readInto(flamingo, opened, progress ? { progress } : {});
    if (own) return { config: { ...own, model: config }, tokenizer, flamingo };
    const preprocessing = { size, ...CLIP_NORMALISATION, ...PREPROCESSING_STYLES[STYLES[dialect]] };
    const tokens = config.languageModel.maxPositions;
    const images = config.resampler.mediaEmbeddings || tokens;
    const limits = { images, tokens, answer: ANSWER };
    return { config: { model: config, preprocessing, limits }, tokenizer, flamingo, dialect };
  } catch (error) {
    flamingo?.dispose();
    throw error;
  } finally {
    await opened.close();
  }
}
