/**
 * phi of the paper's sections 2.3 and A.1.3: which medium a text token may see. With several pictures in a prompt, each
 * token looks at the one that came last before it; what came earlier reaches it through the language model's own
 * attention.
 *
 * Axes: b batch, n text tokens, m media, l latents of a medium.
 */
import { noTap, type Tap } from '../nn/index.ts';
import { range, repeatEach, ShapeError, type Tensor } from '../tensor/index.ts';

export interface MediaMaskOptions {
  /** Media of each row, padding included, m. */
  readonly media: number;
  /** Latents of each medium, l. */
  readonly latents: number;
  /** The last medium before a token (default), or all before it (the ablation of the paper's Table 10). */
  readonly attend?: 'latest' | 'previous';
  /**
   * What text before the first medium reads: nothing (default), or the mean of all media, later ones included: what
   * flamingo-pytorch and OpenFlamingo do when attending to all previous media.
   */
  readonly beforeFirst?: 'nothing' | 'mean';
  /** Media that tokens of earlier chunks announced, [b, 1]: `mediaSeen` of their mask. Default 0. */
  readonly seen?: Tensor | null;
}

/** What each text token may see. Values are 0 and 1, except in `textTime`. */
export interface MediaMask {
  /** Media announced up to and including each token: [b, n]. An <image> token sees its own picture. */
  readonly textTime: Tensor;
  /** [b, n, m] */
  readonly allowed: Tensor;
  /** `allowed` for every key of cross-attention: [b, 1, n, m l]. */
  readonly keys: Tensor;
  /** 0 for tokens whose attention counts as nothing: [b, 1, n, 1]; null when every token reads something. */
  readonly reads: Tensor | null;
}

/**
 * imageTokens [b, n]: 1 where the token is <image>, else 0. Only tokens of a prompt announce media: for generated ones
 * pass zeros.
 *
 * A token after more <image> tokens than there are media may see nothing, and reads the mean of all media, as in
 * flamingo-pytorch and OpenFlamingo. A row with fewer media than others is padded with any medium at its end: no token
 * gets as far.
 * @throws ShapeError when imageTokens or `seen` has another shape
 */
export function mediaMask(imageTokens: Tensor, options: MediaMaskOptions, tap: Tap = noTap): MediaMask {
  const { media: m, latents: l, attend = 'latest', beforeFirst = 'nothing', seen = null } = options;
  if (imageTokens.shape.length !== 2)
    throw new ShapeError('mediaMask', 'expected imageTokens [b, n]', imageTokens.shape);
  const [b, n] = imageTokens.shape as [number, number];
  if (seen && (seen.shape.length !== 2 || seen.shape[0] !== b || seen.shape[1] !== 1))
    throw new ShapeError('mediaMask', `expected seen [${b}, 1]`, seen.shape);

  const counted = imageTokens.cumulativeSum(1); // [b, n]
  const textTime = tap('text_time', seen ? counted.add(seen) : counted);
  const tokenTime = textTime.reshape([b, n, 1]);
  const mediaTime = range(imageTokens.device, 1, m + 1).toFloat(); // [m]
  const visible = attend === 'latest' ? tokenTime.equal(mediaTime) : tokenTime.greaterEqual(mediaTime);
  const allowed = tap('allowed', visible); // [b, n, m]
  const keys = repeatEach(allowed, 2, l).reshape([b, 1, n, m * l]);
  const reads = beforeFirst === 'nothing' ? textTime.greater(0).reshape([b, 1, n, 1]) : null;
  return { textTime, allowed, keys, reads };
}

/** Media announced by the end of a chunk, for the `seen` of the next: [b, 1] */
export function mediaSeen({ textTime }: MediaMask): Tensor {
  const n = textTime.shape[1] as number;
  return textTime.slice([[null], [n - 1, n]]);
}
