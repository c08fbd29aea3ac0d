import { Flamingo, type FlamingoInputs } from '../flamingo/flamingo.ts';
import { Decoding } from '../flamingo/generation/decoding.ts';
import { argmax } from '../flamingo/generation/distribution.ts';
import { type Device, scope, type Tensor, zeros } from '../tensor/index.ts';
import { flamingoFromIdefics } from '../zoo/config/public-flamingos.ts';
import { ideficsNames } from '../zoo/names/idefics.ts';
import type { RenameTable } from '../zoo/names/rename.ts';
import { nextTokenLoss, release, unpadded } from './language-model.ts';
import { loadRenamed, perMedium, readInputs, runModule } from './module-case.ts';
import type { CaseRunner, GoldenCase, Values } from './runner.ts';

interface IdeficsJson {
  readonly text: object;
  readonly vision: object;
  readonly perceiver: object;
  readonly additional_vocab_size: number;
  readonly special_tokens: { readonly '</s>': number; readonly '<image>': number };
}

async function build(
  { config, weights }: GoldenCase,
  device: Device,
): Promise<{ model: Flamingo; table: RenameTable }> {
  const json = config as unknown as IdeficsJson;
  const read = flamingoFromIdefics({
    ...json.text,
    vision_config: json.vision,
    perceiver_config: json.perceiver,
    additional_vocab_size: json.additional_vocab_size,
    eos_token_id: json.special_tokens['</s>'],
  });
  const model = new Flamingo({ device }, read);
  const table = ideficsNames({ ...read, additionalVocabulary: json.additional_vocab_size });
  await loadRenamed(model, weights, table);
  return { model, table };
}

/** pixel_values [b, m, c, h, w] are pictures: clips of one frame. */
function given(inputs: ReadonlyMap<string, Tensor>): FlamingoInputs & { readonly pixels: Tensor } {
  const pixels = inputs.get('pixel_values') as Tensor;
  const [b, m, ...picture] = pixels.shape as [number, number, ...number[]];
  return {
    ids: inputs.get('input_ids') as Tensor,
    attentionMask: (inputs.get('attention_mask') as Tensor).toFloat(),
    pixels: pixels.reshape([b, m, 1, ...picture]),
  };
}

/** The library's names of taps that are queries, keys, and the mask's gate, which is read off what is allowed. */
const tapOf = (name: string): string =>
  name
    .replace(/^(xattn\.\d+)\.query$/, '$1.attention.queries')
    .replace(/^(xattn\.\d+)\.key$/, '$1.attention.keys')
    .replace(/^mask\.gate$/, 'mask.allowed');

/** The likeliest token after the prompts, and its successors, with the logits that they were chosen from. */
async function greedy(golden: GoldenCase, device: Device): Promise<[string, Values][]> {
  const { model } = await build(golden, device);
  const inputs = await readInputs(golden, device);
  const ids = await unpadded(inputs.get('input_ids') as Tensor, inputs.get('attention_mask') as Tensor);
  const latents = scope(device, () => model.resample(model.encode(given(inputs).pixels)));
  const decoding = new Decoding(model, ids.length, { latents });
  const steps = golden.io.info('out.greedy_ids').shape[1] as number;
  const logits = [await decoding.start(ids)];
  const chosen = [logits[0]?.map(argmax) as number[]];
  while (chosen.length < steps) {
    const next = await decoding.read((chosen.at(-1) as number[]).map((id) => [id]));
    logits.push(next);
    chosen.push(next.map(argmax));
  }
  decoding.dispose();
  latents.dispose();
  release(model, inputs);
  const vocabulary = logits[0]?.[0]?.length as number;
  const byRow = <T>(table: readonly (readonly T[])[]): T[] =>
    ids.flatMap((_, row) => table.map((step) => step[row] as T));
  return [
    ['out.greedy_ids', { shape: [ids.length, steps], data: byRow(chosen) }],
    [
      'out.greedy_logits',
      { shape: [ids.length, steps, vocabulary], data: byRow(logits).flatMap((row) => Array.from(row)) },
    ],
  ];
}

/** Logits with every gate closed: what the language model says alone. */
async function closed(golden: GoldenCase, device: Device): Promise<[string, Values]> {
  const { model } = await build(golden, device);
  const inputs = await readInputs(golden, device);
  for (const block of model.crossAttention) {
    block?.attentionGate.assign(zeros(device, block.attentionGate.shape));
    block?.denseGate.assign(zeros(device, block.denseGate.shape));
  }
  const logits = scope(device, () => model.forward(given(inputs)));
  const values = { shape: logits.shape, data: await logits.data() };
  logits.dispose();
  release(model, inputs);
  return ['out.logits_zero_gates', values];
}

/** A token's gate is open when it sees a picture: [b, n, m] -> [b, n] */
function anyAllowed({ shape, data }: Values): Values {
  const [b, n, m] = shape as [number, number, number];
  const any = (i: number): boolean => Array.from({ length: m }, (_, k) => data[i * m + k]).some((x) => x !== 0);
  return { shape: [b, n], data: Array.from({ length: b * n }, (_, i) => Number(any(i))) };
}

/** A gate that is one number for each of the width, in the shape that the library keeps it. */
function inTheirShape(name: string, values: Values): Values {
  if (name === 'tap.mask.gate') return anyAllowed(values);
  const { shape, data } = values;
  if (/\.gate\.(attention|dense)$/.test(name) && data.length > 1) return { shape: [1, 1, ...shape], data };
  return perMedium(name, values);
}

/** Whole IDEFICS models. */
export const idefics: CaseRunner = {
  matches: ({ implementation }) => /^transformers IdeficsForVisionText2Text$/.test(implementation),
  run: async (golden, device) => {
    const { model: module, table } = await build(golden, device);
    const inputs = await readInputs(golden, device);
    const found = await runModule(golden, device, { module, inputs, table, tapOf }, (tap) => {
      const { pixels, ...text } = given(inputs);
      const latents = module.resample(module.encode(pixels, tap), tap); // [b, m, l, w]
      const logits = module.forward({ ...text, latents }, tap);
      const loss = nextTokenLoss(logits, inputs.get('labels') as Tensor);
      return { outputs: { logits, loss, image_hidden_states: latents }, loss };
    });
    const results = new Map<string, Values>();
    for (const [name, values] of found) results.set(name, inTheirShape(name, values));
    if (golden.io.has('out.logits_zero_gates')) results.set(...(await closed(golden, device)));
    if (golden.io.has('out.greedy_ids'))
      for (const [name, values] of await greedy(golden, device)) results.set(name, values);
    return results;
  },
};
