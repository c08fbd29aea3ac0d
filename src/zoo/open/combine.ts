/** The files of a Flamingo as one source in our names: the Flamingo's own file first, what it lacks from the others. */

import type { StateSource } from '../../files/checkpoint-source.ts';
import { type StoredValues, toFloat32 } from '../../files/element-types.ts';
import { huggingFaceClip, openAiClip } from '../names/clip.ts';
import { flamingoMiniNames } from '../names/flamingo-mini.ts';
import { gatedBlockNames, resamplerNames } from '../names/flamingo-pytorch.ts';
import { type CheckpointLayout, visionOf } from '../names/formats.ts';
import { ideficsNames } from '../names/idefics.ts';
import { type LanguageModelKind, languageModelNamesOf } from '../names/language-models.ts';
import { openFlamingoNames, visionNames } from '../names/open-flamingo.ts';
import { inOurNames, type RenameTable, theirNamesOf } from '../names/rename.ts';
import type { PartFile } from './files.ts';
import { extent, indices, WeightsError } from './shapes.ts';

/** What of the language model decides names. */
export interface NamingModel {
  readonly kind: LanguageModelKind;
  readonly heads: number;
  readonly tied: boolean;
  /** Rows of its embedding; default those of the first file that holds it. */
  readonly vocabulary?: number;
  /** Every n-th layer has a block, where that is known from elsewhere than the names. */
  readonly every?: number;
}

/** A file in our names. */
interface Renamed {
  readonly file: PartFile;
  readonly table: RenameTable;
  readonly source: StateSource;
}

/** A Flamingo's weights, wherever they lie. */
export interface Combined {
  readonly source: StateSource;
  /** How a tensor is called in errors: their name, and the file where there are several. */
  readonly label: (name: string) => string;
}

/** Files that hold the Flamingo part come first: what stands in several counts from the first. */
export function combine(files: readonly PartFile[], model: NamingModel): Combined {
  const renamed = files.map((file): Renamed => {
    const table = tableOf(file, model);
    return { file, table, source: partOf(file.layout, inOurNames(file.source, table)) };
  });
  const homes = new Map<string, Renamed>();
  for (const entry of renamed) for (const name of entry.source.names) if (!homes.has(name)) homes.set(name, entry);
  const rows = model.vocabulary ?? homes.get(EMBEDDING)?.source.info(EMBEDDING).shape[0];
  const home = (name: string): StateSource => {
    const { file, source } = homes.get(name) as Renamed;
    return file.layout.layout === 'language-model' ? withRows(source, rows) : source;
  };
  const named = (name: string, { file, table }: Renamed): string => {
    const theirs = theirNamesOf(name, table).join(' and ');
    return files.length > 1 ? `${theirs} in ${file.label}` : theirs;
  };
  return {
    source: {
      names: [...homes.keys()],
      info: (name) => home(name).info(name),
      read: (name) => home(name).read(name),
      readStored: (name) => home(name).readStored?.(name) ?? home(name).read(name),
    },
    label: (name) => {
      const found = homes.get(name);
      if (found) return named(name, found);
      const expected = renamed.find(({ file }) => holds(file.layout, name)) ?? renamed[0];
      return expected ? named(name, expected) : name;
    },
  };
}

/** Tells whether a missing tensor would be looked for in a file like this. */
function holds({ layout }: CheckpointLayout, name: string): boolean {
  if (layout === 'clip') return name.startsWith('vision.');
  if (layout === 'language-model') return name.startsWith('languageModel.');
  return true;
}

/** Of CLIP only the vision tower is wanted. */
function partOf({ layout }: CheckpointLayout, source: StateSource): StateSource {
  if (layout !== 'clip') return source;
  return { ...source, names: source.names.filter((name) => !/^(text\.|logitScale$|logit_bias$)/.test(name)) };
}

function tableOf({ layout, source, label }: PartFile, model: NamingModel): RenameTable {
  const { names } = source;
  switch (layout.layout) {
    case 'openflamingo':
      return [...openFlamingoNames(model.kind, model), ...visionWithin(names)];
    case 'flamingo-mini':
      return flamingoMiniNames({ ...miniPlace(names, model), prefix: layout.prefix });
    case 'idefics':
      return ideficsNames(ideficsPlace(source, model));
    case 'flamingo-pytorch':
      if (layout.module === 'block') return gatedBlockNames(`crossAttention.${numberOf(label)}.`, '');
      return [...resamplerNames('resampler.', ''), { ours: 'resampler.mediaEmbeddings', theirs: 'media_pos_emb' }];
    case 'clip':
      return clipNames(layout);
    case 'language-model':
      return languageModelNamesOf(names, layout.kind, model, 'languageModel.');
  }
}

const clipNames = ({ names, prefix }: { readonly names: string; readonly prefix: string }): RenameTable =>
  names === 'openai'
    ? openAiClip.map((rule) => ({ ...rule, theirs: String(rule.theirs).replace(/^visual\./, prefix) }))
    : [...huggingFaceClip, ...(prefix === '' ? [] : visionNames(prefix))];

/** A whole OpenFlamingo in memory has open_clip's encoder, in OpenAI's names. */
function visionWithin(names: readonly string[]): RenameTable {
  const vision = visionOf(names);
  return vision?.names === 'openai' ? clipNames(vision) : [];
}

function miniPlace(names: readonly string[], { kind, heads, tied, every }: NamingModel) {
  const layers = indices({ names, info: () => ({ shape: [] }) }, /(?:layers|h)\.(\d+)\.(?:xattn_block|lm_block)\./);
  const all = indices({ names, info: () => ({ shape: [] }) }, /lm\.(?:decoder\.layers|h)\.(\d+)\./);
  const [first = 0, second] = layers;
  const spacing = every ?? (second === undefined ? Math.max(all.length, 1) : second - first);
  return { kind, languageModel: { layers: all.length, heads, tied }, crossAttention: { every: spacing, heads: 1 } };
}

function ideficsPlace(source: StateSource, { heads, every }: NamingModel) {
  const of = (pattern: RegExp): number => indices(source, pattern).length;
  const layers = of(/^model\.layers\.(\d+)\./);
  const blocks = of(/^model\.gated_cross_attn_layers\.(\d+)\./);
  const fitting = Array.from({ length: layers }, (_, i) => i + 1).filter((n) => Math.ceil(layers / n) === blocks);
  const interval = every ?? (fitting.length === 1 ? fitting[0] : undefined);
  if (interval === undefined)
    throw new WeightsError(
      `${blocks} gated blocks for ${layers} layers may stand at every ${fitting.join('th or ')}th; give cross_layer_interval in config.json, or config.crossAttention.every`,
    );
  const additionalVocabulary = extent(source, 'model.embed_tokens.additional_embedding.weight', 0) ?? 0;
  const vocabulary = (extent(source, 'model.embed_tokens.weight', 0) ?? 0) + additionalVocabulary;
  return { languageModel: { heads, layers, vocabulary }, crossAttention: { every: interval }, additionalVocabulary };
}

/** The layer that a gated block in a file of its own belongs to. */
function numberOf(label: string): number {
  const number = /(\d+)\D*$/.exec(label)?.[1];
  if (number === undefined)
    throw new WeightsError(
      `${label} holds a gated block, but its name has no number of a layer; expected one, as in gated_block.3.pt`,
    );
  return Number(number);
}

const EMBEDDING = 'languageModel.embedding.weight';
const BY_TOKEN = [EMBEDDING, 'languageModel.toLogits.weight', 'languageModel.toLogits.bias'];

/**
 * A language model by itself has another number of rows than the Flamingo around it, to which tokens were added and from
 * which padding was cut. Rows beyond its own were drawn at random there and kept nowhere; here they are the mean of the
 * others, around which transformers draws them, so that such a token is never the likeliest.
 */
function withRows(source: StateSource, vocabulary: number | undefined): StateSource {
  if (vocabulary === undefined) return source;
  const fits = (name: string): boolean => !BY_TOKEN.includes(name) || source.info(name).shape[0] === vocabulary;
  const shapeOf = (name: string): readonly number[] => {
    const { shape } = source.info(name);
    return fits(name) ? shape : [vocabulary, ...shape.slice(1)];
  };
  const resized = async (name: string) => rowsOf(toFloat32(await source.read(name)), vocabulary);
  return {
    names: source.names,
    info: (name) => ({ shape: shapeOf(name) }),
    read: (name) => (fits(name) ? source.read(name) : resized(name)),
    readStored: (name) => (fits(name) ? (source.readStored?.(name) ?? source.read(name)) : resized(name)),
  };
}

function rowsOf({ shape, data }: StoredValues, rows: number) {
  const [own = 0, ...rest] = shape;
  const width = data.length / own;
  const out = new Float32Array(rows * width);
  out.set(data.subarray(0, Math.min(data.length, out.length)));
  if (rows > own) {
    const mean = new Float64Array(width);
    for (let i = 0; i < data.length; i++) mean[i % width] = (mean[i % width] as number) + (data[i] as number) / own;
    for (let row = own; row < rows; row++) out.set(mean, row * width);
  }
  return { shape: [rows, ...rest], dtype: 'float32' as const, data: out };
}
