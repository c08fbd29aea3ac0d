/**
 * Names of Otter (Luodian/Otter, modeling_otter.py), whose model is OpenFlamingo's: a layer of the resampler is one module
 * instead of a pair, and feed-forward networks are called `feed_forward`.
 */
import type { RenameTable } from './rename.ts';

const feedForward = (ours: string, theirs: string): RenameTable => [
  { ours: `${ours}feedForwardNorm.**`, theirs: `${theirs}feed_forward.0.**` },
  { ours: `${ours}feedForward.up.**`, theirs: `${theirs}feed_forward.1.**` },
  { ours: `${ours}feedForward.down.**`, theirs: `${theirs}feed_forward.3.**` },
];

const [ours, theirs] = ['resampler.layers.*.', 'perceiver.layers.*.'];

/** What Otter names otherwise than OpenFlamingo, only ever read; `blocks` is where the gated blocks hang. */
export const otterNames = (blocks: string): RenameTable =>
  [
    { ours: `${ours}attention.normMedia.**`, theirs: `${theirs}norm_media.**` },
    { ours: `${ours}attention.normLatents.**`, theirs: `${theirs}norm_latents.**` },
    { ours: `${ours}attention.toQ.**`, theirs: `${theirs}to_q.**` },
    { ours: `${ours}attention.toKV.**`, theirs: `${theirs}to_kv.**` },
    { ours: `${ours}attention.toOut.**`, theirs: `${theirs}to_out.**` },
    ...feedForward(ours, theirs),
    ...feedForward('crossAttention.*.', blocks),
  ].map((rule) => ({ ...rule, alias: true }));
