import type { FlamingoConfig } from '../../flamingo/architecture.ts';
import { Flamingo } from '../../flamingo/flamingo.ts';
import { PerceiverResampler, type PerceiverResamplerConfig } from '../../flamingo/perceiver-resampler.ts';
import { TransformerLayer } from '../../flamingo/transformer-layer.ts';
import { patchGrid } from '../../flamingo/vision-encoder.ts';
import { type Init, Linear, Module } from '../../nn/index.ts';
import { full, type Tensor } from '../../tensor/index.ts';
import type { AblationRow } from './rows.ts';

/** alpha at which tanh is 1 in float32, and its derivative 0: as if there were no gate. */
const NO_GATE = 20;

/** MLP in place of the resampler: all visual tokens of a picture at once, to as many latents. */
class MlpResampler extends PerceiverResampler {
  in: Linear;
  out: Linear;

  constructor(init: Init, config: PerceiverResamplerConfig, tokens: number, hidden: number) {
    super(init, { ...config, depth: 0 });
    const [l, d] = this.latents.shape as [number, number];
    this.in = new Linear(init, tokens * d, hidden);
    this.out = new Linear(init, hidden, l * d);
  }

  /** visual tokens [b, m, 1, v, d] -> [b, m, l, d] */
  override forward(visualTokens: Tensor): Tensor {
    const [b, m, f, v, d] = visualTokens.shape as [number, number, number, number, number];
    const inner = this.in.forward(visualTokens.reshape([b, m, f * v * d])).geluErf();
    const [l] = this.latents.shape as [number, number];
    return this.norm.forward(this.out.forward(inner).reshape([b, m, l, d]));
  }
}

/** Layers of self-attention over the visual tokens: as many come out as go in. */
class TransformerResampler extends PerceiverResampler {
  blocks: TransformerLayer[];

  constructor(init: Init, config: PerceiverResamplerConfig, tokens: number) {
    super(init, { ...config, depth: 0, latents: tokens });
    const { width, depth: layers = 6, heads = 16, headDim = 96, ffMult = 4, eps = 1e-5 } = config;
    const shape = {
      width,
      heads,
      headDim,
      hidden: ffMult * width,
      activation: config.activation ?? 'squaredRelu',
      eps,
    };
    this.blocks = Array.from({ length: layers }, () => new TransformerLayer(init, { ...shape, layers, causal: false }));
  }

  /** visual tokens [b, m, 1, v, d] -> [b, m, v, d] */
  override forward(visualTokens: Tensor): Tensor {
    const [b, m, f, v, d] = visualTokens.shape as [number, number, number, number, number];
    const x = this.blocks.reduce((y, block) => block.forward(y), visualTokens.reshape([b * m, f * v, d]));
    return this.norm.forward(x.reshape([b, m, f * v, d]));
  }
}

/** The configuration of a row. */
export function variantConfig(config: FlamingoConfig, { blocks, attend }: AblationRow): FlamingoConfig {
  const { layers } = config.languageModel;
  // Of each group of `every` layers the last has a block: with more than half of them in a group there is one alone.
  const every = blocks === 'middle' ? Math.floor(layers / 2) + 1 : blocks;
  return {
    ...config,
    ...(attend && { attend }),
    ...(every !== undefined && {
      crossAttention: { ...config.crossAttention, every, placement: 'open-flamingo' as const },
    }),
  };
}

/** Multiplications inside an MLP with about as many parameters as the resampler that it replaces. */
const MLP_WIDTH = 128;

/** A model as a row has it, drawn anew. */
export function variantModel(
  init: Init,
  config: FlamingoConfig,
  row: AblationRow,
  vision: FlamingoConfig['vision'],
): Flamingo {
  const model = new Flamingo(init, variantConfig({ ...config, vision }, row));
  const [rows, columns] = patchGrid(config.vision as NonNullable<FlamingoConfig['vision']>);
  if (row.resampler === 'mlp') model.resampler = new MlpResampler(init, config.resampler, rows * columns, MLP_WIDTH);
  if (row.resampler === 'transformer')
    model.resampler = new TransformerResampler(init, config.resampler, rows * columns);
  for (const block of model.crossAttention) {
    if (!block || !row.gates) continue;
    const alpha = row.gates === 'none' ? NO_GATE : 1;
    for (const gate of [block.attentionGate, block.denseGate]) gate.assign(full(init.device, gate.shape, alpha));
  }
  return model;
}

/** What a row trains: resampler, blocks and embeddings but for what it leaves out, and the language model where it learns. */
export class AblationTrainable extends Module {
  private readonly chosen: ReadonlyMap<string, Tensor>;

  constructor(model: Flamingo, row: AblationRow) {
    super();
    const trainable = model.trainable();
    const left = row.dense === false ? /\.(feedForward|feedForwardNorm)\.|\.denseGate$/ : /^$/;
    const gates = row.gates === 'none' ? /Gate$/ : /^$/;
    this.chosen = new Map(
      Array.from(model.parameters()).filter(
        ([path]) =>
          (trainable.has(path) && !left.test(path) && !gates.test(path)) ||
          (row.languageModel !== undefined && path.startsWith('languageModel.')),
      ),
    );
  }

  override parameters(): Map<string, Tensor> {
    return new Map(this.chosen);
  }
}
