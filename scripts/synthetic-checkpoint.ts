/**
 * A checkpoint of flamingo-tiny's shape with drawn weights, in the files and names in which the released parts come:
 * flamingo-mini's model (OPT-125m inside), and beside it CLIP ViT-L/14 in Hugging Face's layout. Not one number of it was
 * trained. What it is for: loading and running at full size without a download.
 */

import { existsSync } from 'node:fs';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { StateSource } from '../src/files/checkpoint-source.ts';
import { toFloat16 } from '../src/files/half-precision.ts';
import { formatHeader } from '../src/files/safetensors-header.ts';
import { writeFileWhole } from '../src/files/write-file.ts';
import { Flamingo, type FlamingoConfig } from '../src/flamingo/flamingo.ts';
import { Random, ShapeDevice, sizeOf } from '../src/tensor/index.ts';
import { languageModelFromHuggingFace, visionFromHuggingFace } from '../src/zoo/config/hugging-face.ts';
import { flamingoMini, inDialect } from '../src/zoo/dialects.ts';
import { huggingFaceClip } from '../src/zoo/names/clip.ts';
import { flamingoMiniNames } from '../src/zoo/names/flamingo-mini.ts';
import { inTheirNames, type RenameTable } from '../src/zoo/names/rename.ts';

/** The model in its folder: flamingo-mini's file, and the parts that it refers to. */
export const FILES = {
  config: 'config.json',
  model: 'model.safetensors',
  tokenizer: 'tokenizer.json',
  visionConfig: 'vision/config.json',
  vision: 'vision/model.safetensors',
  languageModelConfig: 'lm/config.json',
} as const;

/** OPT's 50265 tokens, padded to 50272, and flamingo-mini's `<EOC>`, for which it adds a row at the end. */
const TOKENS = 50265;
const ROWS = 50273;

const OPT_125M = {
  model_type: 'opt',
  vocab_size: ROWS,
  hidden_size: 768,
  word_embed_proj_dim: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  ffn_dim: 3072,
  max_position_embeddings: 2048,
  activation_function: 'relu',
  do_layer_norm_before: true,
  tie_word_embeddings: true,
};

const CLIP_VIT_L_14 = {
  model_type: 'clip_vision_model',
  image_size: 224,
  patch_size: 14,
  hidden_size: 1024,
  intermediate_size: 4096,
  num_hidden_layers: 24,
  num_attention_heads: 16,
  hidden_act: 'quick_gelu',
  layer_norm_eps: 1e-5,
};

const FLAMINGO_TINY = {
  lm: 'facebook/opt-125m',
  clip_model_type: 'openai/clip-vit-large-patch14',
  dim: 768,
  dim_visual: 1024,
  xattn_every: 1,
  xattn_dim_head: 64,
  xattn_heads: 8,
  xattn_ff_mult: 4,
  xattn_act: 'sqrelu',
  resampler_depth: 6,
  resampler_dim_head: 64,
  resampler_heads: 8,
  resampler_num_latents: 64,
  resampler_num_time_embeds: 4,
  resampler_ff_mult: 4,
  resampler_act: 'sqrelu',
};

/** Where `<`, which announces a picture, stands in the tokenizer written here. */
export const IMAGE: number = 259;
export const END_OF_CHUNK: number = TOKENS;

export const CONFIG: FlamingoConfig = inDialect(flamingoMini, {
  vision: visionFromHuggingFace(CLIP_VIT_L_14),
  resampler: { width: FLAMINGO_TINY.dim_visual },
  crossAttention: { every: FLAMINGO_TINY.xattn_every },
  languageModel: languageModelFromHuggingFace(OPT_125M),
  tokens: { image: IMAGE, endOfChunk: END_OF_CHUNK },
});

export const flamingoNames: RenameTable = flamingoMiniNames({ kind: 'opt', ...CONFIG });
export const visionNames: RenameTable = huggingFaceClip;

/**
 * Writes the folder, or leaves it alone if all is there. @returns whether it was written
 * @throws Error when some of its files are there: they may be somebody's own
 */
export async function writeSyntheticCheckpoint(folder: string, seed = 1): Promise<boolean> {
  const files = Object.values(FILES);
  const present = files.filter((file) => existsSync(join(folder, file)));
  if (present.length === files.length) return false;
  if (present.length > 0)
    throw new Error(`${folder} holds ${present.join(', ')}; expected all of a checkpoint, or none`);
  try {
    await writeAll(folder, new Random(seed));
    return true;
  } catch (error) {
    await removeSyntheticCheckpoint(folder);
    throw error;
  }
}

async function writeAll(folder: string, random: Random): Promise<void> {
  for (const file of Object.values(FILES)) await mkdir(dirname(join(folder, file)), { recursive: true });
  const texts = {
    [FILES.config]: FLAMINGO_TINY,
    [FILES.visionConfig]: CLIP_VIT_L_14,
    [FILES.languageModelConfig]: OPT_125M,
    [FILES.tokenizer]: tokenizer(),
  };
  for (const [file, value] of Object.entries(texts)) await writeFileWhole(join(folder, file), JSON.stringify(value));
  const drawn = new DrawnWeights(new Flamingo({ device: new ShapeDevice() }, CONFIG), random);
  await writeHalves(join(folder, FILES.vision), inTheirNames(drawn.only('vision.'), visionNames));
  await writeHalves(join(folder, FILES.model), inTheirNames(drawn.except('vision.'), flamingoNames));
}

/** Removes the files, and the folders that are empty then. */
export async function removeSyntheticCheckpoint(folder: string): Promise<void> {
  const files = Object.values(FILES).map((file) => join(folder, file));
  for (const file of files) await rm(file, { force: true });
  for (const empty of new Set([...files.map((file) => dirname(file)).reverse(), folder])) {
    await rmdir(empty).catch(() => {}); // something else lies there
  }
}

/** Weights by name, drawn when they are read: every one from a stream of its own. */
class DrawnWeights {
  private readonly shapes: ReadonlyMap<string, readonly number[]>;
  private readonly random: Random;
  private readonly normal: Float32Array;

  constructor(model: Flamingo, random: Random) {
    this.shapes = new Map(Array.from(model.parameters(), ([path, { shape }]) => [path, shape]));
    this.random = random;
    this.normal = Float32Array.from({ length: 65536 }, () => random.normal());
  }

  only(prefix: string): StateSource {
    return this.named((name) => name.startsWith(prefix));
  }

  except(prefix: string): StateSource {
    return this.named((name) => !name.startsWith(prefix));
  }

  private named(wanted: (name: string) => boolean): StateSource {
    const shapeOf = (name: string) => this.shapes.get(name) as readonly number[];
    const read = async (name: string) => ({
      shape: shapeOf(name),
      dtype: 'float32' as const,
      data: this.draw(name, shapeOf(name)),
    });
    return { names: [...this.shapes.keys()].filter(wanted), info: (name) => ({ shape: shapeOf(name) }), read };
  }

  /** One of 65536 normal numbers for each; norms near 1, gates open, the residual stream of a constant size. */
  private draw(name: string, shape: readonly number[]): Float32Array {
    const random = this.random.fork(name);
    const scale = this.std(name, shape);
    const offset = /[nN]orm\w*\.weight$/.test(name) ? 1 : 0;
    return Float32Array.from({ length: sizeOf(shape) }, () => {
      return offset + scale * (this.normal[random.bits() >>> 16] as number);
    });
  }

  private std(name: string, shape: readonly number[]): number {
    if (/Gate$/.test(name)) return 0.5;
    if (shape.length === 1) return 0.02;
    if (/(embedding|positions)\.weight$|Embedding$/.test(name)) return 0.05;
    if (/latents$|Embeddings$/.test(name)) return 1;
    const fanIn = sizeOf(shape.slice(1));
    return fanIn ** -0.5 * (/(toOut|down)\.weight$/.test(name) ? 0.2 : 1);
  }
}

/** A safetensors file in F16, written tensor by tensor. */
async function writeHalves(path: string, source: StateSource): Promise<void> {
  const entries = source.names.map((name) => ({ name, dtype: 'F16' as const, shape: source.info(name).shape }));
  const header = formatHeader(entries, { format: 'pt' });
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield length;
    yield header;
    for (const { name } of entries) {
      const { buffer } = toFloat16((await source.read(name)).data as Float32Array);
      yield new Uint8Array(buffer);
    }
  }
  await writeFileWhole(path, pieces());
}

/** OPT's size and special tokens; of its vocabulary only the bytes, the rest is filled up with names. */
function tokenizer(): unknown {
  const special = ['<s>', '<pad>', '</s>', '<unk>'];
  const byte = byteCharacters();
  // '<' comes last of the bytes: what announces a picture has a known place.
  const bytes = [...byte.filter((character) => character !== '<'), '<'];
  const known = [...special, ...bytes, 'Ġ<'];
  const fillers = Array.from({ length: TOKENS - known.length }, (_, i) => `unused${i}`);
  const vocabulary = Object.fromEntries([...known, ...fillers].map((token, id) => [token, id]));
  const added = special.map((content, id) => ({ id, content, ...ADDED }));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab: vocabulary,
      merges: [['Ġ', '<']],
    },
  };
}

const ADDED = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };

/** GPT-2's alphabet: a printable character for every byte. */
function byteCharacters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}
