import { type DecoderNames, headNames, stackedQueryKeyValue } from './decoder-names.ts';
import type { RenameTable } from './rename.ts';

/** A Conv1D of transformers: a linear map whose matrix is [in, out]. */
const conv1d = (ours: string, theirs: string): RenameTable => [
  { ours: `${ours}.weight`, theirs: `${theirs}.weight`, transposed: true },
  { ours: `${ours}.bias`, theirs: `${theirs}.bias` },
];

/** GPT-2. */
export const gpt2Names: DecoderNames = (place) => {
  const [ours, theirs] = [place.ours, place.base];
  const [layer, their] = [`${ours}layers.*.`, `${theirs}h.*.${place.layer}`];
  const qkv = (leaf: string): string[] => stackedQueryKeyValue(`${layer}attention`, leaf);
  return [
    { ours: `${ours}embedding.**`, theirs: `${theirs}wte.**` },
    { ours: `${ours}positions.**`, theirs: `${theirs}wpe.**` },
    { ours: `${ours}norm.**`, theirs: `${theirs}ln_f.**` },
    headNames(place, 'lm_head'),
    { ours: `${layer}attentionNorm.**`, theirs: `${their}ln_1.**` },
    { ours: qkv('weight'), theirs: `${their}attn.c_attn.weight`, transposed: true },
    { ours: qkv('bias'), theirs: `${their}attn.c_attn.bias` },
    ...conv1d(`${layer}attention.toOut`, `${their}attn.c_proj`),
    { ours: `${layer}feedForwardNorm.**`, theirs: `${their}ln_2.**` },
    ...conv1d(`${layer}feedForward.up`, `${their}mlp.c_fc`),
    ...conv1d(`${layer}feedForward.down`, `${their}mlp.c_proj`),
    { ours: [], theirs: `${their}attn.bias` }, // the causal mask, a buffer
    { ours: [], theirs: `${their}attn.masked_bias` },
  ];
};
