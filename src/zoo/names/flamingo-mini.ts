import { requireKinds } from '../../files/kinds.ts';
import { type CrossAttentionConfig, hasBlock } from '../../flamingo/architecture.ts';
import { gatedBlockNames, resamplerNames } from './flamingo-pytorch.ts';
import { type LanguageModelKind, languageModelNames, layersPath } from './language-models.ts';
import { visionNames } from './open-flamingo.ts';
import type { RenameRule, RenameTable } from './rename.ts';

/** What of a model decides how flamingo-mini names it. */
export interface FlamingoMiniPlace {
  readonly kind: LanguageModelKind;
  readonly languageModel: { readonly layers: number; readonly heads: number; readonly tied?: boolean };
  readonly crossAttention: CrossAttentionConfig;
  /** Before all names; `flamingo.` in released files, and the default. */
  readonly prefix?: string;
}

const words = { attentionGate: 'alpha_attn', denseGate: 'alpha_ffw', feedForward: 'ffw' };

/**
 * `Flamingo` in the names of flamingo-mini. A layer of the language model that has a block is wrapped together with it,
 * the others stay where they were; the resampler keeps keys and values apart, the blocks do not.
 */
export function flamingoMiniNames(named: FlamingoMiniPlace): RenameTable {
  requireKinds('flamingoMiniNames', { named }, '{kind,languageModel}');
  const { kind, languageModel: lm, crossAttention, prefix = 'flamingo.' } = named;
  const base = `${prefix}lm.`;
  const place = { ours: 'languageModel.', before: prefix, base };
  const plain = languageModelNames(kind, lm, place);
  requireKinds('flamingoMiniNames', { crossAttention }, '{}');
  const wrapped = languageModelNames(kind, lm, { ...place, layer: 'lm_block.' });
  const isOfLayer = ({ ours, theirs }: RenameRule): boolean =>
    String(ours).startsWith('languageModel.layers.') || String(theirs).startsWith(`${layersPath(kind, base)}.*.`);
  const layers = Array.from({ length: lm.layers }, (_, i) =>
    (hasBlock(i, crossAttention) ? wrapped : plain).filter(isOfLayer).map((rule) => ofLayer(rule, i)),
  ).flat();
  return [
    ...resamplerNames('resampler.', `${prefix}resampler.`, (attention) => [
      `${attention}.to_k.weight`,
      `${attention}.to_v.weight`,
    ]),
    { ours: 'resampler.frameEmbeddings', theirs: `${prefix}resampler.time_pos_emb`, unitAxis: 1 },
    ...gatedBlockNames('crossAttention.*.', `${layersPath(kind, base)}.*.xattn_block.`, words),
    ...layers,
    ...plain.filter((rule) => !isOfLayer(rule)),
    ...visionNames(`${prefix}vision_encoder.`),
  ];
}

/** A rule for all layers as the rule for one. */
function ofLayer({ ours, theirs, ...rest }: RenameRule, i: number): RenameRule {
  const numbered = <T extends RenameRule['ours']>(names: T): T =>
    (typeof names === 'string'
      ? names.replace('.*.', `.${i}.`)
      : names.map((name) => name.replace('.*.', `.${i}.`))) as T;
  return { ...rest, ours: numbered(ours), theirs: numbered(theirs) };
}
