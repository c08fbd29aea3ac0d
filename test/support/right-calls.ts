/** A right call of every public function of files, runs, model, zoo and inspect, on the shipped model. */

import { readFileSync } from 'node:fs';
import * as F from '../../src/flamingo.ts';
import * as I from '../../src/inspect/index.ts';
import * as N from '../../src/nn.ts';
import * as T from '../../src/tensor/index.ts';
import { shippedModel } from '../cli/support.ts';

/** A function, and arguments that it takes. */
export type Call = readonly [call: (...given: never[]) => unknown, ...right: unknown[]];

const as = <X>(value: unknown): X => value as X;

/** A method as a function. */
export const on = (object: object, method: string): ((...given: never[]) => unknown) =>
  as((...given: unknown[]) => (object as Record<string, (...given: unknown[]) => unknown>)[method]?.(...given));

/** A constructor as a function. */
export const made =
  (type: new (...given: never[]) => unknown): ((...given: never[]) => unknown) =>
  (...given) =>
    new type(...given);

const root = new URL('../../', import.meta.url);
const png = new Uint8Array(readFileSync(new URL('examples/pictures/panda.png', root)));
const tokenizerJson: unknown = JSON.parse(readFileSync(new URL('weights/tokenizer.json', root), 'utf8'));

/** By the name that `exportedParameters` gives it. */
export async function rightCalls(): Promise<Readonly<Record<string, Call>>> {
  const model = await shippedModel();
  const { flamingo, tokenizer } = model;
  const { config, device } = flamingo;
  const picture = await F.readPicture(png, 'panda.png');
  const prompt = { sequence: [{ image: picture }, { text: 'name :' }] };
  const prepared = await model.prepare(prompt);
  const run = await prepared.run({ capture: ['**'], grad: { at: ['logits'], of: { logit: 5 } } });
  const answer = await prepared.answer();
  const ids = T.tensor(device, Int32Array.of(1, 2), [1, 2]);
  const entries = [{ name: 'x', shape: [1], data: Float32Array.of(1) }];
  const bytes = N.writeSafetensors(entries);
  const [source, file] = [await N.openCheckpoint(bytes), await N.openSafetensors(bytes)];
  const linear = new N.Linear({ device }, 1, 1);
  const state = N.mapSource(
    new Map(Object.entries({ weight: [1, 1], bias: [1] }).map(([name, shape]) => [name, values(shape)])),
  );
  const effort = { repeats: 1, warmUp: 0 };
  const measured = await I.profile(model, prompt, effort);
  const words = await I.answerWords(model, prompt);
  const contributions = I.gateContributions(run);
  const square = I.greySquare(picture, model.config.preprocessing);
  const tokens = ['<BOS>', '<image>', 'name', ':'];
  const grid = { rows: 4, columns: 4 };
  const effects = { text: 'panda', logProbability: -1, effects: [] };
  const gpt2 = { model_type: 'gpt2' };

  return {
    memorySource: [N.memorySource, bytes],
    openCheckpoint: [N.openCheckpoint, bytes, {}],
    toFloat32: [N.toFloat32, { shape: [1], dtype: 'float32', data: Float32Array.of(1) }],
    openSafetensors: [N.openSafetensors, bytes],
    writeSafetensors: [N.writeSafetensors, entries, {}],
    writeTorchFile: [N.writeTorchFile, entries, {}],
    ...Object.fromEntries(
      ['info', 'read', 'readBytes', 'readStored'].map((name): [string, Call] => [
        `SafetensorsFile.${name}`,
        [on(file, name), 'x'],
      ]),
    ),
    mapSource: [N.mapSource, new Map()],
    readState: [N.readState, linear, String],
    loadStateDict: [N.loadStateDict, linear, state, {}],
    parameterCount: [N.parameterCount, flamingo],
    tapFor: [N.tapFor, { wants: () => true, pass: (_: string, x: unknown) => x }, ''],
    clipGradients: [N.clipGradients, new Map([[ids, T.ones(device, [2])]]), 1],
    'new Optimizers': [made(N.Optimizers), []],
    'AdamW.step': [on(new N.AdamW([]), 'step'), new Map(), 1],
    'Muon.step': [on(new N.Muon([]), 'step'), new Map(), 1],
    'Random.uniform': [on(new T.Random(1), 'uniform'), 0, 1],
    'Random.normal': [on(new T.Random(1), 'normal'), 0, 1],
    'Random.chance': [on(new T.Random(1), 'chance'), 0.5],
    'Random.fork': [on(new T.Random(1), 'fork'), 'x'],
    'Random.restore': [T.Random.restore, [1, 2, 3, 4]],
    sizeOf: [T.sizeOf, [1]],

    readPicture: [F.readPicture, png, 'panda.png'],
    readFrames: [F.readFrames, png, 'panda.png'],
    loadPicture: [F.loadPicture, png, {}],
    loadFrames: [F.loadFrames, png, {}],
    requirePictures: [F.requirePictures, prompt, 'a view'],
    writePicture: [F.writePicture, picture],
    preprocess: [F.preprocess, picture, model.config.preprocessing],
    shippedConfig: [F.shippedConfig, tokenizer],
    formatConfig: [F.formatConfig, model.config],
    parseConfig: [F.parseConfig, JSON.parse(F.formatConfig(model.config))],
    latest: [F.latest, async () => 1],
    parsePrompt: [F.parsePrompt, { sequence: [{ text: 'name :' }] }],
    tokenise: [F.tokenise, prompt, tokenizer],
    'Model.answer': [on(model, 'answer'), prompt, {}],
    'Model.classify': [on(model, 'classify'), picture, ['cat', 'dog']],
    'Model.features': [on(model, 'features'), picture],
    'Model.generate': [on(model, 'generate'), prompt, {}],
    'Model.prepare': [on(model, 'prepare'), prompt, {}],
    'Model.run': [on(model, 'run'), prompt, {}],
    'Prepared.answer': [on(prepared, 'answer'), {}],
    'Prepared.generate': [on(prepared, 'generate'), {}],
    'Prepared.run': [on(prepared, 'run'), {}],
    'Answer.top': [on(answer, 'top'), 1],
    'NextToken.top': [on(run.next as object, 'top'), 1],
    'Run.get': [on(run, 'get'), 'logits'],
    'Run.gradient': [on(run, 'gradient'), 'logits'],
    'TextTokenizer.encode': [on(tokenizer, 'encode'), 'a', {}],
    'TextTokenizer.decode': [on(tokenizer, 'decode'), [5], {}],
    'TextTokenizer.id': [on(tokenizer, 'id'), '<PAD>'],
    'TextTokenizer.token': [on(tokenizer, 'token'), 5],
    'new TextTokenizer': [made(F.TextTokenizer), tokenizerJson, []],
    'new Tokenizer': [made(F.Tokenizer), tokenizerJson],
    parseTokenizerJson: [F.parseTokenizerJson, tokenizerJson],
    byteLevelTokenizerJson: [F.byteLevelTokenizerJson, { a: 0 }, '', { special: [] }],
    readTokenizerFiles: [F.readTokenizerFiles, { 'tokenizer.json': tokenizerJson }],
    readNamedTokens: [F.readNamedTokens, {}],
    openFlamingoTokens: [F.openFlamingoTokens, {}],
    flamingoMiniTokens: [F.flamingoMiniTokens, {}],
    ideficsTokens: [F.ideficsTokens, {}, { instruct: false }],

    matcher: [N.matcher, 'x'],
    matchingName: [N.matchingName, 'x', ['x'], 'a word'],
    matchingNames: [N.matchingNames, ['x'], ['x']],
    nearestNames: [N.nearestNames, 'x', ['x', 'y'], 1],
    'new Capture': [made(N.Capture), ['x']],
    runFlamingo: [F.runFlamingo, flamingo, { ids }, {}],
    runSteps: [F.runSteps, flamingo, { ids }, { stop: 2 }],
    generate: [F.generate, flamingo, { ids: [[1]] }, { stop: 2, maxTokens: 1 }],
    tapShapes: [F.tapShapes, config, { text: 2 }],
    tapShapesOf: [F.tapShapesOf, flamingo, { ids }],
    tapOf: [F.tapOf, 'logits'],
    axesOf: [F.axesOf, 'logits', 3],

    load: [F.load, new URL('weights/', root), {}],
    readWeights: [F.readWeights, F.weightsSource(new URL('weights/', root)), device],
    weightsSource: [F.weightsSource, 'weights'],
    writeWeights: [F.writeWeights, flamingo, {}],
    exportFiles: [F.exportFiles, { flamingo, config: model.config, tokenizer: tokenizerJson }, 'safetensors'],
    countParameters: [F.countParameters, config],
    parameterTree: [F.parameterTree, config],
    inDialect: [F.inDialect, F.paper, config],
    inOurNames: [F.inOurNames, source, []],
    inTheirNames: [F.inTheirNames, source, []],
    languageModelKind: [F.languageModelKind, gpt2],
    languageModelFromHuggingFace: [F.languageModelFromHuggingFace, gpt2],
    visionFromHuggingFace: [F.visionFromHuggingFace, {}],
    flamingoFromFlamingoMini: [F.flamingoFromFlamingoMini, {}, config],
    flamingoFromIdefics: [F.flamingoFromIdefics, {}],
    flamingoMiniNames: [F.flamingoMiniNames, { kind: 'opt', ...config }],
    ideficsNames: [F.ideficsNames, { additionalVocabulary: 0, ...config }],
    languageModelNames: [F.languageModelNames, 'opt', { heads: 1 }, {}],
    languageModelNamesOf: [F.languageModelNamesOf, ['x'], 'opt', { heads: 1 }, ''],
    openFlamingoNames: [F.openFlamingoNames, 'opt', { heads: 1 }],
    openFlamingoFiles: [F.openFlamingoFiles, new URL('weights/', root), {}],
    loadFlamingo: [F.loadFlamingo, new URL('weights/', root), {}],
    loadResampler: [F.loadResampler, golden('resampler'), { config: { heads: 2 } }],
    loadGatedBlock: [F.loadGatedBlock, golden('gated-block'), { config: { heads: 2 } }],

    partsOf: [I.partsOf, flamingo],
    both: [I.both, () => null, () => null],
    changedTap: [I.changedTap, N.noTap, null],
    under: [I.under, 'xattn'],
    answerWords: [I.answerWords, model, prompt, () => {}],
    crossAttentionMap: [I.crossAttentionMap, run, 0, 0],
    selfAttentionMap: [I.selfAttentionMap, run, 0, 0],
    resamplerAttentionMap: [I.resamplerAttentionMap, run, 0, 0, 0],
    visionAttentionMap: [I.visionAttentionMap, run, 0, 0],
    cellTaps: [I.cellTaps, flamingo, 'xattn.0.gate.dense', run.names],
    cellEquation: [I.cellEquation, flamingo, run, 'xattn.0.gate.dense', run.names, [0]],
    compareCheckpoints: [I.compareCheckpoints, source, source, 0],
    compareRuns: [I.compareRuns, run, run, 0],
    exceeds: [I.exceeds, I.compareRuns(run, run).differences[0]],
    decisiveGate: [I.decisiveGate, effects],
    gateEffects: [I.gateEffects, model, prompt, () => {}],
    gateContributions: [I.gateContributions, run, 0],
    gateValues: [I.gateValues, run],
    histogram: [I.histogram, 'x', { shape: [2], data: [1, 2] }, 2],
    parameterHistograms: [I.parameterHistograms, source, '**', 2],
    logitLens: [I.logitLens, model, run, {}],
    occlusionMap: [I.occlusionMap, model, prompt, { rows: 1, columns: 1 }],
    latentPatchShares: [I.latentPatchShares, run, 0],
    spreadOf: [I.spreadOf, [0.5, 0.5]],
    wordPatchMap: [I.wordPatchMap, run, 0, grid, {}],
    frames: [I.frames, measured.token],
    ofAllLayers: [I.ofAllLayers, measured.token.operations[0]],
    profile: [I.profile, model, prompt, effort],
    profileRows: [I.profileRows, measured.token, () => 'x'],
    partOf: [I.partOf, 'logits', 'en'],
    summariseTap: [I.summariseTap, run.get('logits')],
    tapSummaries: [I.tapSummaries, model, { sequence: [{ text: 'a' }] }, 2 ** 30],
    topChanges: [I.topChanges, run, run, model, {}],
    gatesThroughTraining: [I.gatesThroughTraining, '{"step": 0, "gate.0.attention": 0}'],
    imageRibbon: [I.imageRibbon, run, 0],
    reportOf: [I.reportOf, model, { sequence: [{ text: 'name :' }] }, {}],

    attentionHeads: [I.attentionHeads, I.crossAttentionMap(run, 0), { tokens }],
    contributionMap: [I.contributionMap, contributions, tokens, {}],
    flame: [I.flame, measured, {}],
    gateBars: [I.gateBars, I.gateValues(run), {}],
    gateLines: [I.gateLines, [{ step: 0, layer: 0, gate: 'dense', value: 0 }], {}],
    histogramPanels: [I.histogramPanels, [I.histogram('x', { shape: [2], data: [1, 2] })], {}],
    logitLensTable: [I.logitLensTable, await I.logitLens(model, run), tokens, {}],
    modelFigure: [I.modelFigure, config, {}],
    seenSquare: [I.seenSquare, picture, model.config.preprocessing, 8],
    greySquare: [I.greySquare, picture, model.config.preprocessing, 8],
    overlayPng: [I.overlayPng, square, { ...grid, values: new Array(16).fill(0) }, 1],
    reliabilityDiagram: [I.reliabilityDiagram, [], {}],
    tokenOverlays: [I.tokenOverlays, words.map(({ map }) => ({ map })), { tokens, pictures: [square] }],
    tokenRibbon: [I.tokenRibbon, I.imageRibbon(run), tokens, {}],
    topChangeDots: [I.topChangeDots, I.topChanges(run, run, model), {}],
    wordOverlays: [I.wordOverlays, words, [square], {}],
    reportPage: [I.reportPage, await I.reportOf(model, prompt), {}],
  };
}

const values = (shape: number[]): N.TensorValues => ({
  shape,
  dtype: 'float32',
  data: new Float32Array(T.sizeOf(shape)),
});

const golden = (name: string): URL => new URL(`test/fixtures/goldens/lucidrains/${name}/weights.safetensors`, root);
