/** A Flamingo of any size with random weights, and the three tasks whose cost is measured. */

import { Flamingo, type FlamingoConfig } from '../../src/flamingo/flamingo.ts';
import { AdamW } from '../../src/nn/index.ts';
import {
  backward,
  crossEntropy,
  flopsOf,
  Random,
  randn,
  SimdDevice,
  scope,
  type Tensor,
  tensor,
} from '../../src/tensor/index.ts';

/** What a cost grows with. */
export interface Size {
  readonly tokens: number;
  readonly pictures: number;
  readonly width: number;
  readonly depth: number;
}

/** Each axis starts from here. */
export const BASE: Size = { tokens: 64, pictures: 4, width: 128, depth: 4 };

export const TASKS = ['forward', 'training step', 'generated token'] as const;
export type TaskName = (typeof TASKS)[number];

/** One task at one size. */
export interface Task {
  run(): void;
  /** Floating-point operations of one run, counted while it runs. */
  flops(): number;
  /** Bytes of WebAssembly memory up to the highest that was in use, weights included. */
  memory(): number;
}

const IMAGE = 3;
const HEAD = 32;
const VOCABULARY = 1536;

function configOf({ tokens, width, depth }: Size): FlamingoConfig {
  const heads = width / HEAD;
  const tower = { width, heads, hidden: 4 * width };
  return {
    vision: { ...tower, imageSize: 32, patchSize: 8, layers: depth, projection: width, activation: 'quickGelu' },
    resampler: { width, depth: 2, heads, headDim: HEAD, latents: 8, activation: 'gelu', frameEmbeddings: 0 },
    crossAttention: { every: 1, heads, headDim: HEAD, activation: 'gelu', placement: 'open-flamingo' },
    languageModel: {
      ...tower,
      vocabulary: VOCABULARY,
      layers: depth,
      maxPositions: tokens + 1,
      activation: 'gelu',
      eps: 1e-5,
    },
    tokens: { image: IMAGE, endOfChunk: 2 },
  };
}

export function taskOf(name: TaskName, size: Size): Task {
  const device = new SimdDevice();
  const random = new Random(1);
  const flamingo = new Flamingo({ device }, configOf(size));
  for (const matrix of flamingo.parameters().values()) if (matrix.shape.length > 1) fill(matrix);
  const { tokens, pictures } = size;
  // Pictures stand at even distances in the text.
  const every = Math.max(1, Math.floor(tokens / pictures));
  const words = Int32Array.from({ length: tokens }, (_, i) =>
    i % every === 0 && i / every < pictures ? IMAGE : 4 + ((i * 7) % 1000),
  );
  const ids = tensor(device, words, [1, tokens]);
  const pixels = randn(device, [1, pictures, 1, 3, 32, 32], random);
  const compute = WORK[name](flamingo, ids, pixels);
  return {
    run: compute,
    flops: () => {
      let count = 0;
      device.watcher = (operation, inner) => {
        count += flopsOf(operation);
        return inner();
      };
      compute();
      device.watcher = null;
      return count;
    },
    memory: () => device.machine.reservedBytes,
  };
}

/** Small numbers without a pattern that a product could profit from; drawing normal ones would take longer than measuring. */
function fill(matrix: Tensor): void {
  const numbers = new Float32Array(matrix.size);
  for (let i = 0; i < numbers.length; i++) numbers[i] = (((i * 7919) % 2017) / 1008 - 1) * 0.03;
  matrix.assign(tensor(matrix.device, numbers, matrix.shape));
}

type Work = (flamingo: Flamingo, ids: Tensor, pixels: Tensor) => () => void;

const WORK: Readonly<Record<TaskName, Work>> = {
  forward: (flamingo, ids, pixels) => () =>
    scope(flamingo.device, () => void flamingo.forward({ ids, pixels }), { noGrad: true }),

  /** As the Flamingo stage trains: the vision encoder's features are there, the language model is frozen. */
  'training step': (flamingo, ids, pixels) => {
    const visionFeatures = scope(flamingo.device, () => flamingo.encode(pixels), { noGrad: true });
    const parameters = [...flamingo.trainable().values()];
    const optimizer = new AdamW([{ parameters, learningRate: 1e-4 }]);
    const [, tokens] = ids.shape as [number, number];
    return () =>
      scope(flamingo.device, () => {
        const logits = flamingo.forward({ ids, visionFeatures });
        const loss = crossEntropy(logits.reshape([tokens, VOCABULARY]), ids.reshape([tokens]));
        optimizer.step(flamingo.trainedRowsOnly(backward(loss, parameters)));
      });
  },

  /** With what a decoding keeps of the prompt: keys and values of its words and of its pictures. */
  'generated token': (flamingo, ids, pixels) => {
    const { device } = flamingo;
    const one = (value: number): Tensor => tensor(device, Float32Array.of(value), [1, 1]);
    const read = () => {
      const memory = flamingo.remember(flamingo.resample(flamingo.encode(pixels)));
      const cache = flamingo.newCache();
      flamingo.next({
        ids,
        attentionMask: null,
        memory,
        cache,
        imagesBefore: one(0),
        imageTokens: ids.toFloat().equal(IMAGE),
      });
      return { memory: [...memory], cache };
    };
    const { memory, cache } = scope(device, read, { noGrad: true });
    const inputs = { ids: tensor(device, Int32Array.of(5), [1, 1]), attentionMask: null, memory };
    const seen = { imagesBefore: one(pixels.shape[1] as number), imageTokens: one(0) };
    return () =>
      scope(device, () => void flamingo.next({ ...inputs, ...seen, cache: cache.map((layer) => ({ ...layer })) }), {
        noGrad: true,
      });
  },
};
