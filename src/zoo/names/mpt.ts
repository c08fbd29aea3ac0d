import { type DecoderNames, headNames, stackedQueryKeyValue } from './decoder-names.ts';

/** What MPT calls differently in transformers and in its first code. */
interface Words {
  readonly attentionNorm: string;
  readonly feedForwardNorm: string;
  readonly norm: string;
  readonly up: string;
  readonly down: string;
}

const names =
  (words: Words): DecoderNames =>
  (place) => {
    const [ours, theirs] = [place.ours, place.base];
    const [layer, their] = [`${ours}layers.*.`, `${theirs}blocks.*.${place.layer}`];
    const qkv = (leaf: string) => ({
      ours: stackedQueryKeyValue(`${layer}attention`, leaf),
      theirs: `${their}attn.Wqkv.${leaf}`,
    });
    return [
      { ours: `${ours}embedding.**`, theirs: `${theirs}wte.**` },
      { ours: `${ours}positions.**`, theirs: `${theirs}wpe.**` },
      { ours: `${ours}norm.**`, theirs: `${theirs}${words.norm}.**` },
      headNames(place, 'lm_head'),
      { ours: `${layer}attentionNorm.**`, theirs: `${their}${words.attentionNorm}.**` },
      qkv('weight'),
      qkv('bias'),
      { ours: `${layer}attention.queryNorm.**`, theirs: `${their}attn.q_ln.**` },
      { ours: `${layer}attention.keyNorm.**`, theirs: `${their}attn.k_ln.**` },
      { ours: `${layer}attention.toOut.**`, theirs: `${their}attn.out_proj.**` },
      { ours: `${layer}feedForwardNorm.**`, theirs: `${their}${words.feedForwardNorm}.**` },
      { ours: `${layer}feedForward.up.**`, theirs: `${their}${words.up}.**` },
      { ours: `${layer}feedForward.down.**`, theirs: `${their}${words.down}.**` },
    ];
  };

/** MPT. */
export const mptNames: DecoderNames = names({
  attentionNorm: 'norm_1',
  feedForwardNorm: 'norm_2',
  norm: 'norm_f',
  up: 'ffn.up_proj',
  down: 'ffn.down_proj',
});

/** MosaicGPT, as MPT was first called: MPT-1B, on which OpenFlamingo-3B stands. */
export const mosaicGptNames: DecoderNames = names({
  attentionNorm: 'ln_1',
  feedForwardNorm: 'ln_2',
  norm: 'ln_f',
  up: 'mlp.mlp_up',
  down: 'mlp.mlp_down',
});
