import { huggingFaceClip } from './clip.ts';
import { gatedBlockNames, resamplerNames } from './flamingo-pytorch.ts';
import { languageModelNames } from './language-models.ts';
import type { RenameTable } from './rename.ts';

/** Our vision encoder under OpenFlamingo's field, in Hugging Face's names for what is inside. */
const vision: RenameTable = huggingFaceClip.flatMap(({ ours, theirs, ...rest }) =>
  typeof ours === 'string' && ours.startsWith('vision.') ? [{ ours, theirs: `vision_encoder.${theirs}`, ...rest }] : [],
);

const decoder = 'lang_encoder.model.decoder.';
const layer = `${decoder}layers.*.`;

/**
 * `Flamingo` in the names of OpenFlamingo 2.0.1 around OPT: a block lies under the decoder layer that it stands before.
 * The vision encoder is named as transformers does; OpenFlamingo's files hold none.
 */
export const openFlamingoOpt: RenameTable = [
  ...resamplerNames('resampler.', 'perceiver.'),
  { ours: 'resampler.frameEmbeddings', theirs: 'perceiver.frame_embs' },
  { ours: 'resampler.mediaEmbeddings', theirs: 'perceiver.media_time_embs' },
  ...gatedBlockNames('crossAttention.*.', `${layer}gated_cross_attn_layer.`),
  ...languageModelNames(
    'opt',
    { heads: 1 },
    { ours: 'languageModel.', before: 'lang_encoder.', layer: 'decoder_layer.' },
  ),
  ...vision,
];
