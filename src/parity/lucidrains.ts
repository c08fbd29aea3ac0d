import { GatedCrossAttention } from '../flamingo/gated-cross-attention.ts';
import { mediaMask } from '../flamingo/media-mask.ts';
import { PerceiverResampler } from '../flamingo/perceiver-resampler.ts';
import type { Tap } from '../nn/index.ts';
import type { Tensor } from '../tensor/index.ts';
import { ALL_PREVIOUS } from '../zoo/dialects.ts';
import { flamingoPytorchResampler, gatedBlockNames, openFlamingoResampler } from '../zoo/names/flamingo-pytorch.ts';
import { type Forward, loadRenamed, readInputs, runModule } from './module-case.ts';
import type { CaseRunner } from './runner.ts';

interface ResamplerJson {
  readonly dim: number;
  readonly depth: number;
  readonly dim_head: number;
  readonly heads: number;
  readonly num_latents: number;
  readonly ff_mult?: number;
  /** flamingo-pytorch */
  readonly num_media_embeds?: number;
  /** OpenFlamingo */
  readonly max_num_media?: number | null;
  readonly max_num_frames?: number | null;
}

interface BlockJson {
  readonly dim: number;
  readonly dim_visual?: number;
  readonly dim_head: number;
  readonly heads: number;
  readonly ff_mult?: number;
  readonly only_attend_immediate_media?: boolean;
}

/** The loss of the cases of modules: sum(out * projection). */
function projected(out: Tensor, inputs: ReadonlyMap<string, Tensor>): Forward {
  const projection = inputs.get('loss_projection');
  if (!projection) return { outputs: { out } };
  const loss = out.mul(projection).sum();
  return { outputs: { out, loss }, loss };
}

/** [b, v, d], [b, m, v, d] or [b, m, f, v, d] -> [b, m, f, v, d] */
function asVideos(media: Tensor): Tensor {
  const [b, ...rest] = media.shape as [number, ...number[]];
  const [v, d] = rest.slice(-2) as [number, number];
  if (rest.length === 4) return media;
  return media.reshape([b, rest.length === 3 ? (rest[0] as number) : 1, 1, v, d]);
}

/** The resampler alone, of flamingo-pytorch and of OpenFlamingo. */
export const resampler: CaseRunner = {
  matches: ({ implementation }) => /(flamingo_pytorch|open_flamingo).*PerceiverResampler$/.test(implementation),
  run: async (golden, device) => {
    const json = golden.config as unknown as ResamplerJson;
    const module = new PerceiverResampler(
      { device },
      {
        width: json.dim,
        depth: json.depth,
        heads: json.heads,
        headDim: json.dim_head,
        latents: json.num_latents,
        ffMult: json.ff_mult ?? 4,
        activation: 'gelu',
        frameEmbeddings: json.max_num_frames ?? 0,
        mediaEmbeddings: json.max_num_media ?? json.num_media_embeds ?? 0,
      },
    );
    const table = golden.weights.has('media_pos_emb') ? flamingoPytorchResampler : openFlamingoResampler;
    await loadRenamed(module, golden.weights, table);
    const inputs = await readInputs(golden, device);
    const forward = (tap: Tap): Forward =>
      projected(module.forward(asVideos(inputs.get('media') as Tensor), tap.at('resampler')), inputs);
    return runModule(golden, device, { module, inputs, table }, forward);
  },
};

/** flamingo-pytorch's GatedCrossAttentionBlock alone. */
export const gatedBlock: CaseRunner = {
  matches: ({ implementation }) => /flamingo_pytorch.*GatedCrossAttentionBlock$/.test(implementation),
  run: async (golden, device) => {
    const json = golden.config as unknown as BlockJson;
    const module = new GatedCrossAttention(
      { device },
      {
        width: json.dim,
        visualWidth: json.dim_visual ?? json.dim,
        heads: json.heads,
        headDim: json.dim_head,
        ffMult: json.ff_mult ?? 4,
        activation: 'gelu',
      },
    );
    const table = gatedBlockNames('', '');
    await loadRenamed(module, golden.weights, table);
    const inputs = await readInputs(golden, device);
    const forward = (tap: Tap): Forward => {
      const media = inputs.get('media') as Tensor;
      const [m, l] = media.shape.slice(1) as [number, number];
      const locations = inputs.get('media_locations');
      const phi = { media: m, latents: l, ...(json.only_attend_immediate_media === false && ALL_PREVIOUS) };
      const mask = locations ? mediaMask(locations, phi, tap.at('mask')) : null;
      return projected(module.forward(inputs.get('text') as Tensor, media, mask, tap.at('xattn.0')), inputs);
    };
    return runModule(golden, device, { module, inputs, table }, forward);
  },
};
