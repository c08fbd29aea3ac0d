import { requireKinds } from '../../files/kinds.ts';
import { languageModelNames } from './language-models.ts';
import { visionNames } from './open-flamingo.ts';
import type { RenameTable } from './rename.ts';

/** What of a model decides how IDEFICS names it. */
export interface IdeficsPlace {
  readonly languageModel: { readonly heads: number; readonly layers: number; readonly vocabulary: number };
  readonly crossAttention: { readonly every: number };
  /** Rows at the end of embedding and head that are kept apart, since only they are trained; 0 for none. */
  readonly additionalVocabulary: number;
}

/**
 * `Flamingo` in the names of transformers' IdeficsForVisionText2Text. Blocks are counted by themselves there: block j
 * stands before layer j * every. Queries, keys and values are apart.
 */
export function ideficsNames(place: IdeficsPlace): RenameTable {
  requireKinds('ideficsNames', { place }, '{languageModel,crossAttention,additionalVocabulary}');
  const { languageModel: lm, crossAttention, additionalVocabulary } = place;
  const { every } = crossAttention;
  const blocks = Array.from({ length: Math.ceil(lm.layers / every) }, (_, j) =>
    blockNames(`crossAttention.${j * every}.`, `model.gated_cross_attn_layers.${j}.`),
  );
  return [
    ...rowsApart(additionalVocabulary, lm.vocabulary),
    ...resampler,
    ...blocks.flat(),
    ...languageModelNames('llama', { heads: lm.heads, tied: false }, { ours: 'languageModel.' }),
    ...visionNames('model.'),
    { ours: [], theirs: 'model.gated_cross_attn_layers.*.cross_attn.rotary_emb.inv_freq' }, // a buffer that nothing reads
    { ours: [], theirs: 'model.vision_model.embeddings.position_ids' },
  ];
}

/** Embedding and head, whose last rows stand in tensors of their own. */
function rowsApart(additional: number, vocabulary: number): RenameTable {
  if (additional === 0) return [];
  const rows = [vocabulary - additional, additional];
  const embedding = ['model.embed_tokens.weight', 'model.embed_tokens.additional_embedding.weight'];
  return [
    { ours: 'languageModel.embedding.weight', theirs: embedding, rows },
    { ours: 'languageModel.toLogits.weight', theirs: ['lm_head.weight', 'lm_head.additional_fc.weight'], rows },
  ];
}

const [ours, theirs] = ['resampler.layers.*.', 'model.perceiver_resampler.blocks.*.'];

const resampler: RenameTable = [
  { ours: 'resampler.latents', theirs: 'model.perceiver_resampler.latents' },
  { ours: `${ours}attention.normMedia.**`, theirs: `${theirs}0.context_layer_norm.**` },
  { ours: `${ours}attention.normLatents.**`, theirs: `${theirs}0.latents_layer_norm.**` },
  { ours: `${ours}attention.toQ.**`, theirs: `${theirs}0.q_proj.**` },
  { ours: `${ours}attention.toKV.weight`, theirs: [`${theirs}0.k_proj.weight`, `${theirs}0.v_proj.weight`] },
  { ours: `${ours}attention.toOut.**`, theirs: `${theirs}0.output_proj.**` },
  { ours: `${ours}attention.queryNorm.**`, theirs: `${theirs}0.q_layer_norm.**` },
  { ours: `${ours}attention.keyNorm.**`, theirs: `${theirs}0.k_layer_norm.**` },
  { ours: `${ours}feedForwardNorm.**`, theirs: `${theirs}1.ln.**` },
  { ours: `${ours}feedForward.up.**`, theirs: `${theirs}1.fc.**` },
  { ours: `${ours}feedForward.down.**`, theirs: `${theirs}1.c_proj.**` },
  { ours: 'resampler.norm.**', theirs: 'model.perceiver_resampler.layer_norm.**' },
];

const blockNames = (block: string, their: string): RenameTable => [
  { ours: `${block}attentionGate`, theirs: `${their}alpha_cross_attn` },
  { ours: `${block}denseGate`, theirs: `${their}alpha_dense` },
  { ours: `${block}attention.norm.**`, theirs: `${their}input_layernorm.**` },
  { ours: `${block}attention.toQ.**`, theirs: `${their}cross_attn.q_proj.**` },
  {
    ours: `${block}attention.toKV.weight`,
    theirs: [`${their}cross_attn.k_proj.weight`, `${their}cross_attn.v_proj.weight`],
  },
  { ours: `${block}attention.toOut.**`, theirs: `${their}cross_attn.o_proj.**` },
  { ours: `${block}attention.queryNorm.**`, theirs: `${their}cross_attn.q_layer_norm.**` },
  { ours: `${block}attention.keyNorm.**`, theirs: `${their}cross_attn.k_layer_norm.**` },
  { ours: `${block}feedForwardNorm.**`, theirs: `${their}post_attention_layernorm.**` },
  { ours: `${block}feedForward.gate.**`, theirs: `${their}mlp.gate_proj.**` },
  { ours: `${block}feedForward.up.**`, theirs: `${their}mlp.up_proj.**` },
  { ours: `${block}feedForward.down.**`, theirs: `${their}mlp.down_proj.**` },
];
