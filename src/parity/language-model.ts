import { generate } from '../flamingo/generate.ts';
import { LanguageModel, type LanguageModelConfig } from '../flamingo/language-model.ts';
import type { Module } from '../nn/index.ts';
import { crossEntropy, type Device, type Tensor, tensor } from '../tensor/index.ts';
import { languageModelFromHuggingFace } from '../zoo/config/hugging-face.ts';
import { type LanguageModelKind, languageModelNames } from '../zoo/names/language-models.ts';
import type { RenameTable } from '../zoo/names/rename.ts';
import { loadRenamed, readInputs, runModule } from './module-case.ts';
import type { CaseRunner, GoldenCase, Values } from './runner.ts';

const MODEL_TYPES: Readonly<Record<string, LanguageModelKind>> = {
  opt: 'opt',
  gpt2: 'gpt2',
  'gpt-j': 'gptj',
  'gpt-neox': 'gpt_neox',
  llama: 'llama',
  mpt: 'mpt',
  'mosaic-gpt': 'mosaic_gpt',
};

/** The kind of model that the goldens call `architecture`. */
export function kindOf(architecture: unknown): LanguageModelKind | undefined {
  return Object.hasOwn(MODEL_TYPES, String(architecture)) ? MODEL_TYPES[String(architecture)] : undefined;
}

/** A language model by its `architecture` and the keys of its config.json. */
export function languageModelOf(architecture: unknown, json: object): LanguageModelConfig {
  return languageModelFromHuggingFace({ ...json, model_type: kindOf(architecture) });
}

/** Mean cross entropy of each token's successor: logits [b, n, vocabulary], labels int32 [b, n], -100 for no loss. */
export function nextTokenLoss(logits: Tensor, labels: Tensor): Tensor {
  const [b, n, vocabulary] = logits.shape as [number, number, number];
  const before = logits.slice([[null], [0, n - 1]]).reshape([b * (n - 1), vocabulary]);
  return crossEntropy(before, labels.slice([[null], [1, n]]).reshape([b * (n - 1)]));
}

/** Rows of ids without their padding. */
export async function unpadded(ids: Tensor, attentionMask: Tensor): Promise<number[][]> {
  const [tokens, mask] = [await ids.data(), await attentionMask.data()];
  const [b, n] = ids.shape as [number, number];
  return Array.from({ length: b }, (_, row) =>
    Array.from(tokens.slice(row * n, (row + 1) * n)).filter((_, i) => mask[row * n + i] !== 0),
  );
}

/** Lists of tokens as one table, filled up with `pad`. */
export function tableOf(rows: readonly (readonly number[])[], pad: number): Values {
  const width = Math.max(...rows.map((row) => row.length));
  const data = rows.flatMap((row) => [...row, ...new Array<number>(width - row.length).fill(pad)]);
  return { shape: [rows.length, width], data };
}

export function release(module: Module, inputs: ReadonlyMap<string, Tensor>): void {
  module.dispose();
  for (const x of inputs.values()) x.dispose();
}

interface Built {
  readonly model: LanguageModel;
  readonly table: RenameTable;
}

async function build({ config: json, weights }: GoldenCase, device: Device): Promise<Built> {
  const { architecture } = json;
  const config = languageModelOf(architecture, json);
  const model = new LanguageModel({ device }, config);
  const table = languageModelNames(kindOf(architecture) as LanguageModelKind, config);
  await loadRenamed(model, weights, table);
  return { model, table };
}

async function greedy(golden: GoldenCase, device: Device): Promise<Values> {
  const { model } = await build(golden, device);
  const inputs = await readInputs(golden, device);
  const ids = await unpadded(inputs.get('input_ids') as Tensor, inputs.get('attention_mask') as Tensor);
  const maxTokens = golden.io.info('out.greedy').shape[1] as number;
  const rows = await generate(model, { ids }, { maxTokens, stop: -1 });
  release(model, inputs);
  return tableOf(
    rows.map((row) => row.ids),
    -1,
  );
}

/** Tokens whose successor counts: both are text. */
async function labelsOf(ids: Tensor, attentionMask: Tensor): Promise<Int32Array> {
  const [tokens, mask] = [await ids.data(), await attentionMask.data()];
  return Int32Array.from(tokens, (id, i) => (mask[i] && mask[i - 1] ? id : -100));
}

/** Bare language models of transformers. */
export const languageModel: CaseRunner = {
  matches: ({ implementation, config }) =>
    /^Hugging Face transformers \w+(ForCausalLM|LMHeadModel)$/.test(implementation) &&
    kindOf(config.architecture) !== undefined,
  run: async (golden, device) => {
    const { model: module, table } = await build(golden, device);
    const inputs = await readInputs(golden, device);
    const ids = inputs.get('input_ids') as Tensor;
    const attentionMask = inputs.get('attention_mask') as Tensor;
    const labels = await labelsOf(ids, attentionMask);
    const results = await runModule(golden, device, { module, inputs, table }, (tap) => {
      const logits = module.forward(ids, { attentionMask: attentionMask.toFloat() }, tap);
      const loss = nextTokenLoss(logits, tensor(device, labels, ids.shape));
      return { outputs: { loss }, loss };
    });
    return new Map<string, Values>([...results, ['out.greedy', await greedy(golden, device)]]);
  },
};
