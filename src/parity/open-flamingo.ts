import { Flamingo, type FlamingoConfig, type FlamingoInputs } from '../flamingo/flamingo.ts';
import { noTap, type Tap } from '../nn/index.ts';
import { type Device, scope, type Tensor } from '../tensor/index.ts';
import { languageModelKind, visionFromHuggingFace } from '../zoo/config/hugging-face.ts';
import { ALL_PREVIOUS, openFlamingo as dialect, inDialect } from '../zoo/dialects.ts';
import { openFlamingoNames } from '../zoo/names/open-flamingo.ts';
import type { RenameTable } from '../zoo/names/rename.ts';
import { generated, ranked } from './generation.ts';
import { kindOf, languageModelOf, nextTokenLoss, release, unpadded } from './language-model.ts';
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

const jsonOf = ({ config }: GoldenCase): FlamingoJson => config as unknown as FlamingoJson;

function configOf(json: FlamingoJson): FlamingoConfig {
  const { vision, resampler, gated_cross_attention: block, tokens } = json;
  return inDialect(dialect, {
    vision: vision ? visionFromHuggingFace(vision) : null,
    resampler: {
      width: json.vis_dim,
      ...given({
        depth: resampler.depth,
        heads: resampler.heads,
        headDim: resampler.dim_head,
        latents: resampler.num_latents,
        ffMult: resampler.ff_mult,
        frameEmbeddings: resampler.max_num_frames,
        mediaEmbeddings: resampler.max_num_media,
      }),
    },
    crossAttention: {
      every: json.cross_attn_every_n_layers,
      ...given({ heads: block.heads, headDim: block.dim_head, ffMult: block.ff_mult }),
    },
    languageModel: languageModelOf(json.architecture, json.language_model),
    tokens: { image: tokens['<image>'], endOfChunk: tokens['<|endofchunk|>'] },
    ...(block.only_attend_immediate_media === false && ALL_PREVIOUS),
  });
}

/** Those keys that have a value, so that the dialect's stand where they have none. */
function given<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function namesOf(json: FlamingoJson, { languageModel }: FlamingoConfig): RenameTable {
  return openFlamingoNames(languageModelKind({ model_type: kindOf(json.architecture) }), languageModel);
}

async function build(golden: GoldenCase, device: Device): Promise<{ model: Flamingo; table: RenameTable }> {
  const config = configOf(jsonOf(golden));
  const table = namesOf(jsonOf(golden), config);
  const model = new Flamingo({ device }, config);
  await loadRenamed(model, golden.weights, table);
  return { model, table };
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

/** Greedy, beams, and the ranking of candidates after the prompts. */
async function generation(golden: GoldenCase, device: Device): Promise<[string, Values][]> {
  const { model } = await build(golden, device);
  const inputs = await readInputs(golden, device);
  const { tokens } = jsonOf(golden);
  const ids = await unpadded(inputs.get('prompt.input_ids') as Tensor, inputs.get('prompt.attention_mask') as Tensor);
  const latents = scope(device, () => {
    const { pixels, visionFeatures } = pictures(model, inputs.get('prompt.vision_x') as Tensor);
    return model.resample(visionFeatures ?? model.encode(pixels as Tensor));
  });
  const prompt = { ids, latents };
  const { lengthRule } = dialect.generation;
  const options = { stop: tokens['<|endofchunk|>'], fill: tokens.pad, lengthRule };
  const results = await generated(golden, model, prompt, options);
  const names = Array.from(inputs.keys()).filter((name) => name.startsWith('candidates.'));
  names.sort((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1]));
  if (names.length > 0) {
    const candidates = await Promise.all(
      names.map(async (name) => Array.from(await (inputs.get(name) as Tensor).data())),
    );
    const { sums, means } = await ranked(model, prompt, candidates);
    const shape = [ids.length, candidates.length];
    results.push(['out.candidates_sum', { shape, data: sums }], ['out.candidates_mean', { shape, data: means }]);
  }
  latents.dispose();
  release(model, inputs);
  return results;
}

async function trainingResults(golden: GoldenCase, device: Device, json: TrainingJson): Promise<[string, Values][]> {
  const { model, table } = await build(golden, device);
  const inputs = await readInputs(golden, device);
  const results = await train(model, json, table, (prefix) => loss(model, inputs, prefix));
  release(model, inputs);
  return results;
}

/** Whole OpenFlamingos around any language model. */
export const openFlamingo: CaseRunner = {
  matches: ({ implementation, config }) =>
    /^open_flamingo Flamingo/.test(implementation) && kindOf(config.architecture) !== undefined,
  run: async (golden, device) => {
    const { model: module, table } = await build(golden, device);
    const inputs = await readInputs(golden, device);
    // OpenFlamingo's encoder ends without the class token.
    const tapOf = (name: string): string => (name === 'vision.out' ? 'vision.patches' : name);
    const results = new Map<string, Values>(
      await runModule(golden, device, { module, inputs, table, tapOf }, (tap) => {
        const value = loss(module, inputs, '', tap);
        return { outputs: { loss: value }, loss: value };
      }),
    );
    const { training } = jsonOf(golden);
    const wants = (pattern: RegExp): boolean => golden.io.names.some((name) => pattern.test(name));
    const more = [
      ...(wants(/^out\.(greedy|beam|candidates)/) ? await generation(golden, device) : []),
      ...(training && wants(/^out\.train\./) ? await trainingResults(golden, device, training) : []),
    ];
    for (const [name, values] of more) results.set(name, values);
    return results;
  },
};
