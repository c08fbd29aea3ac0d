/**
 * The shipped Flamingo as ONNX graphs, of one row: vision encoder, resampler, the whole forward, and for generation the
 * pictures' keys and values apart from the text that reads them. Configurations that the shipped model does not have are refused.
 *
 * m media, v visual tokens, l latents, n text tokens, p tokens read before
 */

import type { FlamingoConfig } from '../../src/flamingo/architecture.ts';
import type { VisionEncoderConfig } from '../../src/flamingo/vision-encoder.ts';
import { OnnxGraph, type Value } from './graph.ts';
import { type AttentionParts, type KeyValues, Parts, type Weights } from './parts.ts';

/** Hides a score. */
const HIDDEN = -1e30;

/** pixels [m, 3, h, w] -> patches of the last layer, without its norm: [m, v, d] */
function vision(parts: Parts, pixels: Value, config: VisionEncoderConfig): Value {
  const { graph } = parts;
  const { patchSize, width, layers, heads, activation = 'quickGelu' } = config;
  const strides = { strides: [patchSize, patchSize], kernel_shape: [patchSize, patchSize] };
  const grid = graph.op('Conv', [pixels, parts.parameter('vision.patchEmbedding')], strides);
  const patches = graph.transpose(graph.reshape(grid, 0, width, -1), 0, 2, 1);
  const media = graph.op('Shape', [pixels], { start: 0, end: 1 });
  const each = graph.op('Concat', [media, graph.ints(1, width)], { axis: 0 });
  const classToken = graph.op('Expand', [parts.parameter('vision.classEmbedding'), each]);
  const tokens = graph.op('Concat', [classToken, patches], { axis: 1 });
  let x = graph.op('Add', [tokens, parts.parameter('vision.positionEmbedding')]);
  x = parts.norm(x, 'vision.preNorm');
  const layer = { heads, headDim: width / heads, activation };
  for (let i = 0; i < layers; i++) x = parts.layer(x, `vision.layers.${i}.`, layer);
  return graph.op('Slice', [x, graph.ints(1), graph.ints(2 ** 31 - 1), graph.ints(1)]);
}

/** visual tokens [m, v, d] -> latents [m, l, d] */
function resampler(parts: Parts, x: Value, { resampler: config }: FlamingoConfig): Value {
  const { graph } = parts;
  const { width, depth = 6, heads = 16, headDim = 96, activation = 'squaredRelu' } = config;
  const [l] = parts.shapeOf('resampler.latents') as [number];
  const media = graph.op('Shape', [x], { start: 0, end: 1 });
  const each = graph.op('Concat', [media, graph.ints(l, width)], { axis: 0 });
  let y = graph.op('Expand', [parts.parameter('resampler.latents'), each]);
  for (let i = 0; i < depth; i++) {
    const path = `resampler.layers.${i}`;
    const attention = { path: `${path}.attention`, heads, headDim };
    const latents = parts.norm(y, `${attention.path}.normLatents`);
    const read = graph.op('Concat', [parts.norm(x, `${attention.path}.normMedia`), latents], { axis: 1 });
    const queries = parts.heads(parts.linear(latents, `${attention.path}.toQ`), attention);
    const out = parts.attend(queries, parts.joinedKeyValues(read, attention), attention);
    const mid = graph.op('Add', [y, parts.linear(out, `${attention.path}.toOut`)]);
    const dense = parts.feedForward(parts.norm(mid, `${path}.feedForwardNorm`), `${path}.feedForward`, activation);
    y = graph.op('Add', [mid, dense]);
  }
  return parts.norm(y, 'resampler.norm');
}

const blockOf = ({ crossAttention: { heads, headDim = 128 } }: FlamingoConfig, layer: number): AttentionParts => ({
  path: `crossAttention.${layer}.attention`,
  heads,
  headDim,
});

/** latents [m, l, d] -> keys and values of every block, [1, h, m l, c] */
function memory(parts: Parts, latents: Value, config: FlamingoConfig): KeyValues[] {
  const joined = parts.graph.reshape(latents, 1, -1, config.resampler.width);
  return Array.from({ length: config.languageModel.layers }, (_, i) =>
    parts.joinedKeyValues(joined, blockOf(config, i)),
  );
}

/** What text is read with. */
interface Reading {
  /** int64 [1, n] */
  readonly ids: Value;
  /** Null for text without pictures, which leaves cross-attention out: it would read nothing. */
  readonly memory: readonly KeyValues[] | null;
  /** Pictures announced before: [1] int64. */
  readonly imagesBefore?: Value;
  readonly past?: readonly KeyValues[];
  readonly kept?: (layer: number, all: KeyValues) => void;
}

/** Masks of a reading, to be added to scores or multiplied with what was read. */
interface Masks {
  /** Rows of the table of positions: [n] */
  readonly positions: Value;
  /** [n, p + n] */
  readonly causal: Value;
  /** [1, 1, n, m l] */
  readonly media: Value | null;
  /** [1, n, 1] */
  readonly hasMedia: Value | null;
}

function masks(parts: Parts, { ids, memory, imagesBefore, past }: Reading, config: FlamingoConfig): Masks {
  const { graph } = parts;
  const length = (x: Value, axis: number): Value =>
    graph.op('Squeeze', [graph.op('Shape', [x], { start: axis, end: axis + 1 })]);
  const range = (from: Value, to: Value): Value => graph.op('Range', [from, to, graph.int(1)]);
  const n = length(ids, 1);
  const before = past ? length((past[0] as KeyValues).keys, 2) : graph.int(0);
  const end = graph.op('Add', [before, n]);
  const at = range(before, end); // [n]
  const visible = graph.op('LessOrEqual', [range(graph.int(0), end), graph.op('Unsqueeze', [at, graph.ints(1)])]);
  const added = (seen: Value): Value => graph.op('Where', [seen, graph.number(0), graph.number(HIDDEN)]);
  const positions = graph.op('Add', [at, graph.int(2)]); // OPT's offset
  if (!memory) return { positions, causal: added(visible), media: null, hasMedia: null };
  const [l] = parts.shapeOf('resampler.latents') as [number];
  const announces = graph.op('Equal', [ids, graph.int(config.tokens.image)]);
  const counted = graph.op('CumSum', [graph.op('Cast', [announces], { to: 7 }), graph.int(1)]); // [1, n]
  const time = imagesBefore ? graph.op('Add', [counted, imagesBefore]) : counted;
  const keys = length((memory[0] as KeyValues).keys, 2); // m l
  const each = graph.op('Div', [range(graph.int(0), keys), graph.int(l)]); // the medium of each latent, from 0
  const which = graph.op('Unsqueeze', [graph.op('Sub', [time, graph.int(1)]), graph.ints(1, 3)]); // [1, 1, n, 1]
  const hasMedia = graph.op('Cast', [graph.op('Greater', [time, graph.int(0)])], { to: 1 });
  return {
    positions,
    causal: added(visible),
    media: added(graph.op('Equal', [which, each])),
    hasMedia: graph.op('Unsqueeze', [hasMedia, graph.ints(2)]),
  };
}

/** Text with its pictures -> the residual stream after the last layer, [1, n, d] */
function text(parts: Parts, reading: Reading, config: FlamingoConfig): Value {
  const { graph } = parts;
  const { heads, width, layers, activation } = config.languageModel;
  const { positions, causal, media, hasMedia } = masks(parts, reading, config);
  const tokens = graph.op('Gather', [parts.parameter('languageModel.embedding.weight'), reading.ids]);
  const places = graph.op('Gather', [parts.parameter('languageModel.positions.weight'), positions]);
  let x = graph.op('Add', [tokens, places]);
  for (let i = 0; i < layers; i++) {
    const path = `crossAttention.${i}`;
    const block = blockOf(config, i);
    if (reading.memory && media && hasMedia) {
      const queries = parts.heads(parts.linear(parts.norm(x, `${block.path}.norm`), `${block.path}.toQ`), block);
      const read = parts.attend(queries, reading.memory[i] as KeyValues, block, media);
      const out = parts.linear(graph.op('Mul', [read, hasMedia]), `${block.path}.toOut`);
      x = graph.op('Add', [x, graph.op('Mul', [out, gate(parts, `${path}.attentionGate`)])]);
    }
    const dense = parts.feedForward(
      parts.norm(x, `${path}.feedForwardNorm`),
      `${path}.feedForward`,
      config.crossAttention.activation ?? 'squaredRelu',
    );
    x = graph.op('Add', [x, graph.op('Mul', [dense, gate(parts, `${path}.denseGate`)])]);
    const past = reading.past?.[i] ?? null;
    const kept = (all: KeyValues): void => reading.kept?.(i, all);
    x = parts.layer(
      x,
      `languageModel.layers.${i}.`,
      { heads, headDim: width / heads, activation },
      { added: causal, past, kept },
    );
  }
  return x;
}

/** tanh(alpha), which does not change. */
const gate = (parts: Parts, path: string): Value =>
  parts.graph.number(Math.tanh(parts.weights.get(path)?.data[0] ?? Number.NaN));

/** Final norm and the tied head: [1, n, d] -> [1, n, vocabulary] */
const head = (parts: Parts, x: Value): Value =>
  parts.graph.op('MatMul', [parts.norm(x, 'languageModel.norm'), parts.matrix('languageModel.embedding.weight')]);

const started = (weights: Weights): Parts => new Parts(new OnnxGraph(), weights);

/** `pixels` [m, 3, h, w] -> `features` [m, v, d] */
export function visionFile(weights: Weights, { vision: config }: FlamingoConfig): Uint8Array {
  const parts = started(weights);
  const pixels = pixelsOf(parts, config);
  parts.graph.output('features', vision(parts, pixels, config as VisionEncoderConfig), ['m', 'v', 'd']);
  return parts.graph.file();
}

/** `features` [m, v, d] -> `latents` [m, l, d] */
export function resamplerFile(weights: Weights, config: FlamingoConfig): Uint8Array {
  const parts = started(weights);
  const features = parts.graph.input('features', ['m', 'v', config.resampler.width]);
  parts.graph.output('latents', resampler(parts, features, config), ['m', 'l', 'd']);
  return parts.graph.file();
}

/** `ids` [1, n], and `pixels` [m, 3, h, w] unless `textAlone` -> `logits` [1, n, vocabulary] */
export function flamingoFile(weights: Weights, config: FlamingoConfig, textAlone = false): Uint8Array {
  const parts = started(weights);
  const ids = parts.graph.input('ids', [1, 'n'], 'int64');
  const seen = textAlone ? null : pictures(parts, config);
  parts.graph.output('logits', head(parts, text(parts, { ids, memory: seen }, config)), [1, 'n', 'vocabulary']);
  return parts.graph.file();
}

/** `pixels` -> `memory.LAYER.keys` and `memory.LAYER.values` [1, h, m l, c] */
export function memoryFile(weights: Weights, config: FlamingoConfig): Uint8Array {
  const parts = started(weights);
  pictures(parts, config).forEach((each, i) => {
    keyValueOutputs(parts, `memory.${i}`, each);
  });
  return parts.graph.file();
}

/**
 * New tokens: `ids` [1, n], `imagesBefore` [1], `memory.*` as above and `past.LAYER.keys`, `.values` [1, h, p, c] -> `logits` [1, 1, vocabulary]
 * of the last one, and `now.LAYER.*`: past and new.
 */
export function tokensFile(weights: Weights, config: FlamingoConfig): Uint8Array {
  const parts = started(weights);
  const { graph } = parts;
  const { layers, heads, width } = config.languageModel;
  const ids = graph.input('ids', [1, 'n'], 'int64');
  const imagesBefore = graph.input('imagesBefore', [1], 'int64');
  const block = blockOf(config, 0);
  const inputs = (name: string, h: number, c: number): KeyValues[] =>
    Array.from({ length: layers }, (_, i) => {
      const [keys, values] = ['keys', 'values'].map((kind) => graph.input(`${name}.${i}.${kind}`, [1, h, name, c]));
      return { keys: keys as Value, values: values as Value };
    });
  const seen = inputs('memory', block.heads, block.headDim);
  const past = inputs('past', heads, width / heads);
  const kept = (layer: number, all: KeyValues): void => keyValueOutputs(parts, `now.${layer}`, all);
  const x = text(parts, { ids, memory: seen, imagesBefore, past, kept }, config);
  const last = graph.op('Slice', [x, graph.ints(-1), graph.ints(2 ** 31 - 1), graph.ints(1)]);
  graph.output('logits', head(parts, last), [1, 1, 'vocabulary']);
  return graph.file();
}

function pixelsOf({ graph }: Parts, config: VisionEncoderConfig | null): Value {
  const { imageSize: size = 0, channels = 3 } = config ?? {};
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  return graph.input('pixels', ['m', channels, height, width]);
}

function pictures(parts: Parts, config: FlamingoConfig): KeyValues[] {
  const features = vision(parts, pixelsOf(parts, config.vision), config.vision as VisionEncoderConfig);
  return memory(parts, resampler(parts, features, config), config);
}

function keyValueOutputs({ graph }: Parts, name: string, { keys, values }: KeyValues): void {
  graph.output(`${name}.keys`, keys, [1, 'h', 'tokens', 'c']);
  graph.output(`${name}.values`, values, [1, 'h', 'tokens', 'c']);
}
