/** What is no tensor, no array, no device or no number is refused by name wherever one is taken. */

import { expect, it } from 'vitest';
import {
  cosineSimilarity,
  Flamingo,
  GatedCrossAttention,
  generate,
  LanguageModel,
  labelsOf,
  logLikelihoods,
  mediaMask,
  mediaSeenAfter,
  PerceiverResampler,
  patchGrid,
  type ResamplerLayer,
  selectShots,
  VisionEncoder,
  type VisionEncoderConfig,
} from '../../src/flamingo.ts';
import {
  AdamW,
  attend,
  clipGradients,
  createNorm,
  Embedding,
  extendCache,
  FeedForward,
  LayerNorm,
  Linear,
  MultiHeadAttention,
  Muon,
  mergeHeads,
  noTap,
  orthogonalise,
  RMSNorm,
  splitHeads,
  splitKeyValues,
  warmupCosine,
  weights,
} from '../../src/nn.ts';
import * as T from '../../src/tensor/index.ts';
import { shippedModel } from '../cli/support.ts';
import { exportedParameters } from '../support/option-types.ts';
import { type Call, made, on } from '../support/right-calls.ts';

const { ArgumentError, GlassFlamingoError, openDevice, Random, SimdDevice, ones, tensor } = T;
const as = <X>(value: unknown): X => value as X;
const device = new SimdDevice();
const random = new Random(1);
const init = { device, random };
const x = ones(device, [2, 2]);
const ids = tensor(device, Int32Array.of(0, 1));
const { flamingo } = await shippedModel();
const its = flamingo.device;
const { config } = flamingo;
const width = config.languageModel.width;
const text = ones(its, [1, 1, width]);
const latents = ones(its, [1, 1, flamingo.resampler.latents.shape[0] as number, config.resampler.width]);
const seen = flamingo.resampler;
const [block] = flamingo.crossAttention.filter((block) => block !== null);
const rotation = T.rotation(device, [0, 1], { dims: 2 });
/** A right call of each, with its arguments. */
const CALLS: Readonly<Record<string, Call>> = {
  backward: [T.backward, x.sum(), [x]],
  causalMask: [T.causalMask, device, 2, 2],
  fromHost: [T.fromHost, device, T.hostZeros(4), [2, 2]],
  full: [T.full, device, [2], 1],
  ones: [ones, device, [2]],
  zeros: [T.zeros, device, [2]],
  randn: [T.randn, device, [2], random, 1],
  range: [T.range, device, 0, 2, 1],
  tensor: [tensor, device, [1, 2], [2]],
  hostValues: [T.hostValues, new Float32Array(2)],
  hostZeros: [T.hostZeros, 2],
  format: [T.format, new Float32Array(2), [2], 'float32'],
  scope: [T.scope, device, () => null],
  stage: [T.stage, device, () => null],
  concat: [T.concat, [x, x], 0],
  stack: [T.stack, [x, x], 0],
  split: [T.split, x, [1, 1], 0],
  tile: [T.tile, x, [2, 2]],
  repeatInterleave: [T.repeatInterleave, x, 0, 2],
  indexSelect: [T.indexSelect, x, ids, 0],
  indexAdd: [T.indexAdd, x, ids, x],
  tril: [T.tril, x, 0],
  linear: [T.linear, x, x, ones(device, [2])],
  l2Normalise: [T.l2Normalise, x, 1e-12],
  crossEntropy: [T.crossEntropy, x, ids],
  weightedCrossEntropy: [T.weightedCrossEntropy, x, ids, ones(device, [2])],
  attention: [T.attention, x, x, x],
  attentionScores: [T.attentionScores, x, x],
  attentionWeights: [T.attentionWeights, x],
  patchEmbedding: [T.patchEmbedding, ones(device, [1, 1, 2, 2]), ones(device, [1, 1, 2, 2]), ones(device, [1])],
  interpolateLinear: [T.interpolateLinear, x, 3],
  rotation: [T.rotation, device, [0, 1], { dims: 2 }],
  rotate: [T.rotate, x, rotation],
  rotary: [T.rotary, x, [0, 1]],
  alibi: [T.alibi, device, 2, 2, 8],
  alibiSlopes: [T.alibiSlopes, 2, 8],
  'new Random': [made(Random), 1],
  'Random.integer': [on(random, 'integer'), 2],
  'Random.pick': [on(random, 'pick'), [1]],
  'Random.shuffle': [on(random, 'shuffle'), [1]],
  'Random.sample': [on(random, 'sample'), [1], 1],
  ...Object.fromEntries(
    ['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'equal', 'less', 'lessEqual', 'notEqual', 'greater']
      .concat('greaterEqual', 'logicalAnd', 'logicalOr', 'assign', 'matmul', 'operand')
      .map((name): [string, Call] => [`Tensor.${name}`, [on(ones(device, [2, 2]), name), ones(device, [2, 2])]]),
  ),
  ...Object.fromEntries(
    ['sum', 'mean', 'max', 'min', 'variance', 'logSumExp'].map((name): [string, Call] => [
      `Tensor.${name}`,
      [on(x, name), [0], true, 0],
    ]),
  ),
  ...Object.fromEntries(
    ['argmax', 'cumsum', 'softmax', 'logSoftmax'].map((name): [string, Call] => [`Tensor.${name}`, [on(x, name), 0]]),
  ),
  'Tensor.like': [on(x, 'like'), new Float32Array(2), [2]],
  'Tensor.topK': [on(x, 'topK'), 1],
  'Tensor.reshape': [on(x, 'reshape'), [4]],
  'Tensor.permute': [on(x, 'permute'), [1, 0]],
  'Tensor.transpose': [on(x, 'transpose'), 0, 1],
  'Tensor.expand': [on(x, 'expand'), [2, 2]],
  'Tensor.slice': [on(x, 'slice'), [[0, 1]]],
  'Tensor.flip': [on(x, 'flip'), [0]],
  'Tensor.pad': [
    on(x, 'pad'),
    [
      [0, 1],
      [1, 0],
    ],
    0,
  ],
  'Tensor.gather': [on(x, 'gather'), ids.reshape([1, 2]), 0],
  'Tensor.scatterAdd': [on(x, 'scatterAdd'), ids.reshape([1, 2]), ones(device, [1, 2]), 0],
  'Tensor.embedding': [on(x, 'embedding'), ids],
  'Tensor.oneHot': [on(ids, 'oneHot'), 2],
  'Tensor.maskedSoftmax': [on(x, 'maskedSoftmax'), x],
  'Tensor.layerNorm': [on(x, 'layerNorm'), ones(device, [2]), ones(device, [2]), 1e-5],
  'Tensor.rmsNorm': [on(x, 'rmsNorm'), ones(device, [2]), 1e-6],
  'Tensor.where': [on(x, 'where'), x, x],
  'Tensor.clamp': [on(x, 'clamp'), 0, 1],
  'Tensor.maskedFill': [on(x, 'maskedFill'), x, 0],

  attend: [attend, x, x, x, { heads: 1 }, noTap],
  extendCache: [extendCache, { keys: null, values: null }, x, x],
  mergeHeads: [mergeHeads, ones(device, [1, 2, 3, 4])],
  splitHeads: [splitHeads, ones(device, [1, 3, 8]), 2],
  splitKeyValues: [splitKeyValues, x],
  orthogonalise: [orthogonalise, x],
  weights: [weights, init, [2], 1],
  createNorm: [createNorm, init, 'rms', 2],
  clipGradients: [clipGradients, new Map([[x, x]]), 1],
  'new AdamW': [made(AdamW), [{ parameters: [x], learningRate: 1 }]],
  'new Muon': [made(Muon), [{ parameters: [x], learningRate: 1 }]],
  'new Linear': [made(Linear), init, 2, 2],
  'new Embedding': [made(Embedding), init, 2, 2],
  'new LayerNorm': [made(LayerNorm), init, 2],
  'new RMSNorm': [made(RMSNorm), init, 2],
  'new FeedForward': [made(FeedForward), init, 2, 2],
  'new MultiHeadAttention': [made(MultiHeadAttention), init, 4, 2],
  'Linear.forward': [on(new Linear(init, 2, 2), 'forward'), x],
  'Embedding.forward': [on(new Embedding(init, 2, 2), 'forward'), ids],
  'LayerNorm.forward': [on(new LayerNorm(init, 2), 'forward'), x],
  'RMSNorm.forward': [on(new RMSNorm(init, 2), 'forward'), x],
  'FeedForward.forward': [on(new FeedForward(init, 2, 2), 'forward'), x],
  'MultiHeadAttention.forward': [on(new MultiHeadAttention(init, 2, 1), 'forward'), ones(device, [1, 2, 2])],

  'Flamingo.encode': [on(flamingo, 'encode'), ones(its, [1, 1, 1, 3, 32, 32])],
  'Flamingo.resample': [on(flamingo, 'resample'), ones(its, [1, 1, 1, 2, config.resampler.width])],
  'Flamingo.remember': [on(flamingo, 'remember'), latents],
  'Flamingo.sight': [on(flamingo, 'sight'), { ids: tensor(its, Int32Array.of(0, 1), [1, 2]) }, 1],
  'GatedCrossAttention.remember': [on(block as object, 'remember'), latents],
  'GatedCrossAttention.forward': [on(block as object, 'forward'), text, latents],
  'MaskedCrossAttention.keyValues': [on((block as GatedCrossAttention).attention, 'keyValues'), latents],
  'LanguageModel.forward': [on(flamingo.languageModel, 'forward'), tensor(its, [[5]], [1, 1], 'int32')],
  'LanguageModel.head': [on(flamingo.languageModel, 'head'), text],
  'PerceiverResampler.forward': [on(seen, 'forward'), ones(its, [1, 1, 1, 2, config.resampler.width])],
  'ResamplerLayer.forward': [on(seen.layers[0] as object, 'forward'), latents, latents],
  'PerceiverAttention.forward': [on((seen.layers[0] as ResamplerLayer).attention, 'forward'), latents, latents],
  'TransformerLayer.forward': [on(flamingo.languageModel.layers[0] as object, 'forward'), text],
  'VisionEncoder.forward': [on(flamingo.vision as object, 'forward'), ones(its, [1, 3, 32, 32])],
  mediaMask: [mediaMask, x, { media: 1, latents: 1 }],
  mediaSeenAfter: [mediaSeenAfter, [1], [0], 0],
  warmupCosine: [warmupCosine, 0, { steps: 9, warmup: 1 }],
  labelsOf: [labelsOf, [1], [1], 'text', { image: 1, endOfChunk: 2 }],
  logLikelihoods: [logLikelihoods, flamingo, { ids: [[1]] }, [[[1]]]],
  cosineSimilarity: [cosineSimilarity, [1, 0], [1, 0]],
  selectShots: [selectShots, [1, 0], [[1, 0]], 1],
};

/** Who writes these knows what is given to them, or gives it on to what is called above. */
const INNER =
  /^(Device|GpuDevice|ShapeDevice|SimdDevice|Pointwise|Capture|Optimizers?|AdamW|Muon|Decoding|new Decoding|new (Tensor|GpuDevice|StateDictError|ShapeError|Optimizers|Capture|PromptError))\b|^(gpuKernels|requireOptions|Random\.(uniform|normal|chance)|formatShape|sizeOf|noTap|matchingNames?|nearestNames|Identity|Tensor\.apply|Flamingo\.(trainedRowsOnly|next)|LanguageModel\.(hidden|next)|MaskedCrossAttention\.forward)\b/;

const TENSOR = /\b(Tensor|Value|T)\b/;
const KINDS =
  /^(Tensor|Value|T|number|Device|Shape|Axes|readonly .*\[\]|ArrayLike<number>|Float32Array|Uint16Array)( \| (null|undefined|number|Tensor|T))*$|^number \| T(ensor)?$/;
const own = exportedParameters().filter(
  ({ file, type }) => /^(tensor|nn|flamingo|training)\//.test(file) && KINDS.test(type),
);

/** Wrong in each kind. */
function wrongs(type: string, mayMiss: boolean): readonly unknown[] {
  const nothing = [
    ...(type.includes('null') || type === 'Axes' ? [] : [null]),
    ...(mayMiss || type.includes('undefined') ? [] : [undefined]),
  ];
  if (type === 'number') return ['2', Number.NaN, {}, ...nothing];
  if (type === 'Device') return ['simd', openDevice(), {}, ...nothing];
  const number = /\bnumber\b/.test(type.replace('number[]', '')) || type === 'Axes' ? [] : [3];
  if (TENSOR.test(type) && !type.startsWith('readonly')) return ['2', true, {}, [1], ...number, ...nothing];
  return ['2', {}, ...number, ...nothing];
}

/** Values that are right after all. */
const RIGHT: Readonly<Record<string, readonly unknown[]>> = {
  'full 2': [Number.NaN],
  'Tensor.pad 1': [Number.NaN],
  'Tensor.maskedFill 1': [Number.NaN],
  'Tensor.clamp 0': [Number.NaN],
  'Tensor.clamp 1': [Number.NaN],
  'tensor 2': [null], // the shape that the values have
  'Tensor.flip 0': [null], // all axes, as in a sum
  'Tensor.logicalAnd 0': [3], // numbers are tensors without axes
  'Tensor.logicalOr 0': [3],
  'Tensor.maskedFill 0': [3],
  'Flamingo.remember 0': [undefined], // no picture
};

it('knows every parameter that is a tensor, an array, a device or a number', () => {
  const unknown = own.filter(({ name }) => !(name.replace(/ \d+$/, '') in CALLS) && !INNER.test(name));
  expect(unknown.map(({ name, type }) => `${name}: ${type}`)).toEqual([]);
});

it('refuses what is none, by name', async () => {
  const bad: string[] = [];
  for (const [name, [call, ...right]] of Object.entries(CALLS)) {
    const told = async (...given: unknown[]): Promise<unknown> =>
      Promise.resolve()
        .then(() => call(...(given as never[])))
        .then(
          () => null,
          (error: unknown) => error,
        );
    const problem = await told(...right);
    if (problem) bad.push(`${name}: a right call is refused: ${String(problem)}`);
    const parameters = own.filter((parameter) => parameter.name.replace(/ \d+$/, '') === name);
    for (const { name: full, type, mayMiss } of parameters) {
      const place = Number(full.split(' ').at(-1));
      if (place >= right.length) continue;
      for (const wrong of wrongs(type, mayMiss).filter((value) => !RIGHT[full]?.includes(value))) {
        const error = await told(...right.with(place, wrong));
        if (!(error instanceof GlassFlamingoError))
          bad.push(
            `${full} (${type}) given ${typeof wrong === 'object' ? JSON.stringify(wrong) : String(wrong)}: ${String(error).slice(0, 120)}`,
          );
      }
    }
  }
  expect(bad).toEqual([]);
}, 60_000);

const of = (part: 'resampler' | 'languageModel' | 'crossAttention' | 'tokens', change: object): Flamingo =>
  new Flamingo({ device }, { ...config, [part]: { ...config[part], ...change } });
const resampler = (change: object) => () => new PerceiverResampler({ device }, { ...config.resampler, ...change });
const language = (change: object) => () => new LanguageModel({ device }, { ...config.languageModel, ...change });
const gated = (change: object) => () => new GatedCrossAttention({ device }, { width: 4, heads: 1, ...change });
const encoder = (change: object) => () =>
  new VisionEncoder({ device }, { ...as<VisionEncoderConfig>(config.vision), ...change });
const heads =
  (count: number, options = {}) =>
  () =>
    new MultiHeadAttention({ device }, 4, count, options);
const adam = (options: object) => () => new AdamW([], options);
const clipped = (most: number) => () => clipGradients(new Map([[x, x]]), most);
const turned = (base: number) => () => T.rotary(x, [0, 1], { base });

it.each<[string, () => unknown, string]>([
  ...[1, -0.1, Number.NaN].map((b): [string, () => unknown, string] => [
    `a beta of ${b}`,
    adam({ betas: [b, 0.9] }),
    `the first beta is ${b}`,
  ]),
  ['a second beta of 1', adam({ betas: [0.9, 1] }), 'the second beta is 1, expected less than 1'],
  ['eps below 0', adam({ eps: -1e-8 }), 'eps is -1e-8'],
  ['an infinite eps', adam({ eps: Number.POSITIVE_INFINITY }), 'eps is Infinity'],
  ['a momentum of 1', () => new Muon([], { momentum: 1 }), '[Muon] momentum is 1'],
  ['a momentum below 0', () => new Muon([], { momentum: -1 }), 'momentum is -1'],
  ['a norm below 0', clipped(-1), '[clipGradients] maxNorm is -1'],
  ['a norm of NaN', clipped(Number.NaN), 'maxNorm is NaN'],
  ['no heads', heads(0), 'heads is 0, expected a whole number from 1 on'],
  ['half a head', heads(0.5), 'heads is 0.5'],
  ['heads below 0', heads(-2), 'heads is -2'],
  ['heads that do not share the width', heads(3), 'headDim is 1.3333333333333333'],
  ['no heads of keys', heads(2, { keyValueHeads: 0 }), 'keyValueHeads is 0'],
  ['depth 1.5', resampler({ depth: 1.5 }), 'depth is 1.5'],
  ['depth -1', resampler({ depth: -1 }), 'depth is -1'],
  ['NaN latents', resampler({ latents: Number.NaN }), 'latents is NaN'],
  ['NaN frames', resampler({ frameEmbeddings: Number.NaN }), 'frameEmbeddings is NaN'],
  ['resampler heads 0', resampler({ heads: 0 }), 'heads is 0'],
  ['latents drawn with std -1', resampler({ latentStd: -1 }), 'std is -1'],
  ['gated heads 0', gated({ heads: 0 }), 'heads is 0'],
  ['gated headDim 0.5', gated({ headDim: 0.5 }), 'headDim is 0.5'],
  ['layers 1.5', language({ layers: 1.5 }), 'layers is 1.5'],
  ['positions below 0', language({ maxPositions: -1 }), 'maxPositions is -1'],
  ['encoder layers -1', encoder({ layers: -1 }), 'layers is -1'],
  ['patches of 1.5', encoder({ patchSize: 1.5 }), 'patchSize is 1.5'],
  ['patches of 0', () => patchGrid({ imageSize: 32, patchSize: 0 }), 'patchSize is 0'],
  ['pictures of -32', encoder({ imageSize: -32 }), 'the height of pictures is -32'],
  ['a block every 0 layers', () => of('crossAttention', { every: 0 }), 'every is 0'],
  ['an image token of NaN', () => of('tokens', { image: Number.NaN }), 'image is NaN'],
  ['the eps of a norm below 0', () => new LayerNorm({ device }, 2, { eps: -1 }), '[LayerNorm] eps is -1'],
  ['the eps of the other norm', () => new RMSNorm({ device }, 2, { eps: Number.NaN }), '[RMSNorm] eps is NaN'],
  ['std NaN', () => new Linear({ device }, 2, 2, { std: Number.NaN }), 'std is NaN'],
  ['a base of 0', turned(0), 'base is 0'],
  ['a base below 0', turned(-10000), 'base is -10000'],
  ['features of two lengths', () => cosineSimilarity([1, 2], [1]), '2 and 1 features'],
  [
    'a mask shorter than its ids',
    () => labelsOf([1, 2], [1], 'text', { image: 8, endOfChunk: 9 }),
    '2 ids with an attention mask of 1',
  ],
])('refuses %s', (_, call, message) => {
  expect(call).toThrow(ArgumentError);
  expect(call).toThrow(message);
});

it.each<[string, object, number[][][], string]>([
  ['ids that are no rows', { ids: [1, 2] }, [[[1]]], 'a row of ids is 1, expected an array'],
  ['half an id', { ids: [[1.5]] }, [[[1]]], 'an int32 is 1.5'],
  [
    'a candidate outside of the vocabulary',
    { ids: [[1]] },
    [[[1, 1e6]]],
    'a token is 1000000, expected a whole number',
  ],
  ['candidates for another prompt', { ids: [[1]] }, [[[1]], [[1]]], '2 lists of candidates for 1 prompts'],
])('a likelihood of %s is refused', async (_, prompt, candidates, message) => {
  await expect(logLikelihoods(flamingo, as(prompt), candidates)).rejects.toThrow(message);
});

it.each<[object, string]>([
  [{ stop: 0.5 }, "stop is 0.5; expected a token's id"],
  [{ stop: Number.NaN }, "stop is NaN; expected a token's id"],
  [{ stop: '2' }, "expected a token's id"],
  [{ stop: 2, beams: 2, temperature: 0.5 }, 'temperature is 0.5; expected 0 with 2 beams'],
  [{ stop: 2, temperature: Number.POSITIVE_INFINITY }, 'temperature is Infinity'],
  [{ stop: 2, temperature: Number.NaN }, 'temperature is NaN'],
  [{ stop: 2, topP: 2 }, 'topP is 2'],
  [{ stop: 2, topP: 0 }, 'topP is 0'],
])('generate refuses %o', async (options, message) => {
  await expect(generate(flamingo, { ids: [[1]] }, as(options))).rejects.toThrow(message);
});

it('takes the numbers that mean something', async () => {
  expect(clipped(Number.POSITIVE_INFINITY)).not.toThrow();
  expect(clipped(0)).not.toThrow();
  expect(adam({ betas: [0, 0], eps: 0 })).not.toThrow();
  expect(language({ layers: 0 })).not.toThrow();
  expect(resampler({ depth: 0, frameEmbeddings: 0, mediaEmbeddings: 0 })).not.toThrow();
  expect(turned(1)).not.toThrow();
});
