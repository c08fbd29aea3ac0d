import { type DecoderNames, headNames, stackedQueryKeyValue } from './decoder-names.ts';

/** MPT. */
export const mptNames: DecoderNames = (place) => {
  const [ours, theirs] = [place.ours, place.base];
  const [layer, their] = [`${ours}layers.*.`, `${theirs}blocks.*.${place.layer}`];
  return [
    { ours: `${ours}embedding.**`, theirs: `${theirs}wte.**` },
    { ours: `${ours}norm.**`, theirs: `${theirs}norm_f.**` },
    headNames(place, 'lm_head'),
    { ours: `${layer}attentionNorm.**`, theirs: `${their}norm_1.**` },
    { ours: stackedQueryKeyValue(`${layer}attention`, 'weight'), theirs: `${their}attn.Wqkv.weight` },
    { ours: `${layer}attention.toOut.**`, theirs: `${their}attn.out_proj.**` },
    { ours: `${layer}feedForwardNorm.**`, theirs: `${their}norm_2.**` },
    { ours: `${layer}feedForward.up.**`, theirs: `${their}ffn.up_proj.**` },
    { ours: `${layer}feedForward.down.**`, theirs: `${their}ffn.down_proj.**` },
  ];
};
