/**
 * How a language model tells its tokens apart by place.
 *
 * b batch, n new tokens, m cached tokens and these
 */

import { type Device, type Rotation, range, rotation, type Tensor } from '../tensor/index.ts';
import { requireOptions, requireWord } from '../tensor/options.ts';

/** What a position is counted from: the tokens before it that are no padding (default), or all of them. */
type Count = 'mask' | 'index';

/** A row of a table, added to each token: OPT, GPT-2. */
export interface LearnedPositions {
  readonly kind: 'learned';
  /** Rows before that of position 0; default 0. OPT has 2, and padding, at position -1, reads the second. */
  readonly offset?: number;
  /** Default `mask`. `index` is what a bare forward of GPT-2 does when it is told no positions. */
  readonly count?: Count;
}

/** Queries and keys turn by an angle that grows with the position: LLaMA, GPT-NeoX, GPT-J (Su et al. 2021). */
export interface RotaryPositions {
  readonly kind: 'rotary';
  /** How many dimensions of a head turn; default all. */
  readonly dims?: number;
  /** Default 10000. */
  readonly base?: number;
  /** Default `half`; GPT-J has `pairs`. */
  readonly layout?: 'half' | 'pairs';
  readonly count?: Count;
}

/** Scores fall with the distance of a key, in each head by another slope: MPT (Press et al. 2022). */
export interface AlibiPositions {
  readonly kind: 'alibi';
  /** Default 8. */
  readonly biasMax?: number;
}

export type PositionConfig = LearnedPositions | RotaryPositions | AlibiPositions;

/** The default are OPT's. @throws ArgumentError for another kind, and for a key that the kind does not have */
export function positionsOf(positions: PositionConfig = { kind: 'learned', offset: 2 }): PositionConfig {
  const { kind } = positions;
  requireWord('positions', 'kind', kind, 'learned|rotary|alibi');
  if (kind === 'alibi') requireOptions('positions', positions, 'kind:alibi biasMax');
  else if (kind === 'learned') requireOptions('positions', positions, 'kind:learned offset count:mask|index');
  else requireOptions('positions', positions, 'kind:rotary dims base layout:half|pairs count:mask|index');
  return positions;
}

/** Which tokens are new: those from `past` to `end`, counted with padding. */
export interface Span {
  readonly device: Device;
  readonly past: number;
  readonly end: number;
  /** [b, m] of 1, and 0 on padding; null for all 1. */
  readonly attentionMask: Tensor | null;
}

/** Rows of the table of learned positions: int32 [b, n], or [n] where all rows count alike. */
export function positionRows({ offset = 0, count = 'mask' }: LearnedPositions, span: Span): Tensor {
  const { device, past, end, attentionMask } = span;
  return attentionMask && count === 'mask'
    ? counted(attentionMask, offset, span)
    : range(device, past + offset, end + offset);
}

/** By how much queries and keys of the new tokens turn: [n, 1, pairs], or [b, n, 1, pairs] where rows count differently. */
export function positionRotation(config: RotaryPositions, headDim: number, span: Span): Rotation {
  const { kind: _, dims = headDim, count = 'mask', ...options } = config;
  const { device, past, end, attentionMask } = span;
  const rows = attentionMask && count === 'mask' ? counted(attentionMask, 0, span) : null; // [b, n]
  const first = rows ? 0 : past;
  const positions = Array.from({ length: end - first }, (_, i) => first + i);
  const { cos, sin, layout } = rotation(device, positions, { ...options, dims });
  const forHeads = (table: Tensor): Tensor => {
    const at = rows ? table.embedding(rows) : table;
    return at.reshape([...at.shape.slice(0, -1), 1, at.shape.at(-1) as number]);
  };
  return { cos: forHeads(cos), sin: forHeads(sin), layout };
}

/**
 * Attended tokens before each new one, plus offset: int32 [b, n]. Padding stands at 1, as in transformers; nothing sees it,
 * but where its own rows are learned from their gradient does.
 */
function counted(attentionMask: Tensor, offset: number, { past, end }: Span): Tensor {
  const padding = Math.min(1, offset + end - 1);
  const rows = attentionMask.where(attentionMask.cumsum(1).add(offset - 1), padding);
  return rows.toInt().slice([[null], [past, end]]);
}
