import { Flamingo } from '../flamingo/flamingo.ts';
import type { Tap } from '../nn/index.ts';
import { type Device, scope, type Tensor } from '../tensor/index.ts';
import { languageModelKind } from '../zoo/config/hugging-face.ts';
import { flamingoFromFlamingoMini } from '../zoo/config/public-flamingos.ts';
import { flamingoMini as dialect } from '../zoo/dialects.ts';
import { flamingoMiniNames } from '../zoo/names/flamingo-mini.ts';
import type { RenameTable } from '../zoo/names/rename.ts';
import { generated, ranked } from './generation.ts';
import { kindOf, languageModelOf, nextTokenLoss, release, unpadded } from './language-model.ts';
import { loadRenamed, perMedium, readInputs, runModule } from './module-case.ts';
import type { CaseRunner, GoldenCase, Values } from './runner.ts';

interface MiniJson {
  readonly architecture: string;
  readonly language_model: object;
  readonly flamingo: object;
  readonly tokens: { readonly media: number; readonly eos: number; readonly '<EOC>': number };
}

const jsonOf = ({ config }: GoldenCase): MiniJson => config as unknown as MiniJson;

async function build(golden: GoldenCase, device: Device): Promise<{ model: Flamingo; table: RenameTable }> {
  const { architecture, language_model, flamingo, tokens } = jsonOf(golden);
  const config = flamingoFromFlamingoMini(flamingo, {
    vision: null,
    languageModel: languageModelOf(architecture, language_model),
    tokens: { image: tokens.media, endOfChunk: tokens['<EOC>'] },
  });
  const model = new Flamingo({ device }, config);
  const kind = languageModelKind({ model_type: kindOf(architecture) });
  const { languageModel, crossAttention } = config;
  const table = flamingoMiniNames({ kind, languageModel, crossAttention });
  await loadRenamed(model, golden.weights, table);
  return { model, table };
}

/** The visual tokens of clips [b, m, f, 1, v, w], or of pictures [b, m, 1, v, w] -> [b, m, f, v, w] */
function visualTokens(pixels: Tensor): Tensor {
  const [b, m, ...rest] = pixels.shape as [number, number, ...number[]];
  const [v, w] = rest.slice(-2) as [number, number];
  return pixels.reshape([b, m, rest.length === 4 ? (rest[0] as number) : 1, v, w]);
}

/** Greedy and beams, and what follows the first prompt by `score_sequences`. */
async function generation(golden: GoldenCase, device: Device): Promise<[string, Values][]> {
  const { model } = await build(golden, device);
  const inputs = await readInputs(golden, device);
  const get = (name: string): Tensor => inputs.get(`prompt.${name}`) as Tensor;
  const [ids, imageTokens] = await Promise.all([
    unpadded(get('input_ids'), get('attention_mask')),
    unpadded(get('media_locations'), get('attention_mask')),
  ]);
  const latents = scope(device, () => model.resample(visualTokens(get('pixel_values'))));
  const { eos } = jsonOf(golden).tokens;
  const { lengthRule } = dialect.generation;
  const prompt = { ids, imageTokens, latents };
  const results = await generated(golden, model, prompt, { stop: eos, fill: eos, lengthRule });
  const tails = inputs.get('candidates');
  if (tails) {
    const [count, length] = tails.shape as [number, number];
    const all = Array.from(await tails.data());
    const candidates = Array.from({ length: count }, (_, i) => all.slice(i * length, (i + 1) * length));
    const first = scope(device, () => latents.slice([[0, 1]]).mul(1));
    // Of the first row all tokens are text: its padding, if any, is not.
    const row = { ids: ids.slice(0, 1), imageTokens: imageTokens.slice(0, 1), latents: first };
    results.push(['out.candidates_sum', { shape: [count], data: (await ranked(model, row, candidates)).sums }]);
    first.dispose();
  }
  latents.dispose();
  release(model, inputs);
  return results;
}

/** Whole flamingo-minis around OPT and GPT-2. */
export const flamingoMini: CaseRunner = {
  matches: ({ implementation, config }) =>
    /^flamingo_mini FlamingoModel/.test(implementation) && kindOf(config.architecture) !== undefined,
  run: async (golden, device) => {
    const { model: module, table } = await build(golden, device);
    const inputs = await readInputs(golden, device);
    const get = (name: string): Tensor => inputs.get(name) as Tensor;
    const results = await runModule(golden, device, { module, inputs, table }, (tap: Tap) => {
      const given = {
        ids: get('input_ids'),
        attentionMask: get('attention_mask').toFloat(),
        imageTokens: get('media_locations').toFloat(),
        visionFeatures: visualTokens(get('pixel_values')),
      };
      const loss = nextTokenLoss(module.forward(given, tap), get('labels'));
      return { outputs: { loss }, loss };
    });
    const taps = Array.from(results, ([name, values]) => [name, perMedium(name, values)] as const);
    const wantsMore = golden.io.names.some((name) => /^out\.(greedy|beam|candidates)/.test(name));
    return new Map<string, Values>([...taps, ...(wantsMore ? await generation(golden, device) : [])]);
  },
};
