import { type DecoderNames, headNames } from './decoder-names.ts';

/** OPT. A final norm and the maps from and to narrower embeddings are there or not, depending on its size. */
export const optNames: DecoderNames = (place) => {
  const [ours, theirs] = [place.ours, `${place.base}decoder.`];
  const [layer, their] = [`${ours}layers.*.`, `${theirs}layers.*.${place.layer}`];
  return [
    { ours: `${ours}embedding.**`, theirs: `${theirs}embed_tokens.**` },
    { ours: `${ours}positions.**`, theirs: `${theirs}embed_positions.**` },
    { ours: `${ours}projectIn.**`, theirs: `${theirs}project_in.**` },
    { ours: `${ours}projectOut.**`, theirs: `${theirs}project_out.**` },
    { ours: `${ours}norm.**`, theirs: `${theirs}final_layer_norm.**` },
    headNames(place, 'lm_head'),
    { ours: `${layer}attentionNorm.**`, theirs: `${their}self_attn_layer_norm.**` },
    { ours: `${layer}attention.toQ.**`, theirs: `${their}self_attn.q_proj.**` },
    { ours: `${layer}attention.toK.**`, theirs: `${their}self_attn.k_proj.**` },
    { ours: `${layer}attention.toV.**`, theirs: `${their}self_attn.v_proj.**` },
    { ours: `${layer}attention.toOut.**`, theirs: `${their}self_attn.out_proj.**` },
    { ours: `${layer}feedForwardNorm.**`, theirs: `${their}final_layer_norm.**` },
    { ours: `${layer}feedForward.up.**`, theirs: `${their}fc1.**` },
    { ours: `${layer}feedForward.down.**`, theirs: `${their}fc2.**` },
    { ours: [], theirs: `${theirs}version` }, // a buffer of fairseq's, in older files
  ];
};
