/** What public implementations of the Perceiver Resampler do otherwise than the paper; docs/dialects.md has the table. */

import type { Activation, NormKind } from '../../nn/index.ts';
import { ShapeError, type Tensor } from '../../tensor/index.ts';

export interface ResamplerSwitches {
  /** `squaredRelu` (the paper, and the default; flamingo-mini as released), `gelu` (flamingo-pytorch, OpenFlamingo), `relu` (IDEFICS). */
  readonly activation?: Activation;
  /** Epsilon of all norms; default 1e-5. */
  readonly eps?: number;
  /** A norm of every head's queries and keys before their product: `layer` in IDEFICS. Default none; the paper names none. */
  readonly queryKeyNorm?: NormKind | null;
  /**
   * What more frames than there are embeddings read: what lies between them (`linear`: the paper, appendix B.1.2, and the
   * default), or an error (`error`: OpenFlamingo and flamingo-mini).
   */
  readonly extraFrames?: 'linear' | 'error';
  /** Learned embeddings by the medium's place in the prompt: 4 in flamingo-pytorch. Default 0, none. */
  readonly mediaEmbeddings?: number;
  /** A layer norm after the last layer; default true. */
  readonly finalNorm?: boolean;
}

export const RESAMPLER_SWITCHES =
  'activation:gelu|geluTanh|quickGelu|relu|squaredRelu|silu eps queryKeyNorm:layer|rms|null extraFrames:linear|error mediaEmbeddings finalNorm';

/** Stands in for the interpolation of temporal embeddings. @throws ShapeError always */
export function refuseFrames(table: Tensor, frames: number): never {
  throw new ShapeError('PerceiverResampler', `embeddings for ${table.shape[0]} frames, got ${frames}`, table.shape);
}

/**
 * flamingo-pytorch's media_pos_emb and OpenFlamingo's media_time_embs: x [b, m, v, d] plus a row of the table [media, 1, d]
 * for each medium; without a table x itself.
 * @throws ShapeError when there are more media than rows
 */
export function addMediaOrder(x: Tensor, table: Tensor | null): Tensor {
  if (!table) return x;
  const [m, most] = [x.shape[1] as number, table.shape[0] as number];
  if (m > most) throw new ShapeError('PerceiverResampler', `embeddings for ${most} media, got ${m}`, x.shape);
  return x.add(table.slice([[0, m]])); // + [m, 1, d]
}
