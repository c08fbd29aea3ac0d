/** Opens a model with its tokenizer from wherever it lies: this project's folder of weights, or a public Flamingo. */

import { isFolder, weightsIn } from '../files/checkpoint.ts';
import { inFolder, isOnDisk } from '../files/location.ts';
import { Flamingo } from '../flamingo/flamingo.ts';
import { CONFIG_FORMAT } from '../model/config/json.ts';
import { CLIP_NORMALISATION, PREPROCESSING_STYLES } from '../model/image.ts';
import { type LoadedModel, Model } from '../model/model.ts';
import { ArgumentError, type Device, requireOptions } from '../tensor/index.ts';
import { DIALECTS, type DialectName } from './dialects.ts';
import { readJson } from './open/files.ts';
import { refuseLarger } from './open/larger.ts';
import { deviceOf, type ModelParts, OPEN_OPTIONS, openFlamingoFiles, readInto } from './open/open-flamingo-files.ts';
import { WeightsError } from './open/shapes.ts';
import { readWeights, WEIGHTS_FILES, type WeightsSource, weightsSource } from './open/weights.ts';
import { SHIPPED, shippedOr } from './shipped.ts';

/**
 * Where a model lies: a folder or a file by path or URL, `video` for the shipped weights that read clips, the name of one that `glass-flamingo fetch` brought
 * (`openflamingo/OpenFlamingo-3B-vitl-mpt1b`, in Node), anything that gives the files of a folder of weights, or a public
 * Flamingo by its parts.
 */
export type ModelLocation = string | URL | WeightsSource | ModelParts;

export { SHIPPED } from './shipped.ts';

export interface LoadOptions {
  /** As `openDevice` takes it; default `simd`. An open device is used as it is. */
  readonly device?: string | Device;
  /**
   * Called while weights are read, with how much of them is here and how much there is: bytes of this project's weights as
   * they come over a network, numbers of a public model.
   */
  readonly progress?: (loaded: number, total: number) => void;
}

/**
 * Opens a model; without a location, the one that comes with this package, and with `video` the one beside it that reads clips.
 *
 * @example
 * ```ts
 * const model = await load();
 * const { text } = await model.answer({ sequence: [{ image: 'cat.png' }, { text: 'name :' }] });
 * ```
 *
 * @throws WeightsError, HubError and the errors of what is in its files
 * @throws ArgumentError for what is not a location, and for unknown options
 * @throws DeviceError when the device does not run here
 */
export async function load(location: ModelLocation = SHIPPED, options: LoadOptions = {}): Promise<Model> {
  requireLocation(location);
  requireOptions('load', options, LOAD_OPTIONS);
  const device = await deviceOf(options.device);
  return new Model(await openModel(await located(location), device, options.progress));
}

/** A name of the hub, or a folder that names parts which are not in it, as the locations of the parts. */
async function located(asked: ModelLocation): Promise<ModelLocation> {
  const location = shippedOr(asked);
  if (typeof location !== 'string' || !isOnDisk(location)) return location;
  const { hubParts } = await import('./hub/parts.ts');
  return (await hubParts(location)) ?? location;
}

const LOAD_OPTIONS = 'device progress';

/** @throws ArgumentError for an object that gives no files, such as options without a location before them */
function requireLocation(location: ModelLocation): void {
  if (typeof location === 'string' || location instanceof URL) return;
  if (typeof location !== 'object' || location === null)
    throw new ArgumentError('load', `the location is ${String(location)}; expected ${LOCATIONS}`);
  if ('file' in location) return;
  if (!('flamingo' in location)) {
    const keys = Object.keys(location).join(', ') || 'nothing';
    throw new ArgumentError('load', `the location holds ${keys}; expected ${LOCATIONS}; options come after it`);
  }
  requireOptions('load', location, `flamingo ${OPEN_OPTIONS}`);
}

const LOCATIONS = 'a path, a URL, {file: (name) => bytes} or {flamingo: a path, ...}';

async function openModel(
  location: ModelLocation,
  device: Device,
  progress: LoadOptions['progress'],
): Promise<LoadedModel> {
  if (typeof location === 'object' && 'flamingo' in location) return openPublicModel(location, device, progress);
  if (typeof location === 'object' && 'file' in location) return readWeights(location, device);
  return (await isPublic(location))
    ? openPublicModel({ flamingo: location }, device, progress)
    : readWeights(weightsSource(location, progress), device);
}

/** A file on the disk, or a folder that holds weights in other files than this project's own. */
async function isPublic(location: string | URL): Promise<boolean> {
  if (!isOnDisk(location)) return false;
  if (!(await isFolder(location))) return isFile(location);
  const config = (await readJson(inFolder(location, 'config.json'))) as { format?: unknown } | undefined;
  const weights = await weightsIn(location);
  if (config?.format === CONFIG_FORMAT) return weights.length > 0 && !weights.includes(WEIGHTS_FILES.model);
  return weights.length > 0 && (config !== undefined || !weights.includes('model.safetensors'));
}

async function isFile(location: string | URL): Promise<boolean> {
  const { stat } = process.getBuiltinModule('node:fs/promises');
  return stat(location).then(
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
  { flamingo: location, ...options }: ModelParts,
  device: Device,
  progress: LoadOptions['progress'],
): Promise<LoadedModel> {
  const opened = await openFlamingoFiles(location, options);
  const { config, dialect, own, tokenizer } = opened;
  let flamingo: Flamingo | undefined;
  try {
    const size = config.vision?.imageSize;
    if (tokenizer === null)
      throw new WeightsError(
        'no files of a tokenizer were found; expected tokenizer.json, or vocab.json with merges.txt',
      );
    if (typeof size !== 'number')
      throw new WeightsError(
        'no file holds a vision encoder for square pictures; give vision: its weights and config.json',
      );
    refuseLarger(config, opened.weights, 'what was opened');
    flamingo = new Flamingo({ device }, config);
    await readInto(flamingo, opened, progress ? { progress } : {});
    if (own) return { config: { ...own, model: config }, tokenizer, flamingo };
    const preprocessing = { size, ...CLIP_NORMALISATION, ...PREPROCESSING_STYLES[STYLES[dialect]] };
    const tokens = config.languageModel.maxPositions;
    const images = config.resampler.mediaEmbeddings || tokens;
    const { lengthRule } = DIALECTS[dialect].generation;
    const limits = { images, tokens, answer: ANSWER };
    return { config: { model: config, preprocessing, limits }, tokenizer, flamingo, generation: { lengthRule } };
  } catch (error) {
    flamingo?.dispose();
    throw error;
  } finally {
    await opened.close();
  }
}
