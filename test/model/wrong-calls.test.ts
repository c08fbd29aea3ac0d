/** Called from JavaScript with too little, or with what is of another kind, a public function says what was wrong, by name. */

import { expect, it } from 'vitest';
import { Answer, Captured, NextToken, Prepared, Run } from '../../src/flamingo.ts';
import { attend, ResourceError, SafetensorsFile } from '../../src/nn.ts';
import {
  flopsOf,
  formatShape,
  GlassFlamingoError,
  gpuKernels,
  heed,
  ones,
  SimdDevice,
  Tensor,
} from '../../src/tensor/index.ts';
import { openInWorker, RemoteModel, RemotePrepared } from '../../src/worker.ts';
import { exportedParameters, type Parameter } from '../support/option-types.ts';
import { type Call, rightCalls } from '../support/right-calls.ts';
import { untold } from '../support/untold.ts';

const CALLS = await rightCalls();
const parameters = exportedParameters();
const nameOf = ({ name }: Parameter): string => name.replace(/ \d+$/, '');

/** They are called by the library alone, end in what is called here, or answer whatever they are asked. */
const OTHERS =
  /^new (Answer|Model|Prepared|Run|Captured|NextToken|RemoteModel|RemotePrepared|SafetensorsFile|\w+Error)$|^(RemoteModel|RemotePrepared|Tokenizer|Capture)\.|^SharedBeginning\.|^(serveModel|openInWorker|SafetensorsFile\.has)$/;

class Own {
  readonly a = 1;
}
const ANY: readonly unknown[] = [null, 3, Number.NaN, true, 'x', {}, [], [null], new Map(), new Own(), () => 0].concat([
  Float64Array.of(0.5),
  BigInt64Array.of(1n),
  new Uint8Array(0),
] as never[]);

/** What is right by accident of each type, and what means something. */
const RIGHT: readonly (readonly [type: RegExp, right: (value: unknown) => boolean])[] = [
  [/^string$/, (value) => typeof value === 'string'],
  [/^number( \| undefined)?$/, (value) => value === 3],
  [/^(unknown|any)$/, (value) => typeof value === 'object' || typeof value === 'string'],
  [
    /^readonly (number|string)\[\]$/,
    (value) => ArrayBuffer.isView(value) || (Array.isArray(value) && value.length === 0),
  ],
  [/^Shape$/, (value) => Array.isArray(value) || ArrayBuffer.isView(value)],
  [/^string \| number$/, (value) => value === 'x' || value === 3],
  [/^Iterable/, (value) => value instanceof Map || value instanceof Uint8Array],
  [/^readonly .*\[\]$|^RenameTable$|^Iterable/, (value) => Array.isArray(value) && value.length === 0],
  [/=>|^(Tap|Alteration)$/, (value) => typeof value === 'function'],
  [/^ReadonlyMap/, (value) => value instanceof Map],
  [/^Uint8Array$/, (value) => value instanceof Uint8Array],
  [
    /Options|\{|NamedTokens|LanguageModelPlace|Omit<|Pick<|Record/,
    (value) => Object.getPrototypeOf(value) === Object.prototype,
  ],
];
/** Numbers that mean something there. */
const NUMBERS: Readonly<Record<string, readonly number[]>> = {
  'Random.uniform 0': [-1, 1.5],
  'Random.uniform 1': [-1, 1.5],
  'Random.normal 0': [-1, 1.5],
  'Random.normal 1': [1.5],
  'compareRuns 2': [1.5],
  'compareCheckpoints 2': [1.5],
  'clipGradients 1': [1.5, Number.POSITIVE_INFINITY],
  'AdamW.step 1': [1.5],
  'Muon.step 1': [1.5],
  'overlayPng 2': [1.5],
};

/** Others that call them are enough. */
const COSTLY =
  /^(load|loadFlamingo|openFlamingoFiles|readWeights|exportFiles|writeWeights|profile|reportOf|answerWords|gateEffects|tapSummaries)$/;

async function told(call: Call[0], given: readonly unknown[]): Promise<unknown> {
  try {
    const result: unknown = await call(...(given as never[]));
    if (Symbol.asyncIterator in Object(result)) {
      const steps = result as AsyncGenerator;
      await steps.next();
      await steps.return(null);
    }
    return null;
  } catch (error) {
    return error;
  }
}

const shown = (value: unknown): string =>
  Object(value) === value ? ((value as object).constructor?.name ?? 'object') : String(value);

it('knows every public function of files, runs, model, zoo and inspect', () => {
  const unknown = parameters.filter(
    (one) => /^(files|runs|model|zoo|inspect)\//.test(one.file) && !(nameOf(one) in CALLS) && !OTHERS.test(nameOf(one)),
  );
  expect([...new Set(unknown.map(nameOf))]).toEqual([]);
});

it('takes the right calls', async () => {
  const refused: string[] = [];
  for (const [name, [call, ...right]] of Object.entries(CALLS)) {
    if (COSTLY.test(name)) continue;
    const error = await told(call, right);
    if (error) refused.push(`${name}: ${String(error).slice(0, 200)}`);
  }
  expect(refused).toEqual([]);
}, 60_000);

it('with fewer arguments than it needs, each works or says what is missing', async () => {
  const bad: string[] = [];
  for (const [name, [call, ...right]] of Object.entries(CALLS)) {
    for (let n = 0; n < right.length; n++) {
      if (parameters.find((one) => one.name === `${name} ${n}`)?.mayMiss) continue;
      const error = await told(call, right.slice(0, n));
      const works = ['readPicture 1', 'readFrames 1', 'changedTap 1', 'readNamedTokens 0'].includes(`${name} ${n}`);
      if (!(works ? error === null : error instanceof GlassFlamingoError))
        bad.push(`${name} with ${n}: ${String(error)}`);
    }
  }
  expect(bad).toEqual([]);
}, 60_000);

it('refuses what is of another kind', async () => {
  const bad: string[] = [];
  for (const [name, [call, ...right]] of Object.entries(CALLS)) {
    for (const place of right.keys()) {
      const where = `${name} ${place}`;
      const { type = '' } = parameters.find((one) => one.name === where) ?? {};
      const numbers = /^number\b/.test(type) ? [-1, 1.5, Number.POSITIVE_INFINITY, '3'] : [];
      for (const wrong of [...ANY, ...numbers]) {
        const meant =
          (wrong === null ? /null|undefined/.test(type) : RIGHT.some(([of, is]) => of.test(type) && is(wrong))) ||
          NUMBERS[where]?.includes(wrong as number);
        const error = meant ? undefined : await told(call, right.with(place, wrong));
        if (!meant && !(error instanceof GlassFlamingoError))
          bad.push(`${where} (${type}) given ${shown(wrong)}: ${String(error).slice(0, 90)}`);
      }
    }
  }
  expect(bad).toEqual([]);
}, 60_000);

/** The library makes these itself, and calls those. */
const BY_HAND: Readonly<Record<string, (...given: never[]) => unknown>> = {
  ...Object.fromEntries(
    [
      Answer,
      Captured,
      NextToken,
      Prepared,
      Run,
      RemoteModel,
      RemotePrepared,
      ResourceError,
      SafetensorsFile,
      Tensor,
    ].map((Class: new (...given: never[]) => unknown) => [`new ${Class.name}`, (...given) => new Class(...given)]),
  ),
  ...{ attend, flopsOf, formatShape, gpuKernels },
  heed: (signal) => heed(signal),
};

it('what the library makes and calls by itself says in one line what is wrong where it is made by hand', async () => {
  const bad: string[] = [];
  for (const [name, call] of Object.entries(BY_HAND))
    for (const wrong of [undefined, ...ANY])
      for (const count of [1, 2, 3, 4]) {
        const means = wrong === undefined ? name === 'heed' : Array.isArray(wrong) && name === 'formatShape';
        const right = means || (typeof wrong === 'string' && name === 'new ResourceError' && count > 1);
        if (ArrayBuffer.isView(wrong) && name === 'formatShape') continue;
        const error = await told(call as Call[0], Array(count).fill(wrong));
        if (right ? error !== null : !(error instanceof GlassFlamingoError))
          bad.push(`${name} of ${count} x ${shown(wrong)}: ${String(error).slice(0, 90)}`);
      }
  expect(bad).toEqual([]);
  const x = ones(new SimdDevice(), [2, 2]);
  expect(await told(attend as Call[0], [x, x, x])).toBeInstanceOf(GlassFlamingoError);
  const shape = [2, 3] as const;
  for (const output of [undefined, 'x', [-1], [Number.NaN]])
    expect(await told(flopsOf as Call[0], [{ name: 'add', inputs: [shape], output, attributes: {} }])).toBeInstanceOf(
      GlassFlamingoError,
    );
});

it('names what is no worker', async () => {
  for (const wrong of [undefined, null, {}, 'worker.js', new SimdDevice()])
    expect(await told(openInWorker, [wrong])).toBeInstanceOf(GlassFlamingoError);
});

/** Made by the library, or called by it and by those who write devices, loaders and models of their own. */
const NOT_BY_HAND = [
  /^new (Answer|Model|Prepared|Run|Captured|NextToken|Remote\w+|Tensor|GpuDevice|ShapeDevice|\w+Error)$/,
  /^(new )?(Device|Decoding|MaskedCrossAttention|Optimizer|PerceiverAttention|ResamplerLayer|SafetensorsFile|TransformerLayer)\b/,
  /^(GpuDevice|ShapeDevice|SimdDevice)\.(?!open$)|^(Tensor|Pointwise)\.(apply|operand|asOf|like)$|^(gpuKernels|inspectedAs|flopsOf)$/,
  /^(flamingoFrom\w+|\w+Names|\w+NamesOf|\w+Tokens|mediaSeen\w*|ofAllLayers|openFlamingoFiles|byteLevelTokenizerJson)$/,
  /^(Tensor|Pointwise)\.(add|sub|mul|div|pow|maximum|minimum|equal|less|lessEqual)$/, // the class tells of their operands
];
/** What the library gives back, and takes again: nobody writes its keys. */
const MADE =
  /^(Answer|Report(Change|Picture)?|GateContribution|AnswerWord|WordPatchMap|PatchMap|OcclusionMap|AttentionMap|AttentionKey|LogitLens|LensLayer|TapSummary|TopChange|GateAtStep|Histogram|ImageRibbon|GateEffects?|GateValues|ForwardProfile|Profile|MeasuredOperation|Difference|LikelyToken|TokenSight|TapShape|TapEntry|ReadPrompt|BlockMemory|KeyValueCache|TokenizerJson|TokenizerModel|AddedToken|RandomState|HostValues|Storage|Source|Kernel|Input|Op|Header|PatchGrid|KeptInputs|Made)$/;

it('has a sentence for every parameter that people give, and for every key of their options', () => {
  const missing = untold(
    (call) => !NOT_BY_HAND.some((other) => other.test(call)),
    (type) => MADE.test(type),
  );
  expect(missing).toEqual([]);
});
