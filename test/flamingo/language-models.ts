import type { LanguageModelKind } from '../../src/zoo/names/language-models.ts';

/** A small config.json of each kind of language model; every size differs from every other where the model allows it. */
export const SMALL: Readonly<Record<LanguageModelKind | 'opt-350m', Readonly<Record<string, unknown>>>> = {
  opt: {
    ...{ model_type: 'opt', vocab_size: 31, hidden_size: 24, word_embed_proj_dim: 24, num_hidden_layers: 2 },
    ...{ num_attention_heads: 3, ffn_dim: 40, max_position_embeddings: 20 },
  },
  'opt-350m': {
    ...{ model_type: 'opt', vocab_size: 31, hidden_size: 24, word_embed_proj_dim: 18, num_hidden_layers: 2 },
    ...{ num_attention_heads: 3, ffn_dim: 40, max_position_embeddings: 20, do_layer_norm_before: false },
  },
  gpt2: { model_type: 'gpt2', vocab_size: 31, n_embd: 24, n_layer: 2, n_head: 3, n_inner: 40, n_positions: 20 },
  gptj: {
    ...{ model_type: 'gptj', vocab_size: 31, n_embd: 24, n_layer: 2, n_head: 3, n_inner: 40, n_positions: 20 },
    ...{ rotary_dim: 4 },
  },
  gpt_neox: {
    ...{ model_type: 'gpt_neox', vocab_size: 31, hidden_size: 24, num_hidden_layers: 2, num_attention_heads: 3 },
    ...{ intermediate_size: 40, max_position_embeddings: 20, rotary_pct: 0.5 },
  },
  llama: {
    ...{ model_type: 'llama', vocab_size: 31, hidden_size: 24, num_hidden_layers: 2, num_attention_heads: 6 },
    ...{ num_key_value_heads: 2, head_dim: 10, intermediate_size: 40, max_position_embeddings: 20 },
  },
  mosaic_gpt: {
    ...{
      model_type: 'mosaic_gpt',
      vocab_size: 31,
      d_model: 24,
      n_layers: 2,
      n_heads: 4,
      mlp_ratio: 3,
      max_seq_len: 20,
    },
    ...{ alibi: true, attn_qk_ln: true, no_bias: true },
  },
  mpt: { model_type: 'mpt', vocab_size: 31, d_model: 24, n_layers: 2, n_heads: 3, max_seq_len: 20 },
};
