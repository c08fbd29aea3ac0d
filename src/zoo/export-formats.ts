/** A model as the files of another implementation, in its names, with the configurations that build it there. */

import type { StateSource } from '../files/checkpoint-source.ts';
import type { TensorValues } from '../files/element-types.ts';
import { requireKinds } from '../files/kinds.ts';
import { type SafetensorsEntry, writeSafetensors } from '../files/safetensors.ts';
import { type TorchEntry, writeTorchFile } from '../files/torch-write.ts';
import { hasBlock } from '../flamingo/architecture.ts';
import type { Flamingo, FlamingoConfig } from '../flamingo/flamingo.ts';
import type { LanguageModelConfig } from '../flamingo/language-model.ts';
import type { VisionEncoderConfig } from '../flamingo/vision-encoder.ts';
import { formatConfig } from '../model/config/json.ts';
import type { ModelConfig } from '../model/config.ts';
import { mapSource } from '../nn/state-dict.ts';
import { GlassFlamingoError } from '../tensor/errors.ts';
import { requireWord } from '../tensor/options.ts';
import { type ExportFormat, MINI_ACTIVATIONS, reasonsAgainst } from './export-verdicts.ts';
import { huggingFaceClip } from './names/clip.ts';
import { flamingoMiniNames } from './names/flamingo-mini.ts';
import { flamingoPytorchResampler, gatedBlockNames } from './names/flamingo-pytorch.ts';
import { languageModelNames } from './names/language-models.ts';
import { openFlamingoNames } from './names/open-flamingo.ts';
import { inTheirNames, part, type RenameTable } from './names/rename.ts';

export { EXPORT_FORMATS, type ExportFormat } from './export-verdicts.ts';

/** A model that another implementation cannot compute. */
export class ExportError extends GlassFlamingoError {
  override readonly name = 'ExportError';
}

/** What is exported. */
export interface Exported {
  readonly flamingo: Flamingo;
  readonly config: ModelConfig;
  /** Content of its tokenizer.json, parsed. */
  readonly tokenizer: unknown;
}

/** Files by their paths in a folder, and what a person should know of them. */
export interface ExportedFiles {
  readonly files: ReadonlyMap<string, Uint8Array | string>;
  readonly notes: readonly string[];
}

/**
 * A model as the files of another implementation, by their names in its folder, with notes of what differs there.
 * @param format the implementation whose files are written: one of `EXPORT_FORMATS`
 * @throws ExportError with the reason, where the numbers there could not be the same
 * @example
 * ```ts
 * const files = await exportFiles(model, 'openflamingo');
 * ```
 */
export async function exportFiles(model: Exported, format: ExportFormat): Promise<ExportedFiles> {
  requireWord('exportFiles', 'the format', format, 'openflamingo|flamingo-mini|lucidrains|safetensors');
  requireKinds('exportFiles', { model }, '{flamingo,config}');
  const refusals = reasonsAgainst(format, model.config.model);
  if (refusals.length > 0) throw new ExportError(`this model cannot be written for ${format}: ${refusals.join('; ')}`);
  return WRITERS[format](model, await stateOf(model.flamingo));
}

async function stateOf(flamingo: Flamingo): Promise<StateSource> {
  const values = new Map<string, TensorValues>();
  for (const [path, p] of flamingo.parameters())
    values.set(path, { shape: p.shape, dtype: p.dtype, data: await p.data() });
  return mapSource(values);
}

type Writer = (model: Exported, state: StateSource) => Promise<ExportedFiles>;

/** What `save_checkpoint` of open_flamingo keeps, its frozen parts in Hugging Face's layouts, and the sizes of modules. */
const openflamingo: Writer = async ({ config, tokenizer }, state) => {
  const { languageModel: lm, vision } = config.model;
  const trained = withNames(state, /^(resampler|crossAttention)\.|^languageModel\.(embedding|positions)\.weight$/);
  const theirs = await torchEntries(trained, openFlamingoNames('opt', lm));
  const embedding = theirs.find(({ name }) => name.endsWith('embed_tokens.weight')) as TorchEntry;
  const head = { ...embedding, name: 'lang_encoder.lm_head.weight' }; // tied
  const files = new Map<string, Uint8Array | string>([
    ['checkpoint.pt', writeTorchFile([...theirs, head])],
    ['config.json', formatConfig(config)],
    ['sizes.json', json(openFlamingoSizes(config.model))],
    ...(await languageModelFiles('language_model', state, lm, lm.vocabulary)),
    ...tokenizerFiles('language_model', tokenizer, '<|endofchunk|>'),
    ...(vision ? await visionFiles('vision', state, vision) : []),
  ]);
  return { files, notes: [] };
};

/** How modules of open_flamingo are called to have these sizes, which its Flamingo fixes at others. */
function openFlamingoSizes({ resampler, crossAttention, tokens, attend }: FlamingoConfig): object {
  const { heads, headDim: dim_head } = crossAttention;
  return {
    cross_attn_every_n_layers: crossAttention.every,
    vis_dim: resampler.width,
    resampler: {
      ...{ depth: resampler.depth, heads: resampler.heads, dim_head: resampler.headDim },
      ...{ num_latents: resampler.latents, ff_mult: resampler.ffMult ?? 4 },
    },
    gated_cross_attention: {
      ...{ heads, dim_head, ff_mult: crossAttention.ffMult ?? 4 },
      only_attend_immediate_media: attend !== 'previous',
    },
    tokens: { '<image>': tokens.image, '<|endofchunk|>': tokens.endOfChunk },
  };
}

/** Its `pytorch_model.bin` and config.json; the parts that config.json names lie below, under these names. */
const flamingoMini: Writer = async ({ config, tokenizer }, state) => {
  const { resampler, crossAttention: block, languageModel: lm, vision, visualTokens = 'patches' } = config.model;
  const { frameEmbeddings = 8, width } = resampler;
  const entries = await torchEntries(
    withNames(state, /^(?!vision\.)/),
    flamingoMiniNames({ kind: 'opt', languageModel: lm, crossAttention: block }),
  );
  const times = {
    name: 'flamingo.resampler.time_pos_emb',
    shape: [NO_TIMES, 1, width],
    data: new Float32Array(NO_TIMES * width),
  };
  const embedding = entries.find(({ name }) => name.endsWith('embed_tokens.weight')) as TorchEntry;
  const all = [
    ...entries,
    ...(frameEmbeddings === 0 ? [times] : []),
    { ...embedding, name: 'flamingo.lm_head.weight' },
  ];
  const [lmFolder, clipFolder] = ['facebook/opt-glass', 'openai/clip-glass']; // it knows a model by how its name begins
  const settings = {
    ...{ model_type: 'flamingo', lm: lmFolder, clip_model_type: clipFolder, dim: lm.width, dim_visual: width },
    ...{ xattn_every: block.every, xattn_dim_head: block.headDim, xattn_heads: block.heads },
    ...{ xattn_ff_mult: block.ffMult ?? 4, xattn_act: MINI_ACTIVATIONS[block.activation ?? 'squaredRelu'] },
    ...{ resampler_depth: resampler.depth, resampler_dim_head: resampler.headDim, resampler_heads: resampler.heads },
    ...{ resampler_num_latents: resampler.latents, resampler_num_time_embeds: frameEmbeddings || NO_TIMES },
    ...{
      resampler_ff_mult: resampler.ffMult ?? 4,
      resampler_act: MINI_ACTIVATIONS[resampler.activation ?? 'squaredRelu'],
    },
  };
  const files = new Map<string, Uint8Array | string>([
    ['pytorch_model.bin', writeTorchFile(all)],
    ['config.json', json(settings)],
    // It adds a row to what it finds, for `<EOC>`.
    ...(await languageModelFiles(lmFolder, state, lm, lm.vocabulary - 1)),
    ...tokenizerFiles(lmFolder, tokenizer, '<EOC>'),
    ...(vision ? await visionFiles(clipFolder, state, vision) : []),
  ]);
  const classToken =
    'flamingo-mini reads all tokens of its vision encoder, this model the patches without the class token: give it an encoder that leaves the class token out, else its logits differ';
  return { files, notes: visualTokens === 'patches' ? [classToken] : [] };
};

/** Frames that a time embedding of zeros has. */
const NO_TIMES = 4;

/** State dicts of modules: the resampler's, and each gated block's by its layer. */
const lucidrains: Writer = async ({ config }, state) => {
  const { resampler, crossAttention, languageModel } = config.model;
  const files = new Map<string, Uint8Array | string>();
  const entries = await torchEntries(part(state, 'resampler.'), flamingoPytorchResampler);
  const media = { name: 'media_pos_emb', shape: [4, 1, resampler.width], data: new Float32Array(4 * resampler.width) };
  files.set('perceiver_resampler.pt', writeTorchFile(resampler.mediaEmbeddings ? entries : [...entries, media]));
  for (let i = 0; i < languageModel.layers; i++)
    if (hasBlock(i, crossAttention)) {
      const block = part(state, `crossAttention.${i}.`);
      files.set(`gated_cross_attention.${i}.pt`, writeTorchFile(await torchEntries(block, gatedBlockNames('', ''))));
    }
  const { every, placement = 'paper' } = crossAttention;
  files.set('sizes.json', json({ ...openFlamingoSizes(config.model), every, placement }));
  return { files, notes: [] };
};

/** This project's own folder, in float32. */
const safetensors: Writer = async ({ config, tokenizer }, state) => ({
  files: new Map<string, Uint8Array | string>([
    [
      'model.safetensors',
      await safetensorsOf(inTheirNames(state, openFlamingoNames('opt', config.model.languageModel))),
    ],
    ['config.json', formatConfig(config)],
    ['tokenizer.json', json(tokenizer)],
  ]),
  notes: [],
});

const WRITERS: Readonly<Record<ExportFormat, Writer>> = {
  openflamingo,
  'flamingo-mini': flamingoMini,
  lucidrains,
  safetensors,
};

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const withNames = (source: StateSource, names: RegExp): StateSource => ({
  ...source,
  names: source.names.filter((name) => names.test(name)),
});

async function torchEntries(source: StateSource, table: RenameTable): Promise<TorchEntry[]> {
  const theirs = inTheirNames(source, table);
  const entries: TorchEntry[] = [];
  for (const name of theirs.names) {
    const { shape, data } = await theirs.read(name);
    entries.push({ name, shape, data: Float32Array.from(data) });
  }
  return entries;
}

async function safetensorsOf(source: StateSource): Promise<Uint8Array> {
  const entries: SafetensorsEntry[] = [];
  for (const name of source.names) {
    const { shape, data } = await source.read(name);
    entries.push({ name, shape, data });
  }
  return writeSafetensors(entries, { format: 'pt' });
}

type Files = [path: string, content: Uint8Array | string][];

/** Hugging Face's OPT, with the first `rows` rows of its embedding. */
async function languageModelFiles(
  folder: string,
  state: StateSource,
  lm: LanguageModelConfig,
  rows: number,
): Promise<Files> {
  const theirs = await torchEntries(part(state, 'languageModel.'), languageModelNames('opt', lm));
  const cut = theirs.map(
    (entry): SafetensorsEntry =>
      entry.name.endsWith('embed_tokens.weight')
        ? {
            ...entry,
            shape: [rows, entry.shape[1] as number],
            data: entry.data.subarray(0, rows * (entry.shape[1] as number)),
          }
        : entry,
  );
  const settings = {
    ...{ architectures: ['OPTForCausalLM'], model_type: 'opt', vocab_size: rows, hidden_size: lm.width },
    ...{ word_embed_proj_dim: lm.embeddingWidth ?? lm.width, num_hidden_layers: lm.layers, ffn_dim: lm.hidden },
    ...{
      num_attention_heads: lm.heads,
      max_position_embeddings: lm.maxPositions,
      activation_function: theirActivation(lm),
    },
    ...{ do_layer_norm_before: true, dropout: 0, attention_dropout: 0, tie_word_embeddings: true },
    ...{ pad_token_id: 0, bos_token_id: 1, eos_token_id: 2, torch_dtype: 'float32' },
  };
  return [
    [`${folder}/config.json`, json(settings)],
    [`${folder}/model.safetensors`, writeSafetensors(cut, { format: 'pt' })],
  ];
}

const HUGGING_FACE_ACTIVATIONS: Readonly<Record<string, string>> = {
  ...{ gelu: 'gelu', geluTanh: 'gelu_new', quickGelu: 'quick_gelu', relu: 'relu', squaredRelu: 'relu2', silu: 'silu' },
};

const theirActivation = ({ activation = 'quickGelu' }: { readonly activation?: string }): string =>
  HUGGING_FACE_ACTIVATIONS[activation] as string;

/** transformers' CLIPVisionModel, which passes over the contrastive head if there is one. */
async function visionFiles(folder: string, state: StateSource, vision: VisionEncoderConfig): Promise<Files> {
  const tower = withNames(state, /^vision\./);
  const { projection } = vision;
  const settings = {
    ...{ architectures: [projection === null ? 'CLIPVisionModel' : 'CLIPVisionModelWithProjection'] },
    ...{ model_type: 'clip_vision_model', image_size: vision.imageSize },
    ...(projection !== null && { projection_dim: projection }),
    ...{ patch_size: vision.patchSize, hidden_size: vision.width, num_hidden_layers: vision.layers },
    ...{ num_attention_heads: vision.heads, intermediate_size: vision.hidden, hidden_act: theirActivation(vision) },
    ...{ layer_norm_eps: vision.eps ?? 1e-5, num_channels: vision.channels ?? 3, torch_dtype: 'float32' },
  };
  return [
    [`${folder}/config.json`, json(settings)],
    [`${folder}/model.safetensors`, await safetensorsOf(inTheirNames(tower, huggingFaceClip))],
  ];
}

/** The tokenizer, its end of a chunk under the name that it has there, so that the tokens that are added are there already. */
function tokenizerFiles(folder: string, tokenizer: unknown, endOfChunk: string): Files {
  const text = JSON.stringify(tokenizer).replaceAll('"<EOC>"', JSON.stringify(endOfChunk));
  const names = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    pad_token: '<PAD>',
    bos_token: '<BOS>',
    eos_token: endOfChunk,
  };
  return [
    [`${folder}/tokenizer.json`, text],
    [`${folder}/tokenizer_config.json`, json(names)],
  ];
}
