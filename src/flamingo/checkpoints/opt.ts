import type { RenameTable } from './rename.ts';

/** `LanguageModel` at `ours`, in the names of transformers' OPTDecoder at `theirs` each layer at `layer`. */
export const optDecoder = (ours: string, theirs: string, layer: string): RenameTable => [
  { ours: `${ours}embedding.**`, theirs: `${theirs}embed_tokens.**` },
  { ours: `${ours}positions.**`, theirs: `${theirs}embed_positions.**` },
  { ours: `${ours}norm.**`, theirs: `${theirs}final_layer_norm.**` },
  { ours: `${ours}layers.*.attentionNorm.**`, theirs: `${layer}self_attn_layer_norm.**` },
  { ours: `${ours}layers.*.attention.toQ.**`, theirs: `${layer}self_attn.q_proj.**` },
  { ours: `${ours}layers.*.attention.toK.**`, theirs: `${layer}self_attn.k_proj.**` },
  { ours: `${ours}layers.*.attention.toV.**`, theirs: `${layer}self_attn.v_proj.**` },
  { ours: `${ours}layers.*.attention.toOut.**`, theirs: `${layer}self_attn.out_proj.**` },
  { ours: `${ours}layers.*.feedForwardNorm.**`, theirs: `${layer}final_layer_norm.**` },
  { ours: `${ours}layers.*.feedForward.up.**`, theirs: `${layer}fc1.**` },
  { ours: `${ours}layers.*.feedForward.down.**`, theirs: `${layer}fc2.**` },
];

/** `LanguageModel` in the names of transformers' OPTForCausalLM; its head is tied and stored once, as the embedding. */
export const huggingFaceOpt: RenameTable = optDecoder('', 'model.decoder.', 'model.decoder.layers.*.');
