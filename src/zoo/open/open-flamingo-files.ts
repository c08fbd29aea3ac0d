/**
 * Opens a Flamingo whatever it is written by: OpenFlamingo, flamingo-mini, flamingo-pytorch, IDEFICS, Otter or this
 * project; with vision encoder and language model in the same file or in files of their own. Formats are told by content,
 * sizes by shapes; what neither says comes from config.json, the dialect, or the caller. docs/checkpoints.md has examples.
 */

import { isFolder } from '../../files/checkpoint.ts';
import type { StateSource } from '../../files/checkpoint-source.ts';
import { besideFile } from '../../files/location.ts';
import type { CrossAttentionConfig, FlamingoConfig } from '../../flamingo/architecture.ts';
import { Flamingo } from '../../flamingo/flamingo.ts';
import type { LanguageModelConfig } from '../../flamingo/language-model.ts';
import { CONFIG_FORMAT, parseConfig } from '../../model/config/json.ts';
import type { ModelConfig } from '../../model/config.ts';

import { loadStateDict, type LoadOptions as StateLoadOptions } from '../../nn/state-dict.ts';
import { type Device, openDevice, requireOptions } from '../../tensor/index.ts';
import {
  languageModelFromHuggingFace,
  languageModelKind,
  tiesEmbeddings,
  visionFromHuggingFace,
} from '../config/hugging-face.ts';
import { flamingoFromFlamingoMini, flamingoFromIdefics } from '../config/public-flamingos.ts';
import { DIALECTS, type DialectName, inDialect, paper } from '../dialects.ts';
import { languageModelOf } from '../names/formats.ts';
import type { LanguageModelKind } from '../names/language-models.ts';
import { part } from '../names/rename.ts';
import {
  closeAll,
  isLocation,
  type OpenPart,
  openPart,
  type PartFile,
  type PartFolders,
  type PartLocation,
  partFolders,
} from './files.ts';

export type { PartLocation, WeightsLocation } from './files.ts';

import type { PerceiverResamplerConfig } from '../../flamingo/perceiver-resampler.ts';
import type { VisionEncoderConfig } from '../../flamingo/vision-encoder.ts';
import type { TokenizerFiles } from '../../model/tokenizer/files.ts';
import type { Tokenizer } from '../../model/tokenizer.ts';
import { type Combined, combine, type NamingModel } from './combine.ts';
import { refuseLarger } from './larger.ts';
import { crossAttentionOf, languageModelJson, resamplerOf, statedHeads, visionJson, WeightsError } from './shapes.ts';
import { describesMini, everyIn, objectIn, requireIdefics, requireRows } from './stated.ts';
import { ownTokenizer, tokenizerFilesIn, tokenizerFor } from './tokenizer.ts';

/** What wins over what files say, and says what they don't: heads, activations, tokens. */
export interface ConfigOverrides extends Partial<Omit<FlamingoConfig, Parts>> {
  readonly vision?: Partial<VisionEncoderConfig>;
  readonly resampler?: Partial<PerceiverResamplerConfig>;
  readonly crossAttention?: Partial<CrossAttentionConfig>;
  readonly languageModel?: Partial<LanguageModelConfig>;
  /** Ids of the special tokens. */
  readonly tokens?: FlamingoConfig['tokens'];
}

type Parts = 'vision' | 'resampler' | 'crossAttention' | 'languageModel' | 'tokens';

export interface OpenOptions {
  /** Where the vision encoder lies, when not in the Flamingo's own file: Hugging Face's CLIP, open_clip's or OpenAI's. */
  readonly vision?: PartLocation;
  /** Where the language model lies, when not in the Flamingo's own file; or its config.json alone. */
  readonly languageModel?: PartLocation;
  readonly config?: ConfigOverrides;
  /** Folder with the files of the tokenizer, from which tokens are known; default one that lies beside the weights. */
  readonly tokenizer?: string | URL;
  /** Dialect to use; default: detected from the file. */
  readonly dialect?: DialectName;
}

/** A public model whose parts lie in several places. */
export interface ModelParts extends OpenOptions {
  readonly flamingo: PartLocation;
}

export interface FlamingoLoadOptions extends OpenOptions, Pick<StateLoadOptions, 'keep' | 'progress'> {
  /** As `openDevice` takes it; default `simd`. An open device is used as it is. */
  readonly device?: string | Device;
}

export const OPEN_OPTIONS =
  'vision languageModel config tokenizer dialect:paper|flamingoPytorch|openFlamingo|flamingoMini|idefics';

/** A Flamingo's files, open: what it is, and its weights in our names, read when wanted. */
export interface OpenedFlamingo {
  readonly config: FlamingoConfig;
  readonly dialect: DialectName;
  /** This project's own config.json, where that is what lies beside the weights. */
  readonly own: ModelConfig | null;
  /** Null when no files of one were found. */
  readonly tokenizer: Tokenizer | null;
  readonly weights: StateSource;
  /** What a name of ours is called in the files. */
  readonly label: (name: string) => string;
  readonly close: () => Promise<void>;
}

/**
 * Opens the files and finds out what they hold; no tensor is read.
 * @throws WeightsError when they do not say enough, or are no Flamingo
 * @throws ConfigError for a config.json, and what `openCheckpoint` throws for a file that cannot be read
 */
export async function openFlamingoFiles(flamingo: PartLocation, options: OpenOptions = {}): Promise<OpenedFlamingo> {
  requireOptions('openFlamingoFiles', options, OPEN_OPTIONS);
  const open: OpenPart[] = [];
  const close = () => closeAll(open.flatMap(({ files }) => files));
  const next = async (source: PartLocation | undefined): Promise<OpenPart> => {
    const opened = source === undefined ? { files: [], config: undefined } : await openPart(source);
    open.push(opened);
    return opened;
  };
  const locations = { ...(await foldersOf(flamingo)), ...defined(options) };
  try {
    const own = await next(flamingo);
    const [languageModel, vision] = [await next(locations.languageModel), await next(locations.vision)];
    const files = inOrder([...own.files, ...languageModel.files, ...vision.files]);
    requireIdefics((files[0] as PartFile).layout.layout, own.config);
    const dialect = options.dialect ?? dialectOf(files);
    const found = await firstTokenizer([locations.tokenizer, folderOf(locations.languageModel), folderOf(flamingo)]);
    const glass = own.config?.format === CONFIG_FORMAT ? parseConfig(own.config) : null;
    const tokenizer = found ? (glass ? ownTokenizer(found) : tokenizerFor(dialect, found, own.config)) : null;
    const special = tokenizer && { image: tokenizer.special.image, endOfChunk: tokenizer.special.eoc };
    const config = { ...(special && { tokens: special }), ...options.config };
    const resolved = resolveConfig(files, dialect, { own, languageModel, vision, glass }, { ...locations, config });
    return { ...resolved, dialect, own: glass, tokenizer, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Those options that were given. */
function defined(options: OpenOptions): OpenOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** What lies beside the Flamingo's own file, or in the folder that it is in. */
async function foldersOf(source: PartLocation): Promise<PartFolders> {
  const location = folderOf(source);
  if (location === undefined) return {};
  return partFolders((await isFolder(location)) ? location : besideFile(location, '.'));
}

/** The folder that a part is, or that its file lies in. */
function folderOf(source: PartLocation | undefined): string | URL | undefined {
  const location = source !== undefined && !isLocation(source) ? source?.weights : source;
  return typeof location === 'string' || location instanceof URL ? location : undefined;
}

async function firstTokenizer(locations: readonly (string | URL | undefined)[]): Promise<TokenizerFiles | undefined> {
  for (const location of locations) {
    if (location === undefined) continue;
    const files = await tokenizerFilesIn((await isFolder(location)) ? location : besideFile(location, '.'));
    if (files) return files;
  }
  return undefined;
}

/**
 * Opens a public Flamingo, or this project's, without its tokenizer: a file, a folder, or several (docs/checkpoints.md).
 *
 * @example
 * ```ts
 * const flamingo = await loadFlamingo('checkpoint.pt', { vision: 'clip', languageModel: 'mpt-1b' });
 * ```
 *
 * @throws WeightsError when the files do not say what they hold; StateDictError for names that are missing, unexpected or of
 * another shape, over all files together; and what `openCheckpoint` throws for a file that cannot be read
 */
export async function loadFlamingo(location: PartLocation, options: FlamingoLoadOptions = {}): Promise<Flamingo> {
  requireOptions('loadFlamingo', options, `${OPEN_OPTIONS} keep:device|host progress device`);
  const { keep: _, progress: __, device: ___, ...open } = options;
  const opened = await openFlamingoFiles(location, open);
  let model: Flamingo | undefined;
  try {
    const device = await deviceOf(options.device);
    refuseLarger(opened.config, opened.weights, 'what was opened');
    model = new Flamingo({ device }, opened.config);
    await readInto(model, opened, options);
    return model;
  } catch (error) {
    model?.dispose();
    throw error;
  } finally {
    await opened.close();
  }
}

/**
 * Reads opened weights into a model of their configuration. @throws StateDictError that lists names which are missing,
 * unexpected or of another shape, over all files together
 */
export function readInto(
  model: Parameters<typeof loadStateDict>[0],
  { weights, label }: Pick<OpenedFlamingo, 'weights' | 'label'>,
  { keep, progress }: Pick<FlamingoLoadOptions, 'keep' | 'progress'> = {},
): Promise<void> {
  return loadStateDict(model, weights, { label, ...(keep && { keep }), ...(progress && { progress }) });
}

export function deviceOf(device: string | Device = 'simd'): Promise<Device> {
  return typeof device === 'string' ? openDevice(device) : Promise.resolve(device);
}

interface OpenParts {
  readonly own: OpenPart;
  readonly languageModel: OpenPart;
  readonly vision: OpenPart;
  readonly glass: ModelConfig | null;
}

function resolveConfig(
  files: readonly PartFile[],
  dialect: DialectName,
  parts: OpenParts,
  options: OpenOptions,
): Pick<OpenedFlamingo, 'config' | 'weights' | 'label'> {
  const glass = parts.glass?.model;
  const kind = kindOf(files, parts);
  const every = options.config?.crossAttention?.every ?? everyIn(parts.own.config);
  const { heads, tied = true, vocabulary } = glass?.languageModel ?? statedLanguageModel(kind, parts, options);
  const naming: NamingModel = {
    ...{ kind, heads, tied },
    ...(vocabulary !== undefined && { vocabulary }),
    ...(every !== undefined && { every }),
  };
  const combined = combine(files, naming);
  const languageModel = glass?.languageModel ?? languageModelFrom(combined.source, naming, parts, options);
  const config = glass ? overridden(glass, options.config) : configOf(combined, languageModel, dialect, parts, options);
  return { config, weights: combined.source, label: combined.label };
}

const isOwn = ({ layout: { layout } }: PartFile): boolean => layout !== 'clip' && layout !== 'language-model';

/** The Flamingo's own files first. @throws WeightsError when there is none, or several that are whole */
function inOrder(files: readonly PartFile[]): PartFile[] {
  const own = files.filter(isOwn);
  const whole = own.filter(({ layout }) => layout.layout !== 'flamingo-pytorch');
  const found = files.map(({ label, layout }) => `${label} (${layout.layout})`).join(', ') || 'no weights';
  if (own.length === 0)
    throw new WeightsError(`no file holds a resampler and gated blocks: there are ${found}; expected a Flamingo`);
  if (whole.length > 1) throw new WeightsError(`several files hold a Flamingo: ${found}; expected the path of one`);
  return [...own, ...files.filter((file) => !isOwn(file))];
}

const DIALECT_OF: Readonly<Record<string, DialectName>> = {
  openflamingo: 'openFlamingo',
  'flamingo-mini': 'flamingoMini',
  'flamingo-pytorch': 'flamingoPytorch',
  idefics: 'idefics',
};

function dialectOf([first]: readonly PartFile[]): DialectName {
  return DIALECT_OF[(first as PartFile).layout.layout] as DialectName;
}

/** What the config.json of the language model says, wherever it stands: Otter's has it within. */
function languageModelConfig({ own, languageModel }: OpenParts): Readonly<Record<string, unknown>> | undefined {
  if (languageModel.config) return languageModel.config;
  if (own.config?.model_type === 'idefics') return own.config;
  return objectIn(own.config, 'text_config');
}

/** @throws WeightsError when nothing says what kind of language model it is */
function kindOf(files: readonly PartFile[], parts: OpenParts): LanguageModelKind {
  const stated = languageModelConfig(parts);
  if (stated?.model_type !== undefined) return languageModelKind(stated);
  for (const { layout } of files) if (layout.layout === 'language-model') return layout.kind;
  const kind = languageModelOf(files.flatMap(({ source }) => source.names));
  if (kind) return kind;
  throw new WeightsError(
    'no file says what kind of language model it is; give languageModel: its weights or config.json',
  );
}

/** What is known of the language model before any tensor is named. @throws WeightsError, ConfigError */
function statedLanguageModel(
  kind: LanguageModelKind,
  parts: OpenParts,
  { config }: OpenOptions,
): Pick<NamingModel, 'heads' | 'tied' | 'vocabulary'> {
  const { heads, tied, vocabulary } = config?.languageModel ?? {};
  const stated = languageModelConfig(parts) ?? {};
  return {
    heads: statedHeads(kind, stated, heads),
    tied: tied ?? tiesEmbeddings(kind, stated),
    ...(vocabulary !== undefined && { vocabulary }),
  };
}

/** @throws WeightsError, ConfigError */
function languageModelFrom(
  shapes: StateSource,
  { kind, heads }: NamingModel,
  parts: OpenParts,
  { config }: OpenOptions,
): LanguageModelConfig {
  const given = config?.languageModel ?? {};
  const { additional_vocab_size: _, ...stated } = languageModelConfig(parts) ?? {}; // its rows are counted already
  const json = languageModelJson(part(shapes, 'languageModel.'), kind, stated, heads);
  return { ...languageModelFromHuggingFace({ ...json, model_type: kind }), ...given };
}

/** @throws WeightsError when the sides or heads of its patches are not told, ConfigError */
function visionFrom({ source }: Combined, { own, vision }: OpenParts, { config }: OpenOptions) {
  if (!source.names.some((name) => name.startsWith('vision.'))) return null;
  const given = config?.vision ?? {};
  const within = objectIn(vision.config ?? own.config, 'vision_config') ?? vision.config;
  const json = visionJson(source, within);
  const idefics = own.config?.model_type === 'idefics';
  if (!idefics && json.num_attention_heads === undefined && given.heads === undefined)
    throw new WeightsError(
      'no file says how many heads the vision encoder has; give its config.json, or config.vision.heads',
    );
  if (json.image_size === undefined && given.imageSize === undefined)
    throw new WeightsError(
      'the patches of the vision encoder make no square; give its config.json, or config.vision.imageSize',
    );
  const projection = source.names.includes('vision.projection.weight')
    ? (source.info('vision.projection.weight').shape[0] as number)
    : null;
  const heads =
    given.heads !== undefined && json.num_attention_heads === undefined ? { num_attention_heads: given.heads } : {};
  const size = json.image_size === undefined ? { image_size: json.patch_size } : {};
  const read = visionFromHuggingFace(idefics ? own.config : { ...json, ...heads, ...size });
  return { ...read, projection, ...given };
}

function configOf(
  combined: Combined,
  languageModel: LanguageModelConfig,
  dialect: DialectName,
  parts: OpenParts,
  options: OpenOptions,
): FlamingoConfig {
  const { config = {} } = options;
  const vision = visionFrom(combined, parts, options);
  const { own } = parts;
  if (own.config?.model_type === 'idefics') {
    const stated = flamingoFromIdefics(own.config);
    if (config.languageModel?.vocabulary === undefined)
      requireRows(own.config, stated.languageModel.vocabulary, languageModel.vocabulary);
    return overridden({ ...stated, vision, languageModel }, config);
  }
  const tokens = config.tokens ?? noTokens();
  if (dialect === 'flamingoMini' && own.config !== undefined && describesMini(own.config))
    return overridden(flamingoFromFlamingoMini(own.config, { vision, languageModel, tokens }), config);
  const presets = { ...paper.model, ...DIALECTS[dialect].model };
  const read = inDialect(DIALECTS[dialect], {
    vision,
    resampler: resamplerOf(combined.source, config.resampler ?? {}, { ...paper.model.resampler, ...presets.resampler }),
    crossAttention: crossAttentionOf(combined.source, languageModel.layers, config.crossAttention ?? {}, {
      heads: languageModel.heads,
      ...presets.crossAttention,
    }),
    languageModel,
    tokens,
  });
  return overridden(read, config);
}

function noTokens(): never {
  throw new WeightsError(
    'no file says which tokens stand for a picture and close its text; give config.tokens, or a tokenizer: its files beside the weights, or the option',
  );
}

/** What the caller says counts most. */
function overridden(config: FlamingoConfig, given: ConfigOverrides = {}): FlamingoConfig {
  return {
    ...config,
    ...given,
    vision: config.vision && { ...config.vision, ...given.vision },
    resampler: { ...config.resampler, ...given.resampler },
    crossAttention: { ...config.crossAttention, ...given.crossAttention },
    languageModel: { ...config.languageModel, ...given.languageModel },
    tokens: given.tokens ?? config.tokens,
  };
}
