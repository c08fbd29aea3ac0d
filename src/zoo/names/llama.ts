import { type DecoderNames, headNames } from './decoder-names.ts';

/** LLaMA. */
export const llamaNames: DecoderNames = (place) => {
  const [ours, theirs] = [place.ours, place.base];
  const [layer, their] = [`${ours}layers.*.`, `${theirs}layers.*.${place.layer}`];
  return [
    { ours: `${ours}embedding.**`, theirs: `${theirs}embed_tokens.**` },
    { ours: `${ours}norm.**`, theirs: `${theirs}norm.**` },
    headNames(place, 'lm_head'),
    { ours: `${layer}attentionNorm.**`, theirs: `${their}input_layernorm.**` },
    { ours: `${layer}attention.toQ.**`, theirs: `${their}self_attn.q_proj.**` },
    { ours: `${layer}attention.toK.**`, theirs: `${their}self_attn.k_proj.**` },
    { ours: `${layer}attention.toV.**`, theirs: `${their}self_attn.v_proj.**` },
    { ours: `${layer}attention.toOut.**`, theirs: `${their}self_attn.o_proj.**` },
    { ours: `${layer}feedForwardNorm.**`, theirs: `${their}post_attention_layernorm.**` },
    { ours: `${layer}feedForward.gate.**`, theirs: `${their}mlp.gate_proj.**` },
    { ours: `${layer}feedForward.up.**`, theirs: `${their}mlp.up_proj.**` },
    { ours: `${layer}feedForward.down.**`, theirs: `${their}mlp.down_proj.**` },
    { ours: [], theirs: `${their}self_attn.rotary_emb.inv_freq` },
  ];
};
