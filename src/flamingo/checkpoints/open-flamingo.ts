import { huggingFaceClip } from './clip.ts';
import { optDecoder } from './opt.ts';
import type { RenameTable } from './rename.ts';

const RESAMPLER: RenameTable = [
  { ours: 'resampler.latents', theirs: 'perceiver.latents' },
  { ours: 'resampler.frameEmbeddings', theirs: 'perceiver.frame_embs' },
  { ours: 'resampler.mediaEmbeddings', theirs: 'perceiver.media_time_embs' },
  { ours: 'resampler.norm.**', theirs: 'perceiver.norm.**' },
  { ours: 'resampler.layers.*.attention.normMedia.**', theirs: 'perceiver.layers.*.0.norm_media.**' },
  { ours: 'resampler.layers.*.attention.normLatents.**', theirs: 'perceiver.layers.*.0.norm_latents.**' },
  { ours: 'resampler.layers.*.attention.toQ.**', theirs: 'perceiver.layers.*.0.to_q.**' },
  { ours: 'resampler.layers.*.attention.toKV.**', theirs: 'perceiver.layers.*.0.to_kv.**' },
  { ours: 'resampler.layers.*.attention.toOut.**', theirs: 'perceiver.layers.*.0.to_out.**' },
  { ours: 'resampler.layers.*.feedForwardNorm.**', theirs: 'perceiver.layers.*.1.0.**' },
  { ours: 'resampler.layers.*.feedForward.up.**', theirs: 'perceiver.layers.*.1.1.**' },
  { ours: 'resampler.layers.*.feedForward.down.**', theirs: 'perceiver.layers.*.1.3.**' },
];

/** Blocks under the decoder layer that they stand before. */
const crossAttention = (layers: string): RenameTable => {
  const block = `${layers}.gated_cross_attn_layer`;
  return [
    { ours: 'crossAttention.*.attentionGate', theirs: `${block}.attn_gate` },
    { ours: 'crossAttention.*.denseGate', theirs: `${block}.ff_gate` },
    { ours: 'crossAttention.*.attention.norm.**', theirs: `${block}.attn.norm.**` },
    { ours: 'crossAttention.*.attention.toQ.**', theirs: `${block}.attn.to_q.**` },
    { ours: 'crossAttention.*.attention.toKV.**', theirs: `${block}.attn.to_kv.**` },
    { ours: 'crossAttention.*.attention.toOut.**', theirs: `${block}.attn.to_out.**` },
    { ours: 'crossAttention.*.feedForwardNorm.**', theirs: `${block}.ff.0.**` },
    { ours: 'crossAttention.*.feedForward.up.**', theirs: `${block}.ff.1.**` },
    { ours: 'crossAttention.*.feedForward.down.**', theirs: `${block}.ff.3.**` },
  ];
};

/** Our vision encoder under OpenFlamingo's field, in Hugging Face's names for what is inside. */
const VISION: RenameTable = huggingFaceClip.flatMap(({ ours, theirs, ...rest }) =>
  typeof ours === 'string' && ours.startsWith('vision.') ? [{ ours, theirs: `vision_encoder.${theirs}`, ...rest }] : [],
);

const DECODER = 'lang_encoder.model.decoder.';

/** `Flamingo` in the names of OpenFlamingo 2.0.1 around OPT, with a vision encoder as transformers names it. */
export const openFlamingoOpt: RenameTable = [
  ...RESAMPLER,
  ...crossAttention(`${DECODER}layers.*`),
  ...optDecoder('languageModel.', DECODER, `${DECODER}layers.*.decoder_layer`),
  ...VISION,
];
