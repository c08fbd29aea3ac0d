import { type DecoderNames, headNames } from './decoder-names.ts';

/** GPT-J: one norm for both parts of a layer, a head with a bias. */
export const gptJNames: DecoderNames = (place) => {
  const [ours, theirs] = [place.ours, place.base];
  const [layer, their] = [`${ours}layers.*.`, `${theirs}h.*.${place.layer}`];
  return [
    { ours: `${ours}embedding.**`, theirs: `${theirs}wte.**` },
    { ours: `${ours}norm.**`, theirs: `${theirs}ln_f.**` },
    headNames(place, 'lm_head'),
    { ours: `${layer}attentionNorm.**`, theirs: `${their}ln_1.**` },
    { ours: `${layer}attention.toQ.**`, theirs: `${their}attn.q_proj.**` },
    { ours: `${layer}attention.toK.**`, theirs: `${their}attn.k_proj.**` },
    { ours: `${layer}attention.toV.**`, theirs: `${their}attn.v_proj.**` },
    { ours: `${layer}attention.toOut.**`, theirs: `${their}attn.out_proj.**` },
    { ours: `${layer}feedForward.up.**`, theirs: `${their}mlp.fc_in.**` },
    { ours: `${layer}feedForward.down.**`, theirs: `${their}mlp.fc_out.**` },
    { ours: [], theirs: `${their}attn.bias` }, // the causal mask, a buffer
    { ours: [], theirs: `${their}attn.masked_bias` },
    { ours: [], theirs: `${their}attn.embed_positions` }, // sines and cosines
  ];
};
