/**
 * The leaf names that lucidrains/flamingo-pytorch gave and OpenFlamingo and flamingo-mini kept. `ours` and `theirs` are
 * prefixes, each empty or with its dot at the end.
 */
import type { RenameTable } from './rename.ts';

/** Keys and values in one matrix, as we keep them. */
const fusedKeysAndValues = (attention: string): readonly string[] => [`${attention}.to_kv.weight`];

/** The resampler, without its temporal embeddings, in which the implementations differ. */
export const resamplerNames = (
  ours: string,
  theirs: string,
  keysAndValues: (attention: string) => readonly string[] = fusedKeysAndValues,
): RenameTable => [
  { ours: `${ours}latents`, theirs: `${theirs}latents` },
  { ours: `${ours}layers.*.attention.normMedia.**`, theirs: `${theirs}layers.*.0.norm_media.**` },
  { ours: `${ours}layers.*.attention.normLatents.**`, theirs: `${theirs}layers.*.0.norm_latents.**` },
  { ours: `${ours}layers.*.attention.toQ.**`, theirs: `${theirs}layers.*.0.to_q.**` },
  { ours: `${ours}layers.*.attention.toKV.weight`, theirs: keysAndValues(`${theirs}layers.*.0`) },
  { ours: `${ours}layers.*.attention.toOut.**`, theirs: `${theirs}layers.*.0.to_out.**` },
  { ours: `${ours}layers.*.feedForwardNorm.**`, theirs: `${theirs}layers.*.1.0.**` },
  { ours: `${ours}layers.*.feedForward.up.**`, theirs: `${theirs}layers.*.1.1.**` },
  { ours: `${ours}layers.*.feedForward.down.**`, theirs: `${theirs}layers.*.1.3.**` },
  { ours: `${ours}norm.**`, theirs: `${theirs}norm.**` },
];

/** What a gated block calls its alphas and its feed-forward network. */
interface BlockWords {
  readonly attentionGate: string;
  readonly denseGate: string;
  readonly feedForward: string;
}

const WORDS: BlockWords = { attentionGate: 'attn_gate', denseGate: 'ff_gate', feedForward: 'ff' };

/** A gated block. */
export const gatedBlockNames = (ours: string, theirs: string, words: BlockWords = WORDS): RenameTable => [
  { ours: `${ours}attentionGate`, theirs: `${theirs}${words.attentionGate}` },
  { ours: `${ours}denseGate`, theirs: `${theirs}${words.denseGate}` },
  { ours: `${ours}attention.norm.**`, theirs: `${theirs}attn.norm.**` },
  { ours: `${ours}attention.toQ.**`, theirs: `${theirs}attn.to_q.**` },
  { ours: `${ours}attention.toKV.**`, theirs: `${theirs}attn.to_kv.**` },
  { ours: `${ours}attention.toOut.**`, theirs: `${theirs}attn.to_out.**` },
  { ours: `${ours}feedForwardNorm.**`, theirs: `${theirs}${words.feedForward}.0.**` },
  { ours: `${ours}feedForward.up.**`, theirs: `${theirs}${words.feedForward}.1.**` },
  { ours: `${ours}feedForward.down.**`, theirs: `${theirs}${words.feedForward}.3.**` },
];

/** flamingo-pytorch's PerceiverResampler, whose embeddings go by medium. */
export const flamingoPytorchResampler: RenameTable = [
  ...resamplerNames('', ''),
  { ours: 'mediaEmbeddings', theirs: 'media_pos_emb' },
];

/** OpenFlamingo's PerceiverResampler with both of its optional embeddings. */
export const openFlamingoResampler: RenameTable = [
  ...resamplerNames('', ''),
  { ours: 'frameEmbeddings', theirs: 'frame_embs' },
  { ours: 'mediaEmbeddings', theirs: 'media_time_embs' },
];
