import { huggingFaceClip } from './clip.ts';
import { gatedBlockNames, resamplerNames } from './flamingo-pytorch.ts';
import { type LanguageModelKind, languageModelNames, layersPath } from './language-models.ts';
import { otterNames } from './otter.ts';
import type { RenameTable } from './rename.ts';

/** Our vision encoder in Hugging Face's names, `prefix` before them. */
export const visionNames = (prefix: string): RenameTable =>
  huggingFaceClip.flatMap(({ ours, theirs, ...rest }) =>
    String(ours).startsWith('vision.') || String(theirs).startsWith('vision_model.')
      ? [{ ours, theirs: `${prefix}${theirs}`, ...rest }]
      : [],
  );

/** Other places at which OpenFlamingo's modules hang, so that files may hold what lies there twice. */
const aliases = (kind: LanguageModelKind, lm: { readonly heads: number; readonly tied?: boolean }): RenameTable =>
  [
    ...gatedBlockNames('crossAttention.*.', 'lang_encoder.gated_cross_attn_layers.*.'),
    ...languageModelNames(kind, lm, { ours: 'languageModel.', before: 'lang_encoder.' })
      .filter(({ ours }) => String(ours).startsWith('languageModel.layers.*.'))
      .map((rule) => ({
        ...rule,
        theirs: String(rule.theirs).replace(
          `lang_encoder.${layersPath(kind)}.*.`,
          'lang_encoder.old_decoder_blocks.*.',
        ),
      })),
  ].map((rule) => ({ ...rule, alias: true }));

/**
 * `Flamingo` in the names of OpenFlamingo 2.0.1 around any language model: a block lies under the decoder layer that it
 * stands before. The vision encoder is named as transformers does; OpenFlamingo's files hold none.
 */
export const openFlamingoNames = (
  kind: LanguageModelKind,
  lm: { readonly heads: number; readonly tied?: boolean },
): RenameTable => [
  ...resamplerNames('resampler.', 'perceiver.'),
  { ours: 'resampler.frameEmbeddings', theirs: 'perceiver.frame_embs' },
  { ours: 'resampler.mediaEmbeddings', theirs: 'perceiver.media_time_embs' },
  ...gatedBlockNames('crossAttention.*.', `lang_encoder.${layersPath(kind)}.*.gated_cross_attn_layer.`),
  ...languageModelNames(kind, lm, { ours: 'languageModel.', before: 'lang_encoder.', layer: 'decoder_layer.' }),
  ...visionNames('vision_encoder.'),
  ...aliases(kind, lm),
  ...otterNames(`lang_encoder.${layersPath(kind)}.*.gated_cross_attn_layer.`),
];

/** The same around OPT: what the shipped weights are named by. */
export const openFlamingoOpt: RenameTable = openFlamingoNames('opt', { heads: 1 });
