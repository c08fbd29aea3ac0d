import type { RenameTable } from './rename.ts';

/** `LanguageModel` at `ours`, in the names of transformers' OPTDecoder at `theirs` with its layers at `layers`. */
export const optDecoder = (ours: string, theirs: string, layers: string): RenameTable => [
  { ours: `${ours}embedding.**`, theirs: `${theirs}embed_tokens.**` },
  { ours: `${ours}positions.**`, theirs: `${theirs}embed_positions.**` },
  { ours: `${ours}norm.**`, theirs: `${theirs}final_layer_norm.**` },
  { ours: `${ours}layers.*.attentionNorm.**`, theirs: `${layers}.self_attn_layer_norm.**` },
  { ours: `${ours}layers.*.attention.toQ.**`, theirs: `${layers}.self_attn.q_proj.**` },
  { ours: `${ours}layers.*.attention.toK.**`, theirs: `${layers}.self_attn.k_proj.**` },
  { ours: `${ours}layers.*.attention.toV.**`, theirs: `${layers}.self_attn.v_proj.**` },
  { ours: `${ours}layers.*.attention.toOut.**`, theirs: `${layers}.self_attn.out_proj.**` },
  { ours: `${ours}layers.*.feedForwardNorm.**`, theirs: `${layers}.final_layer_norm.**` },
  { ours: `${ours}layers.*.feedForward.up.**`, theirs: `${layers}.fc1.**` },
  { ours: `${ours}layers.*.feedForward.down.**`, theirs: `${layers}.fc2.**` },
];

/** `LanguageModel` in the names of transformers' OPTForCausalLM; its head is tied and stored once, as the embedding. */
export const huggingFaceOpt: RenameTable = optDecoder('', 'model.decoder.', 'model.decoder.layers.*');
