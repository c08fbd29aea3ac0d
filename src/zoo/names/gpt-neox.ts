import { type DecoderNames, headNames, stackedQueryKeyValue } from './decoder-names.ts';

/** GPT-NeoX, Pythia and RedPajama: rows of query_key_value go by head, [q, k, v] in each. */
export const gptNeoXNames: DecoderNames = (place) => {
  const [ours, theirs] = [place.ours, place.base];
  const [layer, their] = [`${ours}layers.*.`, `${theirs}layers.*.${place.layer}`];
  const qkv = (leaf: string) => ({
    ours: stackedQueryKeyValue(`${layer}attention`, leaf),
    theirs: `${their}attention.query_key_value.${leaf}`,
    groups: place.heads,
  });
  return [
    { ours: `${ours}embedding.**`, theirs: `${theirs}embed_in.**` },
    { ours: `${ours}norm.**`, theirs: `${theirs}final_layer_norm.**` },
    headNames(place, 'embed_out'),
    { ours: `${layer}attentionNorm.**`, theirs: `${their}input_layernorm.**` },
    qkv('weight'),
    qkv('bias'),
    { ours: `${layer}attention.toOut.**`, theirs: `${their}attention.dense.**` },
    { ours: `${layer}feedForwardNorm.**`, theirs: `${their}post_attention_layernorm.**` },
    { ours: `${layer}feedForward.up.**`, theirs: `${their}mlp.dense_h_to_4h.**` },
    { ours: `${layer}feedForward.down.**`, theirs: `${their}mlp.dense_4h_to_h.**` },
    { ours: [], theirs: `${their}attention.bias` }, // the causal mask, a buffer
    { ours: [], theirs: `${their}attention.masked_bias` },
    { ours: [], theirs: `${their}attention.rotary_emb.inv_freq` },
  ];
};
