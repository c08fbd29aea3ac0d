/**
 * The shipped model beside onnxruntime, which runs the same weights as ONNX graphs: vision encoder, resampler, the whole forward
 * with none to nine pictures, and 20 generated tokens. Logits and tokens are compared before anything is timed.
 */

import { generate } from '../src/flamingo/generate.ts';
import { load, type Model, type Prompt } from '../src/flamingo.ts';
import { concat, scope, type Tensor } from '../src/tensor/index.ts';
import { flamingoFile, memoryFile, resamplerFile, tokensFile, visionFile } from './onnx/flamingo.ts';
import { type Weights, weightsOf } from './onnx/parts.ts';
import { type Bench, difference, type Entry, measureCase, type Row } from './results.ts';
import type { Onnx, OnnxFeeds } from './with/onnx.ts';
import type { Peers } from './with/peers.ts';

export const TOKENS = 20;
/** Prompts that are read together. */
const TOGETHER = 8;
const LIMIT = 1e-4;
const NEVER = -1;
/** Engines go on compiling for hundreds of forwards. */
export const WARM_UP_ROUNDS = 50;
const PICTURES = ['flamingo', 'trumpet', 'panda', 'flamingo-2'] as const;

export const TEXT_ONLY = 'text without pictures';
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
export const shotsCase = (shots: number): string => `${counted(shots, 'shot')}, ${counted(shots + 1, 'picture')}`;

/** Shots to learn from, each a picture with a word, and the picture that is asked about; null: text alone. @param from the first picture */
export function promptOf(shots: number | null, from = 0): Prompt {
  if (shots === null) return { sequence: [{ text: 'dax wug dax' }] };
  const picture = (i: number) => ({
    image: new URL(`../examples/pictures/${PICTURES[(from + i) % 4]}.png`, import.meta.url),
  });
  const examples = Array.from({ length: shots }, (_, i) => [picture(i), { text: i % 2 ? 'wug<EOC>' : 'dax<EOC>' }]);
  return { sequence: [...examples.flat(), picture(shots), { text: 'name :' }] } as Prompt;
}

/** What a prompt became: the same numbers for everyone. */
export interface Given {
  readonly ids: readonly number[];
  readonly pixels: { readonly data: Float32Array; readonly shape: readonly number[] } | null;
}

export interface Ours {
  readonly given: Given;
  /** Logits of the whole prompt, to be released. */
  forward(): Tensor;
  encode(): Tensor;
  resample(): Tensor;
  tokens(): Promise<readonly number[]>;
  dispose(): void;
}

/** A prompt on this library's side; with `features` false nothing has run on it yet. */
export async function ourSide(
  model: Model,
  prompt: Prompt,
  { features: look = true }: { features?: boolean } = {},
): Promise<Ours> {
  const prepared = await model.prepare(prompt);
  const { flamingo, device } = model;
  const { ids, pixels } = prepared.inputs;
  const make = (compute: () => Tensor): Tensor => scope(device, compute, { noGrad: true });
  const features = look && pixels ? make(() => flamingo.encode(pixels)) : null;
  const data = pixels && ((await pixels.data()).slice() as Float32Array);
  const suppress = [model.tokenizer.special.image, model.tokenizer.special.pad, model.tokenizer.special.bos];
  return {
    given: { ids: prepared.ids, pixels: pixels && data && { data, shape: pixels.shape.slice(-3) } },
    forward: () => make(() => flamingo.forward({ ids, pixels })),
    encode: () => make(() => flamingo.encode(pixels as Tensor)),
    resample: () => make(() => flamingo.resample(features as Tensor)),
    tokens: async () => {
      const latents = pixels && make(() => flamingo.resample(flamingo.encode(pixels)));
      const options = { maxTokens: TOKENS, stop: NEVER, suppress };
      const [row] = await generate(flamingo, { ids: [prepared.ids], latents }, options);
      latents?.dispose();
      return row?.ids ?? [];
    },
    dispose: () => {
      features?.dispose();
      prepared.dispose();
    },
  };
}

export const feedsOf = (ort: Onnx, given: Given): OnnxFeeds => ({ ids: ort.ids(given.ids), ...picturesOf(ort, given) });

function picturesOf(ort: Onnx, { pixels }: Given): OnnxFeeds {
  if (!pixels) return {};
  const media = pixels.data.length / pixels.shape.reduce((product, axis) => product * axis, 1);
  return { pixels: ort.floats(pixels.data, [media, ...pixels.shape]) };
}

async function numbers(x: Tensor): Promise<Float32Array> {
  const data = (await x.data()).slice() as Float32Array;
  x.dispose();
  return data;
}

export async function shipped({ effort, say }: Bench, peers: Peers): Promise<Row[]> {
  const bench: Bench = { effort: { ...effort, warmUpMilliseconds: WARM_UP_ROUNDS * effort.roundMilliseconds }, say };
  const model = await load();
  const weights = await weightsOf(model.flamingo);
  const runtimes = [peers.onnxWeb, peers.onnxNode].filter((ort) => ort !== null);
  const rows: Row[] = [];
  const seen = await ourSide(model, promptOf(4));
  rows.push(...(await towers(bench, model, weights, seen, runtimes)));
  for (const shots of [null, 0, 1, 4, 8]) {
    const ours = await ourSide(model, promptOf(shots));
    const expected = await numbers(ours.forward());
    const entries: Entry[] = [{ name: 'simd', error: null, run: async () => void (await numbers(ours.forward())) }];
    for (const ort of runtimes) {
      const session = await ort.open(flamingoFile(weights, model.config.model, shots === null));
      const feeds = feedsOf(ort, ours.given);
      const got = (await session.run(feeds)).logits?.data ?? [];
      const error = difference(`logits of ${ort.name}`, got, expected, LIMIT);
      entries.push({ name: ort.name, error, run: () => session.run(feeds) });
    }
    const name = shots === null ? TEXT_ONLY : shotsCase(shots);
    rows.push(...(await measureCase(bench, 'shipped', name, entries, { work: 1, unit: 'forwards/s' })));
    ours.dispose();
  }
  rows.push(...(await generation(bench, model, weights, seen, runtimes)));
  rows.push(...(await batch(bench, model)));
  return rows;
}

/** Prompts as the rows of one batch, beside the same one after another. */
async function batch(bench: Bench, model: Model): Promise<Row[]> {
  const { flamingo, device } = model;
  const prepared = await Promise.all(Array.from({ length: TOGETHER }, (_, i) => model.prepare(promptOf(1, i))));
  const inputs = prepared.map(({ inputs }) => inputs);
  const ids = concat(inputs.map((each) => each.ids)); // [prompts, tokens]
  const pixels = concat(inputs.map((each) => each.pixels as Tensor)); // [prompts, media, frames, 3, size, size]
  const read = (input: { readonly ids: Tensor; readonly pixels: Tensor | null }): Promise<Float32Array> =>
    numbers(scope(device, () => flamingo.forward(input), { noGrad: true }));
  const together = (): Promise<Float32Array> => read({ ids, pixels });
  const oneByOne = async (): Promise<number[]> => {
    const rows: number[] = [];
    for (const input of inputs) rows.push(...(await read(input)));
    return rows;
  };
  const error = difference('logits one by one', await oneByOne(), await together(), LIMIT);
  const entries: Entry[] = [
    { name: 'simd', error: null, run: together },
    { name: 'simd, one by one', error, run: oneByOne },
  ];
  const name = `${TOGETHER} prompts of ${shotsCase(1)}, one batch`;
  const rows = await measureCase(bench, 'shipped', name, entries, { work: TOGETHER, unit: 'prompts/s' });
  for (const tensor of [ids, pixels, ...prepared]) tensor.dispose();
  return rows;
}

/** Vision encoder and resampler alone, of the five pictures of a prompt. */
async function towers(bench: Bench, model: Model, weights: Weights, ours: Ours, runtimes: Onnx[]): Promise<Row[]> {
  const { model: config } = model.config;
  const [features, latents] = [await numbers(ours.encode()), await numbers(ours.resample())];
  const media = ours.given.ids.filter((id) => id === config.tokens.image).length;
  const encoder: Entry[] = [{ name: 'simd', error: null, run: () => ours.encode().dispose() }];
  const resampler: Entry[] = [{ name: 'simd', error: null, run: () => ours.resample().dispose() }];
  for (const ort of runtimes) {
    const eye = await ort.open(visionFile(weights, config));
    const seen = picturesOf(ort, ours.given);
    const found = (await eye.run(seen)).features?.data ?? [];
    encoder.push({ name: ort.name, error: difference('features', found, features, LIMIT), run: () => eye.run(seen) });
    const sampler = await ort.open(resamplerFile(weights, config));
    const width = config.resampler.width;
    const read = { features: ort.floats(features, [media, features.length / media / width, width]) };
    const made = (await sampler.run(read)).latents?.data ?? [];
    const error = difference('latents', made, latents, LIMIT);
    resampler.push({ name: ort.name, error, run: () => sampler.run(read) });
  }
  const images = { work: media, unit: 'pictures/s' };
  return [
    ...(await measureCase(bench, 'shipped', `vision encoder, ${media} pictures`, encoder, images)),
    ...(await measureCase(bench, 'shipped', `resampler, ${media} pictures`, resampler, images)),
  ];
}

/** From pixels and a prompt to the tokens of an answer, with keys and values kept on both sides. */
async function generation(bench: Bench, model: Model, weights: Weights, ours: Ours, runtimes: Onnx[]): Promise<Row[]> {
  const expected = await ours.tokens();
  const entries: Entry[] = [{ name: 'simd', error: null, run: () => ours.tokens() }];
  for (const ort of runtimes) {
    const run = await onnxTokens(ort, model, weights, ours.given);
    entries.push({ name: ort.name, error: difference(`tokens of ${ort.name}`, await run(), expected, 0), run });
  }
  const name = `${TOKENS} tokens after ${shotsCase(4)}`;
  return measureCase(bench, 'shipped', name, entries, { work: TOKENS, unit: 'tokens/s' });
}

async function onnxTokens(ort: Onnx, model: Model, weights: Weights, given: Given): Promise<() => Promise<number[]>> {
  const { model: config } = model.config;
  const { layers, heads, width } = config.languageModel;
  const { image, pad, bos } = model.tokenizer.special;
  const pictures = await ort.open(memoryFile(weights, config));
  const text = await ort.open(tokensFile(weights, config));
  const pixels = picturesOf(ort, given);
  const empty = ort.floats(new Float32Array(0), [1, heads, 0, width / heads]);
  const names = Array.from({ length: layers }, (_, i) => [`${i}.keys`, `${i}.values`]).flat();
  const seen = given.ids.filter((id) => id === image).length;
  return async () => {
    const memory = await pictures.run(pixels);
    let past: OnnxFeeds = Object.fromEntries(names.map((name) => [`past.${name}`, empty]));
    let next = ort.ids(given.ids);
    let imagesBefore = ort.ids([0], [1]);
    const found: number[] = [];
    while (found.length < TOKENS) {
      const results = await text.run({ ids: next, imagesBefore, ...memory, ...past });
      found.push(likeliest(results.logits?.data as Float32Array, [image, pad, bos]));
      past = Object.fromEntries(names.map((name) => [`past.${name}`, results[`now.${name}`] as never]));
      next = ort.ids([found.at(-1) as number]);
      imagesBefore = ort.ids([seen], [1]);
    }
    return found;
  };
}

function likeliest(logits: Float32Array, suppress: readonly number[]): number {
  let best = -1;
  logits.forEach((value, id) => {
    if (!suppress.includes(id) && (best < 0 || value > (logits[best] as number))) best = id;
  });
  return best;
}
