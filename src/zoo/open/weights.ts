/** A folder of weights: `config.json`, `tokenizer.json` and `model.safetensors`, wherever it lies. */

import type { StateSource } from '../../files/checkpoint-source.ts';
import { requireKinds } from '../../files/kinds.ts';
import { inFolder, isPage, ResourceError, readResource } from '../../files/resource.ts';
import {
  openSafetensors,
  type SafetensorsEntry,
  type TensorValues,
  writeSafetensors,
} from '../../files/safetensors.ts';
import { Flamingo } from '../../flamingo/flamingo.ts';
import { parseConfig } from '../../model/config/json.ts';
import type { ModelConfig } from '../../model/config.ts';
import type { LoadedModel } from '../../model/model.ts';
import { TEXT_TOWER_FILE, TextClassifier } from '../../model/text-tower.ts';
import { SPECIAL_TOKENS, Tokenizer } from '../../model/tokenizer.ts';
import { loadStateDict, mapSource } from '../../nn/index.ts';
import { type Device, requireOptions } from '../../tensor/index.ts';
import { openFlamingoOpt } from '../names/open-flamingo.ts';
import { inOurNames, inTheirNames } from '../names/rename.ts';
import { parseJsonFile } from './json-file.ts';
import { refuseLarger } from './larger.ts';
import { WeightsError } from './shapes.ts';

export { parseJsonFile } from './json-file.ts';

/** The files of a folder of weights. */
export const WEIGHTS_FILES = {
  config: 'config.json',
  tokenizer: 'tokenizer.json',
  model: 'model.safetensors',
} as const;

/** Gives the files of a folder of weights: a database, an archive, anything. */
export interface WeightsSource {
  file(name: string): Promise<Uint8Array>;
}

/**
 * A folder by path or URL, or a source. In a page a path is relative to the page.
 * @param weights the folder's path or URL; a source is given back as it is
 * @param progress is told of the bytes of `model.safetensors` as they come over a network
 * @example
 * ```ts
 * const config = await weightsSource('weights').file('config.json');
 * ```
 */
export function weightsSource(
  weights: string | URL | WeightsSource,
  progress?: (loaded: number, total: number) => void,
): WeightsSource {
  if (typeof weights !== 'string' && !(weights instanceof URL)) {
    requireKinds('weightsSource', { weights }, '{file}');
    return weights;
  }
  return {
    file: async (name) => {
      try {
        return await readResource(
          inFolder(weights, name),
          name === WEIGHTS_FILES.model && progress ? { progress } : {},
        );
      } catch (error) {
        if (!(error instanceof ResourceError)) throw error;
        throw new WeightsError(
          `no weights: ${error.message}; expected a folder with ${Object.values(WEIGHTS_FILES).join(', ')}`,
        );
      }
    },
  };
}

/**
 * What a folder of weights says of its model; nothing else of it is read.
 * @throws WeightsError for a file that cannot be read or is not valid JSON, ConfigError for what is in it
 */
export async function readConfig(weights: string | URL | WeightsSource): Promise<ModelConfig> {
  return parseConfig(parseJsonFile(await weightsSource(weights).file(WEIGHTS_FILES.config), WEIGHTS_FILES.config));
}

/**
 * Reads a folder of weights in this project's own format: model, configuration, tokenizer and text tower.
 * @throws WeightsError for a file that cannot be read or is not valid JSON
 * @throws ConfigError, TokenizerError, WeightsFileError, StateDictError for what is in them
 * @example
 * ```ts
 * const loaded = await readWeights(weightsSource('weights'), device);
 * const own = new Model(loaded);
 * ```
 */
export async function readWeights(
  source: WeightsSource,
  device: Device,
): Promise<LoadedModel & Required<Pick<LoadedModel, 'textTower'>>> {
  requireKinds('readWeights', { source }, '{file}');
  // One after another: of several missing files the first is named, always the same one.
  const configBytes = await weightsFile(source, WEIGHTS_FILES.config);
  const config = parseConfig(parseJsonFile(configBytes, WEIGHTS_FILES.config));
  const base = baseOf(source, config);
  const tokenizerBytes = await weightsFile(base, WEIGHTS_FILES.tokenizer);
  const modelBytes = await weightsFile(source, WEIGHTS_FILES.model);
  const tokenizer = new Tokenizer(parseJsonFile(tokenizerBytes, WEIGHTS_FILES.tokenizer));
  if (tokenizer.size !== config.model.languageModel.vocabulary) {
    const rows = config.model.languageModel.vocabulary;
    throw new WeightsError(`tokenizer.json has ${tokenizer.size} tokens, config.json a vocabulary of ${rows}`);
  }
  requireRoles(config, tokenizer);
  const own = await openSafetensors(modelBytes);
  const file =
    base === source ? own : laidOver(own, await openSafetensors(await weightsFile(base, WEIGHTS_FILES.model)));
  refuseLarger(config.model, file, WEIGHTS_FILES.model);
  const flamingo = new Flamingo({ device }, config.model);
  try {
    await loadStateDict(flamingo, inOurNames(file, openFlamingoOpt));
  } catch (error) {
    flamingo.dispose();
    throw error;
  }
  return { config, tokenizer, flamingo, textTower: () => readTextTower(base, device, config) };
}

/** Where what a folder does not hold is: in its base, or in itself. */
export function baseOf(source: WeightsSource, { base }: Pick<ModelConfig, 'base'>): WeightsSource {
  return base === undefined ? source : { file: (name) => source.file(`${base}/${name}`) };
}

/** The folder that holds what a folder of weights does not; itself, where nothing says otherwise. */
export async function baseFolder(folder: string): Promise<string> {
  const { base } = await readConfig(folder).catch(() => ({ base: undefined }));
  return base === undefined ? folder : `${folder.replace(/\/$/, '')}/${base}`;
}

/** All of two sources; what both have is the first one's. */
function laidOver(first: StateSource, second: StateSource): StateSource {
  const own = new Set(first.names);
  const of = (name: string): StateSource => (own.has(name) ? first : second);
  return {
    names: [...first.names, ...second.names.filter((name) => !own.has(name))],
    info: (name) => of(name).info(name),
    read: (name) => of(name).read(name),
  };
}

/** @throws WeightsError where config and tokenizer mean other tokens: the answer would be another, in silence */
function requireRoles({ model: { tokens } }: ModelConfig, tokenizer: Tokenizer): void {
  const { special } = tokenizer;
  for (const [role, said, found] of [
    ['image', tokens.image, special.image],
    ['endOfChunk', tokens.endOfChunk, special.eoc],
  ] as const)
    if (said !== found)
      throw new WeightsError(`config.json says ${said} for model.tokens.${role}, tokenizer.json has ${found}`);
  for (const role of ['image', 'eoc'] as const)
    if (String(tokenizer.encode(SPECIAL_TOKENS[role])) !== String(special[role]))
      throw new WeightsError(
        `tokenizer.json reads ${SPECIAL_TOKENS[role]} as other tokens; expected it in added_tokens`,
      );
}

/**
 * The text tower beside a folder's weights, for `model.classify`.
 * @throws WeightsError where there is none; WeightsFileError, StateDictError for what is in it
 */
export async function readTextTower(
  source: WeightsSource,
  device: Device,
  { model: { vision, languageModel } }: ModelConfig,
): Promise<TextClassifier> {
  const bytes = await source.file(TEXT_TOWER_FILE).catch((error: Error) => {
    throw new WeightsError(`these weights have no text tower, ${TEXT_TOWER_FILE}: ${error.message}`);
  });
  const file = await openSafetensors(bytes);
  const words = 'text.words.weight';
  const width = (file.has(words) && file.info(words).shape[1]) || 1; // what is missing is named below, with its shape
  const classifier = new TextClassifier({ device }, languageModel.vocabulary, width, vision?.projection ?? width);
  try {
    await loadStateDict(classifier, file);
  } catch (error) {
    classifier.dispose();
    throw error;
  }
  return classifier;
}

async function weightsFile(source: WeightsSource, name: string): Promise<Uint8Array> {
  const bytes = await source.file(name);
  if (isPage(bytes)) throw new WeightsError(`${name} is an HTML page, as servers send where they have no such file`);
  return bytes;
}

/**
 * The bytes of `model.safetensors`: all parameters, in the names of OpenFlamingo 2.0.1.
 * @param options `dtype`: default F16; `metadata`: more texts for the header; `trainedOnly`: what training changes, for a
 * folder whose `config.json` names a base
 * @example
 * ```ts
 * const bytes = await writeWeights(model.flamingo); // a model.safetensors
 * ```
 */
export async function writeWeights(
  flamingo: Flamingo,
  options: { dtype?: 'F16' | 'F32'; metadata?: Readonly<Record<string, string>>; trainedOnly?: boolean } = {},
): Promise<Uint8Array<ArrayBuffer>> {
  requireOptions('writeWeights', options, 'dtype:F16|F32 metadata trainedOnly');
  requireKinds('writeWeights', { flamingo }, '{parameters}');
  const { dtype = 'F16', metadata = {}, trainedOnly = false } = options;
  const values = new Map<string, TensorValues>();
  for (const [path, p] of trainedOnly ? flamingo.trainable() : flamingo.parameters())
    values.set(path, { shape: p.shape, dtype: p.dtype, data: await p.data() });
  const theirs = inTheirNames(mapSource(values), openFlamingoOpt);
  const entries: SafetensorsEntry[] = [];
  for (const name of theirs.names) {
    const { shape, data } = await theirs.read(name);
    entries.push({ name, shape, data, dtype });
  }
  return writeSafetensors(entries, { format: 'pt', ...metadata });
}
