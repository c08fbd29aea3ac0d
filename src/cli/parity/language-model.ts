import { huggingFaceOpt } from '../../flamingo/checkpoints/opt.ts';
import { generate } from '../../flamingo/generate.ts';
import { LanguageModel, type LanguageModelConfig } from '../../flamingo/language-model.ts';
import type { Activation, Module } from '../../nn/index.ts';
import { ArgumentError, crossEntropy, type Device, type Tensor, tensor } from '../../tensor/index.ts';
import { loadRenamed, readInputs, runModule } from './module-case.ts';
import type { CaseRunner, GoldenCase, Values } from './runner.ts';

/** OPTConfig, as far as it decides what is computed. */
export interface OptJson {
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly word_embed_proj_dim: number;
  readonly num_hidden_layers: number;
  readonly ffn_dim: number;
  readonly num_attention_heads: number;
  readonly max_position_embeddings: number;
  readonly activation_function: string;
  readonly do_layer_norm_before: boolean;
}

const activations: Readonly<Record<string, Activation>> = {
  relu: 'relu',
  gelu: 'gelu',
  gelu_new: 'geluTanh',
  quick_gelu: 'quickGelu',
  silu: 'silu',
};

/** @throws ArgumentError on an activation that is not known here */
export function activationOf(name: string): Activation {
  const activation = activations[name];
  if (!activation) throw new ArgumentError('parity', `no activation is called '${name}'`);
  return activation;
}

export function optConfig(json: OptJson): LanguageModelConfig {
  return {
    vocabulary: json.vocab_size,
    width: json.hidden_size,
    layers: json.num_hidden_layers,
    heads: json.num_attention_heads,
    hidden: json.ffn_dim,
    maxPositions: json.max_position_embeddings,
    activation: activationOf(json.activation_function),
    eps: 1e-5,
  };
}

/** OPT with a norm before each part and embeddings as wide as the model: all sizes but 350m. */
export function isPreNormOpt({ do_layer_norm_before, word_embed_proj_dim, hidden_size }: OptJson): boolean {
  return do_layer_norm_before && word_embed_proj_dim === hidden_size;
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
export function table(rows: readonly (readonly number[])[], pad: number): Values {
  const width = Math.max(...rows.map((row) => row.length));
  const data = rows.flatMap((row) => [...row, ...new Array<number>(width - row.length).fill(pad)]);
  return { shape: [rows.length, width], data };
}

export function release(module: Module, inputs: ReadonlyMap<string, Tensor>): void {
  module.dispose();
  for (const x of inputs.values()) x.dispose();
}

async function build(golden: GoldenCase, device: Device): Promise<LanguageModel> {
  const model = new LanguageModel({ device }, optConfig(golden.config as unknown as OptJson));
  await loadRenamed(model, golden.weights, huggingFaceOpt);
  return model;
}

async function greedy(golden: GoldenCase, device: Device): Promise<Values> {
  const model = await build(golden, device);
  const inputs = await readInputs(golden, device);
  const ids = await unpadded(inputs.get('input_ids') as Tensor, inputs.get('attention_mask') as Tensor);
  const maxTokens = golden.io.info('out.greedy').shape[1] as number;
  const rows = await generate(model, { ids }, { maxTokens, stop: -1 });
  release(model, inputs);
  return table(
    rows.map((row) => row.ids),
    -1,
  );
}

/** Tokens whose successor counts: both are text. */
async function labelsOf(ids: Tensor, attentionMask: Tensor): Promise<Int32Array> {
  const [tokens, mask] = [await ids.data(), await attentionMask.data()];
  return Int32Array.from(tokens, (id, i) => (mask[i] && mask[i - 1] ? id : -100));
}

/** Bare language models of transformers: OPT. */
export const opt: CaseRunner = {
  matches: ({ implementation, config }) =>
    /OPTForCausalLM/.test(implementation) && 'vocab_size' in config && isPreNormOpt(config as unknown as OptJson),
  run: async (golden, device) => {
    const module = await build(golden, device);
    const inputs = await readInputs(golden, device);
    const ids = inputs.get('input_ids') as Tensor;
    const attentionMask = inputs.get('attention_mask') as Tensor;
    const labels = await labelsOf(ids, attentionMask);
    const results = await runModule(golden, device, { module, inputs, table: huggingFaceOpt }, (tap) => {
      const logits = module.forward(ids, { attentionMask: attentionMask.toFloat() }, tap);
      const loss = nextTokenLoss(logits, tensor(device, labels, ids.shape));
      return { outputs: { loss }, loss };
    });
    return new Map<string, Values>([...results, ['out.greedy', await greedy(golden, device)]]);
  },
};
