/** Every public function refuses a misspelt key of its options, and another word than a value may be, with the nearest. */

import { expect, it } from 'vitest';
import {
  byteLevelTokenizerJson,
  countParameters,
  exportFiles,
  Flamingo,
  flamingoMiniNames,
  GatedCrossAttention,
  generate,
  LanguageModel,
  labelsOf,
  languageModelNames,
  languageModelNamesOf,
  load,
  loadFlamingo,
  loadFrames,
  loadGatedBlock,
  loadPicture,
  loadResampler,
  logLikelihoods,
  MaskedCrossAttention,
  mediaMask,
  openFlamingoFiles,
  openFlamingoNames,
  PerceiverAttention,
  PerceiverResampler,
  parameterTree,
  preprocess,
  ResamplerLayer,
  runFlamingo,
  runSteps,
  Tokenizer,
  TransformerLayer,
  tapShapes,
  VisionEncoder,
  writeWeights,
} from '../../src/flamingo.ts';
import {
  attentionHeads,
  contributionMap,
  flame,
  gateBars,
  gateLines,
  greySquare,
  histogramPanels,
  logitLens,
  logitLensTable,
  modelFigure,
  occlusionMap,
  partOf,
  profile,
  reliabilityDiagram,
  reportOf,
  reportPage,
  seenSquare,
  tokenOverlays,
  tokenRibbon,
  topChangeDots,
  topChanges,
  wordOverlays,
  wordPatchMap,
} from '../../src/inspect/index.ts';
import {
  AdamW,
  createNorm,
  Embedding,
  FeedForward,
  LayerNorm,
  Linear,
  loadStateDict,
  MultiHeadAttention,
  Muon,
  openCheckpoint,
  RMSNorm,
  warmupCosine,
  weights,
  writeTorchFile,
} from '../../src/nn.ts';
import {
  ArgumentError,
  attention,
  attentionScores,
  attentionWeights,
  causalMask,
  crossEntropy,
  type Device,
  format,
  fromHost,
  GlassFlamingoError,
  GpuDevice,
  hostValues,
  hostZeros,
  ones,
  rotary,
  rotate,
  rotation,
  SimdDevice,
  scope,
  type Tensor,
  tensor,
} from '../../src/tensor/index.ts';
import { openInWorker, RemoteModel, RemotePrepared } from '../../src/worker.ts';
import { shippedModel } from '../cli/support.ts';
import { exportedParameters } from '../support/option-types.ts';

const prompt = { sequence: [{ text: 'name :' }] };
const as = <T>(value: unknown): T => value as T;
const device: Device = new SimdDevice();
const square = (): Tensor => ones(device, [2, 2]);
const recorded = { get: () => ({ name: 'logits', shape: [1, 1, 2], data: new Float32Array(2) }) };
const model = await shippedModel();
const { flamingo, tokenizer } = model;
const { config } = flamingo;
const { vocabulary: _, maxPositions: __, ...shared } = config.languageModel;
const layer = { ...shared, causal: true };
const nothing = { milliseconds: 0, operations: [] };
const ids = as<Tensor>(null); // options are looked at before anything else

/** With its parameter's place, a right key of the options, and a call that is right but for them. */
const TAKERS: Readonly<Record<string, readonly [key: string, call: (options: object) => unknown]>> = {
  'load 1': ['device', (o) => load(new URL('../../weights/', import.meta.url), as(o))],
  'loadFrames 1': ['name', (o) => loadFrames([new Uint8Array(1)], as(o))],
  'loadPicture 1': ['name', (o) => loadPicture(new Uint8Array(1), as(o))],
  'Model.prepare 1': ['signal', (o) => model.prepare(prompt, as(o))],
  'Model.answer 1': ['capture', (o) => model.answer(prompt, as(o))],
  'Model.run 1': ['budget', (o) => model.run(prompt, as(o))],
  'Model.generate 1': ['attend', (o) => model.generate(prompt, as(o)).next()],
  'the generate of a prompt': ['maxTokens', (o) => model.answer({ ...prompt, generate: as(o) })],
  'Prepared.answer 0': ['likely', async (o) => (await model.prepare(prompt)).answer(as(o))],
  'Prepared.run 0': ['stopAfter', async (o) => (await model.prepare(prompt)).run(as(o))],
  'Prepared.generate 0': ['edit', async (o) => (await model.prepare(prompt)).generate(as(o)).next()],
  'RemoteModel.prepare 1': ['signal', (o) => RemoteModel.prototype.prepare(prompt, as(o))],
  'RemotePrepared.answer 0': ['likely', (o) => RemotePrepared.prototype.answer(as(o))],
  'RemotePrepared.run 0': ['budget', (o) => RemotePrepared.prototype.run(as(o))],
  'openInWorker 2': ['progress', (o) => openInWorker(as({}), undefined, as(o))],
  'runFlamingo 2': ['capture', (o) => runFlamingo(flamingo, { ids }, as(o))],
  'runSteps 2': ['maxTokens', (o) => runSteps(flamingo, { ids }, as(o)).next()],
  'generate 2': ['maxTokens', (o) => generate(flamingo, { ids: [[1]] }, as(o))],
  'generate 1': ['latents', (o) => generate(flamingo, as({ ids: [[1]], ...o }), { stop: 2 })],
  'logLikelihoods 3': ['signal', (o) => logLikelihoods(flamingo, { ids: [[1]] }, [[[1]]], as(o))],
  'logLikelihoods 1': ['imageTokens', (o) => logLikelihoods(flamingo, as({ ids: [[1]], ...o }), [[[1]]])],
  'TextTokenizer.encode 1': ['addSpecial', (o) => tokenizer.encode('a', as(o))],
  'TextTokenizer.decode 1': ['skipSpecial', (o) => tokenizer.decode([5], as(o))],
  'new Tokenizer 1': ['words', (o) => new Tokenizer({}, as({ added: [], roles: {}, ...o }))],
  'byteLevelTokenizerJson 2': ['first', (o) => byteLevelTokenizerJson({}, '', as({ special: [], ...o }))],
  'preprocess 1': ['padding', (o) => preprocess(as({}), as({ ...model.config.preprocessing, ...o }))],
  'greySquare 1': ['margin', (o) => greySquare(as({}), as({ ...model.config.preprocessing, ...o }))],
  'seenSquare 1': ['padding', (o) => seenSquare(as({}), as({ ...model.config.preprocessing, ...o }))],

  'new Flamingo 1': ['visualTokens', (o) => new Flamingo({ device }, as({ ...config, ...o }))],
  'countParameters 0': ['generatedImages', (o) => countParameters(as({ ...config, ...o }))],
  'parameterTree 0': ['beforeFirst', (o) => parameterTree(as({ ...config, ...o }))],
  'tapShapes 0': ['attend', (o) => tapShapes(as({ ...config, ...o }), { text: 2 })],
  'tapShapes 1': ['images', (o) => tapShapes(config, as({ text: 2, ...o }))],
  'modelFigure 0': ['beyondLast', (o) => modelFigure(as({ ...config, ...o }))],
  'modelFigure 1': ['lang', (o) => modelFigure(config, as(o))],
  'Flamingo.forward 0': ['attentionMask', (o) => flamingo.forward(as({ ids, ...o }))],
  'Flamingo.sight 0': ['imageTokens', (o) => flamingo.sight(as({ ids, ...o }))],
  'new VisionEncoder 1': ['channels', (o) => new VisionEncoder({ device }, as({ ...config.vision, ...o }))],
  'new PerceiverResampler 1': ['ffMult', (o) => new PerceiverResampler({ device }, as({ ...config.resampler, ...o }))],
  'new ResamplerLayer 1': ['heads', (o) => new ResamplerLayer({ device }, as({ ...config.resampler, ...o }))],
  'new PerceiverAttention 1': ['depth', (o) => new PerceiverAttention({ device }, as({ ...config.resampler, ...o }))],
  'new GatedCrossAttention 1': ['ffMult', (o) => new GatedCrossAttention({ device }, as({ width: 4, heads: 1, ...o }))],
  'new MaskedCrossAttention 1': ['norm', (o) => new MaskedCrossAttention({ device }, as({ width: 4, heads: 1, ...o }))],
  'new LanguageModel 1': ['headBias', (o) => new LanguageModel({ device }, as({ ...config.languageModel, ...o }))],
  'LanguageModel.forward 1': ['attentionMask', (o) => flamingo.languageModel.forward(ids, as(o))],
  'new TransformerLayer 1': ['layout', (o) => new TransformerLayer({ device }, as({ ...layer, ...o }))],
  'TransformerLayer.forward 1': [
    'rotation',
    (o) => new TransformerLayer({ device }, layer).forward(ones(device, [1, 2, layer.width]), as(o)),
  ],
  'mediaMask 1': ['mediaBefore', (o) => mediaMask(square(), as({ media: 1, latents: 1, ...o }))],

  'new Linear 3': ['bias', (o) => new Linear({ device }, 2, 2, as(o))],
  'new Embedding 3': ['std', (o) => new Embedding({ device }, 2, 2, as(o))],
  'new FeedForward 3': ['activation', (o) => new FeedForward({ device }, 2, 2, as(o))],
  'new LayerNorm 2': ['bias', (o) => new LayerNorm({ device }, 2, as(o))],
  'new RMSNorm 2': ['eps', (o) => new RMSNorm({ device }, 2, as(o))],
  'createNorm 3': ['bias', (o) => createNorm({ device }, null, 2, as(o))],
  'new MultiHeadAttention 3': ['headDim', (o) => new MultiHeadAttention({ device }, 4, 2, as(o))],
  'MultiHeadAttention.forward 1': ['causal', (o) => new MultiHeadAttention({ device }, 2, 1).forward(ids, as(o))],
  'weights 0': ['random', (o) => weights(as({ device, ...o }), [2], 1)],
  'new AdamW 1': ['betas', (o) => new AdamW([], as(o))],
  'new Muon 1': ['momentum', (o) => new Muon([], as(o))],
  'warmupCosine 1': ['floor', (o) => warmupCosine(0, as({ steps: 9, warmup: 1, ...o }))],
  'loadStateDict 2': ['rename', (o) => loadStateDict(as({}), as({}), as(o))],

  'new SimdDevice 0': ['fma', (o) => new SimdDevice(as(o))],
  'GpuDevice.open 1': ['kernelLimit', (o) => GpuDevice.open('cpu', as(o))],
  'scope 2': ['noGrad', (o) => scope(device, () => null, as(o))],
  'fromHost 3': ['hold', (o) => fromHost(device, hostZeros(1), [1], as(o))],
  'Tensor.matmul 1': ['transposeA', (o) => square().matmul(square(), as(o))],
  'Tensor.maskedSoftmax 1': ['emptyRows', (o) => square().maskedSoftmax(square(), as(o))],
  'crossEntropy 2': ['ignoreIndex', (o) => crossEntropy(square(), square(), as(o))],
  'attention 3': ['causal', (o) => attention(square(), square(), square(), as(o))],
  'attentionScores 2': ['scale', (o) => attentionScores(square(), square(), as(o))],
  'attentionWeights 1': ['emptyRows', (o) => attentionWeights(square(), as(o))],
  'rotary 2': ['layout', (o) => rotary(square(), [0, 1], as(o))],
  'rotation 2': ['base', (o) => rotation(device, [0, 1], as({ dims: 2, ...o }))],

  'openCheckpoint 1': ['beside', (o) => openCheckpoint(new Uint8Array(1), as(o))],
  'writeTorchFile 1': ['within', (o) => writeTorchFile([], as(o))],
  'writeWeights 1': ['metadata', (o) => writeWeights(flamingo, as(o))],
  'loadFlamingo 1': ['languageModel', (o) => loadFlamingo('nowhere', as(o))],
  'openFlamingoFiles 1': ['dialect', (o) => openFlamingoFiles('nowhere', as(o))],
  'loadResampler 1': ['device', (o) => loadResampler('nowhere', as(o))],
  'loadGatedBlock 1': ['config', (o) => loadGatedBlock('nowhere', as(o))],
  'languageModelNames 2': ['before', (o) => languageModelNames('opt', { heads: 1 }, as(o))],

  'logitLens 2': ['positions', (o) => logitLens(model, as(recorded), as(o))],
  'topChanges 3': ['position', (o) => topChanges(as(recorded), as(recorded), { tokenizer: { token: String } }, as(o))],
  'wordPatchMap 3': ['pictures', (o) => wordPatchMap(as(recorded), 0, { rows: 1, columns: 1 }, as(o))],
  'occlusionMap 2': ['columns', (o) => occlusionMap(model, prompt, as(o))],
  'profile 2': ['repeats', (o) => profile(model, prompt, as(o))],
  'reportOf 2': ['names', (o) => reportOf(model, as(prompt), as(o))],
  'reportPage 1': ['lang', (o) => reportPage(as({}), as(o))],
  'attentionHeads 1': ['tokens', (o) => attentionHeads(as({ heads: [], keys: [] }), as(o))],
  'contributionMap 2': ['heading', (o) => contributionMap([], [], as(o))],
  'flame 1': ['document', (o) => flame({ prompt: nothing, token: nothing }, as(o))],
  'gateBars 1': ['trained', (o) => gateBars([{ layer: 0, attention: 0, dense: 0 }], as(o))],
  'gateLines 1': ['document', (o) => gateLines([], as(o))],
  'histogramPanels 1': ['lang', (o) => histogramPanels([], as(o))],
  'logitLensTable 2': ['lang', (o) => logitLensTable({ layers: [], positions: [] }, [], as(o))],
  'reliabilityDiagram 1': ['heading', (o) => reliabilityDiagram([], as(o))],
  'tokenOverlays 1': ['pictures', (o) => tokenOverlays([], as({ tokens: [], ...o }))],
  'tokenRibbon 2': ['lang', (o) => tokenRibbon(as({ tokens: [], images: [] }), [], as(o))],
  'topChangeDots 1': ['heading', (o) => topChangeDots([], as(o))],
  'wordOverlays 2': ['document', (o) => wordOverlays([], [], as(o))],
};

/** Types that are no options, whatever may be left out of them. */
const OTHERS: Readonly<Record<string, string>> = {
  'Prompt<any>': 'held to its form by parsePrompt, as prompt-text.test.ts shows',
  'Prompt<Picture>': 'the same',
  'Prompt<Image>': 'the same',
  ModelConfig: 'held to its form by parseConfig, as config.test.ts shows',
  Init: 'goes to `weights`, which is probed',
  RunInputs: 'goes to Flamingo.forward, which is probed',
  'Omit<RunInputs, "attentionMask">': 'the same',
  FlamingoInputs: 'the same: `tapShapesOf` runs the model on shapes',
  DialectSizes: 'becomes a FlamingoConfig, which is probed',
  LanguageModelInputs: "`hidden` is given all of a Flamingo's inputs; `forward` is probed",
  BetweenLayers: 'what a Flamingo puts between layers: functions of its own',
  DecodingParts: 'what was read of a DecodingPrompt, which is probed',
  TokenizerFiles: 'files as they lie in a folder, others among them',
  NamedTokens: 'what such a file names, other tokens among them',
  '{ readonly heads: number; readonly tied?: boolean | undefined; }':
    "a language model's whole configuration may be given",
  FlamingoMiniPlace: "a Flamingo's whole configuration is given with it",
  DecodingInputs: 'what a Decoding gives its model',
  TokenText: 'an object with methods',
  NextTokenParts: 'what the library computed',
  Decoder: 'an object with methods',
  PromptTokenizer: 'an object with methods',
  StateSource: 'an object with methods',
  LensModel: 'a model',
  'Pick<LensModel, "config" | "tokenizer">': 'a model',
  'Pick<TokenText, "temperature" | "token">': 'an object with methods',
  Wire: 'a worker or a port',
  'Kernel<A>': 'an operation',
  'Op<A>': 'an operation',
  LoadedModel: 'what the library read',
  AnswerParts: 'what the library computed',
  RunResults: 'what the library computed',
  AttentionMap: 'what the library computed',
  PatchGrid: 'what the library computed',
};

/** A method of a class that another class takes over, and calls that end in one that is probed. */
const SAME: Readonly<Record<string, string>> = {
  'Tokenizer.encode 1': 'TextTokenizer.encode 1',
  'Tokenizer.decode 1': 'TextTokenizer.decode 1',
  'RemoteModel.answer 1': 'RemotePrepared.answer 0',
  'RemoteModel.run 1': 'RemotePrepared.run 0',
  'attend 3': 'attention 3',
};

it('probes or explains every parameter with a key that may be left out, by the list of TypeScript', () => {
  const unknown = exportedParameters().filter(
    ({ name, type, optional }) =>
      optional.length > 0 && !(name in TAKERS) && !(type in OTHERS) && !((SAME[name] ?? '') in TAKERS),
  );
  expect(unknown).toEqual([]);
});

/** Right values around a word that stands deeper in the options. */
const AROUND: Readonly<Record<string, object>> = {
  ...{ vision: config.vision as object, resampler: config.resampler, crossAttention: config.crossAttention },
  languageModel: { ...config.languageModel, positions: { kind: 'rotary' } },
  positions: { kind: 'rotary' },
  queryKeyNorm: { eps: 1e-5, bias: true },
};

/** What takes a word by itself, and what takes it in an object that is no options. */
const WORDS: Readonly<Record<string, (word: string) => unknown>> = {
  'labelsOf 2': (word) => labelsOf([1], [1], as(word), { image: 2, endOfChunk: 3 }),
  'exportFiles 1': (word) => exportFiles(as(null), as(word)),
  'languageModelNames 0': (word) => languageModelNames(as(word), { heads: 1 }),
  'languageModelNamesOf 1': (word) => languageModelNamesOf([], as(word), { heads: 1 }),
  'openFlamingoNames 0': (word) => openFlamingoNames(as(word), { heads: 1 }),
  'flamingoMiniNames 0 kind': (word) => flamingoMiniNames(as({ kind: word, languageModel: { heads: 1, layers: 1 } })),
  'createNorm 1': (word) => createNorm({ device }, as(word), 2),
  'causalMask 3': (word) => causalMask(device, 2, 2, as(word)),
  'tensor 3': (word) => tensor(device, [1], [1], as(word)),
  'GpuDevice.open 0': (word) => GpuDevice.open(as(word)),
  'hostValues 1': (word) => hostValues(new Uint16Array(1), as(word)),
  'format 2': (word) => format(new Float32Array(1), [1], as(word)),
  'Tensor.like 2': (word) => square().like(1, [], as(word)),
  'partOf 1': (word) => partOf('logits', as(word)),
  'rotate 1 layout': (word) => rotate(square(), { ...rotation(device, [0, 1], { dims: 2 }), layout: as(word) }),
};

/** An object as it is, but for what is at a path in it. */
function putIn(object: object, [key, ...deeper]: readonly string[], value: unknown): object {
  const own = (object as Record<string, object | undefined>)[key as string] ?? {};
  return { ...object, [key as string]: deeper.length === 0 ? value : putIn(own, deeper, value) };
}

/** Where a word stands that is looked at elsewhere. */
const LOOKED_AT: readonly (readonly [where: RegExp, why: string])[] = [
  [/^(countParameters|parameterTree|tapShapes|modelFigure) 0 .*\./, 'they run the parts of `new Flamingo` on shapes'],
  [/^(loadFlamingo|openFlamingoFiles|loadGatedBlock|loadResampler) 1 config\./, 'becomes the configuration of a part'],
  [/^flamingoFromFlamingoMini 1 /, 'becomes a FlamingoConfig, which `new Flamingo` looks at'],
  [/^flamingoMiniNames 0 crossAttention\./, 'the configuration of a Flamingo that is there'],
  [/^inDialect /, 'the same'],
  [/ rotation\.layout$/, 'goes to `rotate`, which is probed'],
  [
    /^(new Model|new RemoteModel|new Prepared|formatConfig|exportFiles|occlusionMap|tapShapesOf) . /,
    'a model that is there',
  ],
  [/^(generate|logLikelihoods|new Decoding) 0 generatedImages$/, 'a model that is there'],
  [
    /^(Device|GpuDevice|ShapeDevice|SimdDevice)\.|^new (Tensor|GpuDevice) |^(gpuKernels|fromHost|toFloat32) /,
    'for those who write devices',
  ],
  [/^Tensor.gather 0 dtype$/, 'a tensor that is there'],
  [/^(reportPage|attentionHeads) 0 /, 'what the library computed'],
];

const wordTakers = exportedParameters().flatMap(({ name, words }) =>
  [...words].map(([path, known]) => ({ where: path === '' ? name : `${name} ${path}`, name, path, known })),
);

it('probes or explains every word of a parameter and of its keys, by the list of TypeScript', () => {
  const unknown = wordTakers.filter(
    ({ where, name }) =>
      !(where in WORDS || name in TAKERS || (SAME[name] ?? '') in TAKERS || LOOKED_AT.some(([at]) => at.test(where))),
  );
  expect(unknown.map(({ where }) => where)).toEqual([]);
});

it('refuses every word that does not exist, with all that do', async () => {
  const wrong: string[] = [];
  for (const { where, name, path, known } of wordTakers) {
    if (LOOKED_AT.some(([at]) => at.test(where))) continue;
    const [key, ...deeper] = path.split('.') as [string, ...string[]];
    const probe = (word: string): unknown => {
      if (where in WORDS) return WORDS[where]?.(word);
      const value = deeper.length === 0 ? word : putIn(AROUND[key] ?? {}, deeper, word);
      return (TAKERS[name] ?? TAKERS[SAME[name] as string])?.[1]({ [key]: value });
    };
    const said = await Promise.resolve()
      .then(() => probe('no-such-word'))
      .catch((error: unknown) => error);
    const text = String(said);
    if (
      !(said instanceof ArgumentError && text.includes("'no-such-word'") && known.every((word) => text.includes(word)))
    )
      wrong.push(`${where}: ${text.slice(0, 200)}`);
  }
  expect(wrong).toEqual([]);
});

/** Slips of a hand: a letter more, a letter less, two in the other order, another case, a stranger. */
const slips = (key: string): string[] =>
  [
    `${key}s`,
    key.slice(0, -1),
    key.slice(0, 1) + key.slice(1, 3).split('').reverse().join('') + key.slice(3),
    key.toUpperCase(),
    '__proto',
  ].filter((slip) => slip !== key);

it.each(Object.entries(TAKERS))(
  '%s refuses every misspelling of a key with the nearest name',
  async (_, [key, call]) => {
    for (const slip of slips(key)) {
      const said = await Promise.resolve()
        .then(() => call({ [slip]: undefined }))
        .catch((error: unknown) => error);
      expect(said instanceof GlassFlamingoError, slip).toBe(true); // whole tensors would be printed otherwise
      expect(String(said), slip).toMatch(/there is no option|expected only|knows no/);
      if (slip !== '__proto') expect(String(said), slip).toMatch(new RegExp(`nearest(: | is ')${key}[')]`));
    }
  },
);
