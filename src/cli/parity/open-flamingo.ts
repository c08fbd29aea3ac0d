import { openFlamingoOpt } from '../../flamingo/checkpoints/open-flamingo.ts';
import { Flamingo, type FlamingoConfig, type FlamingoInputs } from '../../flamingo/flamingo.ts';
import { generate } from '../../flamingo/generate.ts';
import { visionFromHuggingFace } from '../../flamingo/hugging-face-config.ts';
import { logLikelihoods } from '../../flamingo/rank.ts';
import { noTap, type Tap } from '../../nn/index.ts';
import { type Device, scope, type Tensor } from '../../tensor/index.ts';
import { languageModelOf, nextTokenLoss, release, tableOf, unpadded } from './language-model.ts';
import { loadRenamed, readInputs, runModule } from './module-case.ts';
import { type TrainingJson, train } from './open-flamingo-training.ts';
import type { CaseRunner, GoldenCase, Values } from './runner.ts';

interface FlamingoJson {
  readonly architecture: string;
  readonly language_model: object;
  readonly cross_attn_every_n_layers: number;
  readonly vis_dim: number;
  readonly resampler: {
    readonly depth?: number;
    readonly dim_head?: number;
    readonly heads?: number;
    readonly num_latents?: number;
    readonly ff_mult?: number;
    readonly max_num_media?: number | null;
    readonly max_num_frames?: number | null;
  };
  readonly gated_cross_attention: {
    readonly dim_head?: number;
    readonly heads?: number;
    readonly ff_mult?: number;
    readonly only_attend_immediate_media?: boolean;
  };
  readonly vision?: object;
  readonly tokens: { readonly '<image>': number; readonly '<|endofchunk|>': number; readonly pad: number };
  readonly training?: TrainingJson;
}

/** OpenFlamingo 2.0.1's defaults where the case says nothing. */
function configOf(json: FlamingoJson): FlamingoConfig {
  const { vision, resampler, gated_cross_attention: block, tokens } = json;
  const latest = block.only_attend_immediate_media ?? true;
  return {
    vision: vision ? visionFromHuggingFace(vision) : null,
    resampler: {
      width: json.vis_dim,
      depth: resampler.depth ?? 6,
      heads: resampler.heads ?? 8,
      headWidth: resampler.dim_head ?? 64,
      latents: resampler.num_latents ?? 64,
      hiddenMultiplier: resampler.ff_mult ?? 4,
      activation: 'gelu',
      frameEmbeddings: resampler.max_num_frames ?? 0,
      mediaEmbeddings: resampler.max_num_media ?? 0,
    },
    crossAttention: {
      every: json.cross_attn_every_n_layers,
      placement: 'open-flamingo',
      heads: block.heads ?? 8,
      headWidth: block.dim_head ?? 64,
      hiddenMultiplier: block.ff_mult ?? 4,
      activation: 'gelu',
    },
    languageModel: languageModelOf(json.architecture, json.language_model),
    tokens: { image: tokens['<image>'], endOfChunk: tokens['<|endofchunk|>'] },
    generatedImages: 'resets',
    attend: latest ? 'latest' : 'previous',
    beforeFirst: latest ? 'nothing' : 'mean',
  };
}

async function build(golden: GoldenCase, device: Device): Promise<Flamingo> {
  const model = new Flamingo({ device }, configOf(golden.config as unknown as FlamingoJson));
  await loadRenamed(model, golden.weights, openFlamingoOpt);
  return model;
}

/** vision_x is pixels for a model with a vision encoder, else [b, m, f, 1, v, w], the visual tokens themselves. */
function pictures(model: Flamingo, visionX: Tensor): Pick<FlamingoInputs, 'pixels' | 'visionFeatures'> {
  if (model.vision) return { pixels: visionX };
  const [b, m, f, , v, w] = visionX.shape as [number, number, number, number, number, number];
  return { visionFeatures: visionX.reshape([b, m, f, v, w]) };
}

/** The loss of one batch, `prefix` before the names of its inputs. */
function loss(model: Flamingo, inputs: ReadonlyMap<string, Tensor>, prefix: string, tap: Tap = noTap): Tensor {
  const get = (name: string): Tensor => inputs.get(prefix + name) as Tensor;
  const attentionMask = get('attention_mask').toFloat();
  const given = { ids: get('input_ids'), attentionMask, ...pictures(model, get('vision_x')) };
  return nextTokenLoss(model.forward(given, tap), get('labels'));
}

/** OpenFlamingo's role leaves the class token out. [pictures, 1 + v, w] -> [pictures, v, w] */
function withoutClassToken({ shape, data }: Values): Values {
  const [count, tokens, width] = shape as [number, number, number];
  const kept = Array.from(data).filter((_, i) => i % (tokens * width) >= width);
  return { shape: [count, tokens - 1, width], data: Float32Array.from(kept) };
}

/** Greedy, beams, and the ranking of candidates after the prompts. */
async function generation(golden: GoldenCase, device: Device): Promise<[string, Values][]> {
  const model = await build(golden, device);
  const inputs = await readInputs(golden, device);
  const { tokens } = golden.config as unknown as FlamingoJson;
  const stop = tokens['<|endofchunk|>'];
  const ids = await unpadded(inputs.get('prompt.input_ids') as Tensor, inputs.get('prompt.attention_mask') as Tensor);
  const latents = scope(device, () => {
    const { pixels, visionFeatures } = pictures(model, inputs.get('prompt.vision_x') as Tensor);
    return model.resample(visionFeatures ?? model.encode(pixels as Tensor));
  });
  const prompt = { ids, latents };
  // As in OpenFlamingo, `<image>` is not suppressed.
  const options = { maxTokens: newTokens(golden), stop, suppress: [] };
  const results: [string, Values][] = [];
  for (const name of golden.io.names.filter((name) => /^out\.(greedy|beam\d+(_short)?)$/.test(name))) {
    const beams = Number(/\d+/.exec(name)?.[0] ?? 1);
    const lengthPenalty = name.endsWith('_short') ? -2 : 1;
    const rows = await generate(model, prompt, { ...options, beams, lengthPenalty });
    results.push([
      name,
      tableOf(
        rows.map((row) => row.ids),
        tokens.pad,
      ),
    ]);
    results.push([`${name}_score`, { shape: [rows.length], data: rows.map(({ score }) => score) }]);
  }
  results.push(...(await ranking(model, prompt, inputs)));
  latents.dispose();
  release(model, inputs);
  return results;
}

async function ranking(
  model: Flamingo,
  prompt: { readonly ids: readonly number[][]; readonly latents: Tensor },
  inputs: ReadonlyMap<string, Tensor>,
): Promise<[string, Values][]> {
  const names = Array.from(inputs.keys()).filter((name) => name.startsWith('candidates.'));
  if (names.length === 0) return [];
  names.sort((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1]));
  const candidates = await Promise.all(
    names.map(async (name) => Array.from(await (inputs.get(name) as Tensor).data())),
  );
  const found = await logLikelihoods(
    model,
    prompt,
    prompt.ids.map(() => candidates),
  );
  const sums = found.flatMap((row) => row.map((tokens) => tokens.reduce((sum, p) => sum + p, 0)));
  const means = sums.map((sum, i) => sum / (candidates[i % candidates.length] as number[]).length);
  const shape = [prompt.ids.length, candidates.length];
  return [
    ['out.candidates_sum', { shape, data: sums }],
    ['out.candidates_mean', { shape, data: means }],
  ];
}

/** How many tokens were asked for: the case says it in words, rows that stopped early may be shorter. */
function newTokens({ json, io }: GoldenCase): number {
  const { outputs } = json as unknown as { outputs?: { greedy?: string } };
  const said = Number(/<= (\d+)/.exec(outputs?.greedy ?? '')?.[1] ?? 0);
  return said || Math.max(...['out.greedy', 'out.beam3'].filter((n) => io.has(n)).map((n) => io.info(n).shape[1] ?? 0));
}

async function trainingResults(golden: GoldenCase, device: Device, json: TrainingJson): Promise<[string, Values][]> {
  const model = await build(golden, device);
  const inputs = await readInputs(golden, device);
  const results = await train(model, json, (prefix) => loss(model, inputs, prefix));
  release(model, inputs);
  return results;
}

/** Whole OpenFlamingos around OPT. */
export const openFlamingo: CaseRunner = {
  matches: ({ implementation, config }) =>
    /^open_flamingo Flamingo/.test(implementation) && config.architecture === 'opt',
  run: async (golden, device) => {
    const module = await build(golden, device);
    const inputs = await readInputs(golden, device);
    const results = new Map<string, Values>(
      await runModule(golden, device, { module, inputs, table: openFlamingoOpt }, (tap) => {
        const value = loss(module, inputs, '', tap);
        return { outputs: { loss: value }, loss: value };
      }),
    );
    const vision = results.get('tap.vision.out');
    if (vision) results.set('tap.vision.out', withoutClassToken(vision));
    for (const [name, values] of await generation(golden, device)) results.set(name, values);
    const { training } = golden.config as unknown as FlamingoJson;
    if (training)
      for (const [name, values] of await trainingResults(golden, device, training)) results.set(name, values);
    return results;
  },
};
