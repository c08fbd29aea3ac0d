/** What is fuzzed: how cases are made, and what reads them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { openCheckpoint } from '../../src/files/checkpoint.ts';
import { statisticsOf } from '../../src/files/statistics.ts';
import { readFrames } from '../../src/model/image/frames.ts';
import { PREPROCESSING_STYLES, preprocess, readPicture } from '../../src/model/image.ts';
import { readPromptJson, readPromptLines } from '../../src/model/prompt/file.ts';
import { parsePrompt, tokenise } from '../../src/model/prompt.ts';
import { TextTokenizer } from '../../src/model/tokenizer.ts';
import { openDevice } from '../../src/tensor/index.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import { languageModelFromHuggingFace, visionFromHuggingFace } from '../../src/zoo/config/hugging-face.ts';
import { parseJsonFile, readWeights, weightsSource } from '../../src/zoo/open/weights.ts';
import { mutated, mutatedJson, rescaledJson } from './mutate.ts';
import { png, resized } from './pictures.ts';
import { safetensorsFile, shardIndex, torchFile } from './weights-files.ts';

/** One kind of input. */
export interface Target {
  readonly name: string;
  readonly cases: fc.Arbitrary<Uint8Array>;
  /** Reads a case to the end; throws when it refuses it. */
  readonly run: (bytes: Uint8Array) => Promise<void>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const fixtures = join(root, 'test/fixtures');
const read = (...path: string[]): Uint8Array => new Uint8Array(readFileSync(join(...path)));
const readAll = (folder: string, ending: RegExp): Uint8Array[] =>
  readdirSync(folder)
    .filter((file) => ending.test(file))
    .sort()
    .map((file) => read(folder, file));
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const files = join(fixtures, 'goldens/files');
const shards = join(files, 'safetensors/sharded');

/** Everything that a file of weights can be asked. */
async function readCheckpoint(bytes: Uint8Array): Promise<void> {
  const checkpoint = await openCheckpoint(bytes, { beside: async (file) => read(shards, file) });
  for (const name of checkpoint.names) {
    const { dtype, shape } = checkpoint.info(name);
    const raw = await checkpoint.readBytes(name);
    statisticsOf(raw, dtype);
    const { data } = await checkpoint.read(name);
    if (data.length !== sizeOf(shape)) throw new Error(`${name} has ${data.length} values, its shape ${sizeOf(shape)}`);
  }
}

const safetensors: Target = {
  name: 'safetensors',
  cases: fc.oneof(
    { weight: 3, arbitrary: mutated(readAll(join(files, 'safetensors'), /\.safetensors$/)) },
    { weight: 2, arbitrary: safetensorsFile },
    { weight: 1, arbitrary: fc.oneof(shardIndex, mutated(readAll(shards, /\.json$/))) },
  ),
  run: readCheckpoint,
};

const torch: Target = {
  name: 'torch',
  cases: fc.oneof(
    { weight: 3, arbitrary: mutated(readAll(join(files, 'torch'), /\.pt$/)) },
    { weight: 1, arbitrary: mutated(readAll(join(files, 'broken'), /\.pt$/)) },
    { weight: 4, arbitrary: mutated(readAll(join(fixtures, 'checkpoints'), /\.(pt|pkl|npz|onnx|gguf)$/)) },
    { weight: 2, arbitrary: torchFile },
  ),
  run: readCheckpoint,
};

const tokenizerFolder = join(fixtures, 'goldens/tokenizer');
const tokenizerFiles = [
  read(root, 'weights/tokenizer.json'),
  ...['byte-level', 'llama-bpe-first', 'unigram'].map((model) => read(tokenizerFolder, model, 'tokenizer.json')),
];
const TEXTS = ['', ' ', 'a flamingo', '플라밍고 🦩', '<image>a<EOC>', '\u0000\ud800', 'x'.repeat(3000), '  a\n\n b  '];

/** A file as it is opened, and some texts there and back. */
async function readTokenizer(bytes: Uint8Array): Promise<void> {
  const tokenizer = new TextTokenizer(parseJsonFile(bytes, 'tokenizer.json'));
  for (const one of TEXTS) tokenizer.decode(tokenizer.encode(one, { addSpecial: true }), { skipSpecial: true });
}

const tokenizer: Target = {
  name: 'tokenizer',
  cases: fc.oneof(
    { weight: 3, arbitrary: mutatedJson(tokenizerFiles.map(textOf)) },
    { weight: 1, arbitrary: mutated(tokenizerFiles) },
  ),
  run: readTokenizer,
};

const good = new TextTokenizer(JSON.parse(textOf(tokenizerFiles[0] as Uint8Array)));

/** Any text at all for a good tokenizer: nothing to refuse. */
const words: Target = {
  name: 'text',
  cases: fc
    .oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 200 }))
    .map((text) => new TextEncoder().encode(text)),
  run: async (bytes) => {
    good.decode(good.encode(textOf(bytes)));
  },
};

const config: Target = {
  name: 'config',
  cases: fc.oneof(
    { weight: 3, arbitrary: mutatedJson([textOf(read(root, 'weights/config.json'))]) },
    { weight: 2, arbitrary: rescaledJson(textOf(read(root, 'weights/config.json'))) },
    { weight: 1, arbitrary: mutated([read(root, 'weights/config.json')]) },
  ),
  run: async (bytes) => {
    const shipped = weightsSource(join(root, 'weights'));
    const source = { file: async (name: string) => (name === 'config.json' ? bytes : shipped.file(name)) };
    const device = await openDevice('simd');
    const { flamingo } = await readWeights(source, device);
    flamingo.dispose();
  },
};

const HUGGING_FACE = [
  { model_type: 'opt', hidden_size: 32, num_attention_heads: 4, num_hidden_layers: 2, ffn_dim: 64, vocab_size: 99 },
  { model_type: 'gpt_neox', hidden_size: 32, num_attention_heads: 4, rotary_pct: 0.25, vocab_size: 99 },
  { model_type: 'llama', hidden_size: 32, num_attention_heads: 4, num_key_value_heads: 2, vocab_size: 99 },
  { model_type: 'mpt', d_model: 40, n_heads: 5, n_layers: 2, vocab_size: 99, attn_config: { alibi: true } },
  { model_type: 'gpt2', n_embd: 32, n_head: 4, n_layer: 2, vocab_size: 99 },
  { model_type: 'clip_vision_model', hidden_size: 32, image_size: 32, patch_size: 8, num_attention_heads: 4 },
];

const publicConfig: Target = {
  name: 'public-config',
  cases: mutatedJson(HUGGING_FACE.map((json) => JSON.stringify(json))),
  run: async (bytes) => {
    const json = parseJsonFile(bytes, 'config.json');
    const type = (json as { model_type?: unknown } | null)?.model_type;
    if (typeof type === 'string' && type.startsWith('clip')) visionFromHuggingFace(json);
    else languageModelFromHuggingFace(json);
  },
};

const PROMPTS = [
  '{"sequence":[{"image":"a.png"},{"text":"dax<EOC>"},{"image":"b.png"}],"candidates":["dax","wug"],"generate":{"maxTokens":8,"beams":1,"temperature":0,"topK":5,"topP":0.9,"seed":1}}',
  '{"sequence":[{"text":"what is this? 이것은 무엇인가요?"}]}',
];

const prompt: Target = {
  name: 'prompt',
  cases: fc.oneof(
    { weight: 3, arbitrary: mutatedJson(PROMPTS) },
    { weight: 1, arbitrary: mutated(PROMPTS.map((text) => new TextEncoder().encode(`${text}\n${text}`))) },
    { weight: 1, arbitrary: fc.json().map((text) => new TextEncoder().encode(text)) },
  ),
  run: async (bytes) => {
    const text = textOf(bytes);
    const asked = { encode: (words: string) => good.encode(words), special: { bos: 1, eoc: 2, image: 3 } };
    for (const line of readPromptLines(text)) if ('prompt' in line) tokenise(line.prompt, asked);
    tokenise(parsePrompt(readPromptJson(text)), asked);
  },
};

const pictures = [
  ...readAll(join(fixtures, 'pictures'), /\.(png|jpg|gif|bmp|tiff)$/),
  ...readAll(join(fixtures, 'pictures/corpus'), /\.(?!json$)\w+$/),
  ...readAll(join(root, 'examples/pictures'), /cactus|trumpet\.png$/),
];
const SHOWN = { size: 32, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], ...PREPROCESSING_STYLES.glass };

const picture: Target = {
  name: 'picture',
  cases: fc.oneof(
    { weight: 4, arbitrary: mutated(pictures) },
    { weight: 1, arbitrary: png },
    { weight: 1, arbitrary: resized(pictures) },
  ),
  run: async (bytes) => {
    preprocess(await readPicture(bytes, 'case'), SHOWN);
    await readFrames(bytes, 'case');
  },
};

/** In turn; those that read bytes come more often. */
export const targets: readonly Target[] = [
  safetensors,
  torch,
  picture,
  tokenizer,
  config,
  prompt,
  torch,
  safetensors,
  picture,
  words,
  publicConfig,
];
