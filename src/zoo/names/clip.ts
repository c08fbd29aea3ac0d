import type { RenameTable } from './rename.ts';

/** One of CLIP's towers in Hugging Face's names. */
const huggingFaceTower = (ours: string, theirs: string): RenameTable => [
  { ours: `${ours}.layers.*.attentionNorm.**`, theirs: `${theirs}.encoder.layers.*.layer_norm1.**` },
  { ours: `${ours}.layers.*.feedForwardNorm.**`, theirs: `${theirs}.encoder.layers.*.layer_norm2.**` },
  { ours: `${ours}.layers.*.attention.toQ.**`, theirs: `${theirs}.encoder.layers.*.self_attn.q_proj.**` },
  { ours: `${ours}.layers.*.attention.toK.**`, theirs: `${theirs}.encoder.layers.*.self_attn.k_proj.**` },
  { ours: `${ours}.layers.*.attention.toV.**`, theirs: `${theirs}.encoder.layers.*.self_attn.v_proj.**` },
  { ours: `${ours}.layers.*.attention.toOut.**`, theirs: `${theirs}.encoder.layers.*.self_attn.out_proj.**` },
  { ours: `${ours}.layers.*.feedForward.up.**`, theirs: `${theirs}.encoder.layers.*.mlp.fc1.**` },
  { ours: `${ours}.layers.*.feedForward.down.**`, theirs: `${theirs}.encoder.layers.*.mlp.fc2.**` },
];

/** `Clip` in the names of transformers' CLIPModel, and of CLIPVisionModel for the vision tower alone. */
export const huggingFaceClip: RenameTable = [
  { ours: 'vision.classEmbedding', theirs: 'vision_model.embeddings.class_embedding' },
  { ours: 'vision.patchEmbedding', theirs: 'vision_model.embeddings.patch_embedding.weight' },
  { ours: 'vision.positionEmbedding', theirs: 'vision_model.embeddings.position_embedding.weight' },
  { ours: 'vision.preNorm.**', theirs: 'vision_model.pre_layrnorm.**' }, // sic
  { ours: 'vision.postNorm.**', theirs: 'vision_model.post_layernorm.**' },
  { ours: 'vision.projection.**', theirs: 'visual_projection.**' },
  ...huggingFaceTower('vision', 'vision_model'),
  { ours: 'text.tokenEmbedding.**', theirs: 'text_model.embeddings.token_embedding.**' },
  { ours: 'text.positionEmbedding.**', theirs: 'text_model.embeddings.position_embedding.**' },
  { ours: 'text.norm.**', theirs: 'text_model.final_layer_norm.**' },
  { ours: 'text.projection.**', theirs: 'text_projection.**' },
  ...huggingFaceTower('text', 'text_model'),
  { ours: 'logitScale', theirs: 'logit_scale' },
  { ours: [], theirs: 'vision_model.embeddings.position_ids' }, // counted numbers, in older files
  { ours: [], theirs: 'text_model.embeddings.position_ids' },
];

/** One of CLIP's towers in OpenAI's names: queries, keys and values are rows of one matrix. */
const openAiTower = (ours: string, theirs: string): RenameTable => {
  const attention = `${ours}.layers.*.attention`;
  const stacked = (leaf: string): string[] => ['toQ', 'toK', 'toV'].map((name) => `${attention}.${name}.${leaf}`);
  return [
    { ours: `${ours}.layers.*.attentionNorm.**`, theirs: `${theirs}.resblocks.*.ln_1.**` },
    { ours: `${ours}.layers.*.feedForwardNorm.**`, theirs: `${theirs}.resblocks.*.ln_2.**` },
    { ours: stacked('weight'), theirs: `${theirs}.resblocks.*.attn.in_proj_weight` },
    { ours: stacked('bias'), theirs: `${theirs}.resblocks.*.attn.in_proj_bias` },
    { ours: `${attention}.toOut.**`, theirs: `${theirs}.resblocks.*.attn.out_proj.**` },
    { ours: `${ours}.layers.*.feedForward.up.**`, theirs: `${theirs}.resblocks.*.mlp.c_fc.**` },
    { ours: `${ours}.layers.*.feedForward.down.**`, theirs: `${theirs}.resblocks.*.mlp.c_proj.**` },
  ];
};

/** `Clip` in the names of OpenAI's release and of open_clip. Its activation is quickGelu, which no weights file says. */
export const openAiClip: RenameTable = [
  { ours: 'vision.classEmbedding', theirs: 'visual.class_embedding' },
  { ours: 'vision.patchEmbedding', theirs: 'visual.conv1.weight' },
  { ours: 'vision.positionEmbedding', theirs: 'visual.positional_embedding' },
  { ours: 'vision.preNorm.**', theirs: 'visual.ln_pre.**' },
  { ours: 'vision.postNorm.**', theirs: 'visual.ln_post.**' },
  { ours: 'vision.projection.weight', theirs: 'visual.proj', transposed: true },
  ...openAiTower('vision', 'visual.transformer'),
  { ours: 'text.tokenEmbedding.**', theirs: 'token_embedding.**' },
  { ours: 'text.positionEmbedding.weight', theirs: 'positional_embedding' },
  { ours: 'text.norm.**', theirs: 'ln_final.**' },
  { ours: 'text.projection.weight', theirs: 'text_projection', transposed: true },
  ...openAiTower('text', 'transformer'),
  { ours: 'logitScale', theirs: 'logit_scale' },
  { ours: [], theirs: 'attn_mask' }, // the causal mask, a buffer
  // Numbers of OpenAI's own archives.
  ...['input_resolution', 'context_length', 'vocab_size'].map((theirs) => ({ ours: [], theirs })),
];

/** Which of the two layouts a file is in, told by its names; undefined when it is neither. */
export function clipLayout(names: readonly string[]): RenameTable | undefined {
  if (names.includes('vision_model.embeddings.class_embedding')) return huggingFaceClip;
  return names.includes('visual.class_embedding') ? openAiClip : undefined;
}
