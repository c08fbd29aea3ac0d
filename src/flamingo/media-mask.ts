/**
 * phi of the paper's sections 2.3 and A.1.3: which medium a text token may see. With several pictures in a prompt, each
 * token looks at the one that came last before it; what came earlier reaches it through the language model's own
 * attention.
 *
 * Axes: b batch, n text tokens, m media, l latents of a medium.
 */
import { noTap, type Tap } from '../nn/index.ts';
import { range, repeatInterleave, ShapeError, type Tensor } from '../tensor/index.ts';

/** What text may see, as far as implementations differ. */
export interface MediaMaskRules {
  /**
   * `latest`: the last medium before a token (the paper, section 2.3, and the default). `previous`: all before it (the
   * ablation of its Table 10; only_attend_immediate_media = False in flamingo-pytorch and OpenFlamingo). `next`: the one
   * that comes next, as the paper trains with probability 1/2 (appendix A.3.2) and OpenFlamingo v1 could; an <image>
   * token sees its own.
   */
  readonly attend?: 'latest' | 'previous' | 'next';
  /**
   * What text before the first medium reads: nothing (the paper's phi = 0, and the default), or the mean of all media,
   * later ones included: what flamingo-pytorch and OpenFlamingo do when attending to all previous media.
   */
  readonly beforeFirst?: 'nothing' | 'mean';
  /**
   * What text after more <image> tokens than there are media reads: the mean of all media (flamingo-pytorch,
   * OpenFlamingo and flamingo-mini, and the default; the paper has no such text), or nothing (IDEFICS).
   */
  readonly beyondLast?: 'mean' | 'nothing';
}

export interface MediaMaskOptions extends MediaMaskRules {
  /** Media of each row, padding included, m. */
  readonly media: number;
  /** Latents of each medium, l. */
  readonly latents: number;
  /** Media that tokens of earlier chunks announced, [b, 1]: `mediaSeen` of their mask. Default 0. */
  readonly mediaBefore?: Tensor | null;
  /**
   * [b, n], 1 where a document ends. What follows sees nothing until the next <image> (IDEFICS: after `</s>`, which
   * itself still sees). Default none.
   */
  readonly ends?: Tensor | null;
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
  readonly hasMedia: Tensor | null;
  /** [b, n], 1 where a document has ended since the last <image>, the token included; null where none ends. */
  readonly ended: Tensor | null;
}

/**
 * imageTokens [b, n]: 1 where the token is <image>, else 0. Only tokens of a prompt announce media: for generated ones
 * pass zeros. A row with fewer media than others is padded with any medium at its end: no token gets as far.
 * @throws ShapeError when imageTokens, `ends` or `mediaBefore` has another shape
 */
export function mediaMask(imageTokens: Tensor, options: MediaMaskOptions, tap: Tap = noTap): MediaMask {
  const { media: m, latents: l, attend = 'latest', mediaBefore = null, ends = null } = options;
  const [b, n] = shapeOf(imageTokens, ends, mediaBefore);
  const counted = imageTokens.cumsum(1); // [b, n]
  const textTime = tap('text_time', mediaBefore ? counted.add(mediaBefore.floor()) : counted);
  const mediaIndex = attend === 'next' ? nextTime(textTime, imageTokens) : textTime; // [b, n]
  const mediaTime = range(imageTokens.device, 1, m + 1).toFloat(); // [m]
  const tokenTime = mediaIndex.reshape([b, n, 1]);
  const visible = attend === 'previous' ? tokenTime.greaterEqual(mediaTime) : tokenTime.equal(mediaTime);
  const endedEarlier = endedBefore(counted, ends, mediaBefore); // [b, n]
  const allowed = tap('allowed', endedEarlier ? visible.mul(endedEarlier.equal(0).reshape([b, n, 1])) : visible); // [b, n, m]
  const keys = repeatInterleave(allowed, 2, l).reshape([b, 1, n, m * l]);
  const hasMedia = reading(allowed, mediaIndex, options)?.reshape([b, 1, n, 1]) ?? null;
  return { textTime, allowed, keys, hasMedia, ended: endedEarlier && ends && endedEarlier.maximum(ends) };
}

/**
 * For the `mediaBefore` of the next chunk, [b, 1]: media announced by the end of this one, and a half more where a document has
 * ended since the last of them.
 */
export function mediaSeen({ textTime, ended }: MediaMask): Tensor {
  return ended ? last(textTime).add(last(ended).mul(0.5)) : last(textTime);
}

/** The same in plain numbers, for one row: 1 where a token is <image>, and where a document ends, after `before`. */
export function mediaSeenAfter(images: readonly number[], ends: readonly number[], before = 0): number {
  return images.reduce((seen, image, i) => {
    if (image) return Math.floor(seen) + 1;
    return ends[i] ? Math.floor(seen) + 0.5 : seen;
  }, before);
}

function shapeOf(imageTokens: Tensor, ends: Tensor | null, mediaBefore: Tensor | null): [b: number, n: number] {
  if (imageTokens.shape.length !== 2)
    throw new ShapeError('mediaMask', 'expected imageTokens [b, n]', imageTokens.shape);
  const [b, n] = imageTokens.shape as [number, number];
  for (const [name, x, columns] of [['ends', ends, n] as const, ['mediaBefore', mediaBefore, 1] as const]) {
    if (x && (x.shape.length !== 2 || x.shape[0] !== b || x.shape[1] !== columns))
      throw new ShapeError('mediaMask', `expected ${name} [${b}, ${columns}]`, x.shape);
  }
  return [b, n];
}

/** The medium after each token, or a token's own where it is <image>; 0 after the last of its row. */
function nextTime(textTime: Tensor, imageTokens: Tensor): Tensor {
  const next = textTime.add(imageTokens.equal(0)); // [b, n]
  return next.mul(next.lessEqual(last(textTime)));
}

/** 1 for tokens before which a document ended with no <image> since; null where no document ends. */
function endedBefore(counted: Tensor, ends: Tensor | null, mediaBefore: Tensor | null): Tensor | null {
  if (!ends) return null;
  const [b, n] = counted.shape as [number, number];
  const sameMedium = counted.reshape([b, n, 1]).equal(counted.reshape([b, 1, n])); // [b, token, earlier token]
  const place = range(counted.device, 0, n).toFloat(); // [n]
  const earlier = place.reshape([n, 1]).greater(place); // [token, earlier token]
  const here = sameMedium
    .mul(earlier)
    .matmul(ends.reshape([b, n, 1]))
    .reshape([b, n]); // ends since the last <image>
  return (mediaBefore ? here.add(counted.equal(0).mul(mediaBefore.sub(mediaBefore.floor()))) : here).greater(0);
}

/** 1 for tokens that read something. One that sees nothing still reads the mean where the rules say so. */
function reading(allowed: Tensor, mediaIndex: Tensor, rules: MediaMaskOptions): Tensor | null {
  const { media, attend = 'latest', beforeFirst = 'nothing', beyondLast = 'mean' } = rules;
  // Attending to all previous media, a token beyond the last sees all of them.
  if (beforeFirst === 'mean' && (beyondLast === 'mean' || attend === 'previous')) return null;
  let hasMedia = allowed.sum(2).greater(0); // [b, n]
  if (beforeFirst === 'mean') hasMedia = hasMedia.maximum(mediaIndex.equal(0));
  if (beyondLast === 'mean') hasMedia = hasMedia.maximum(mediaIndex.greater(media));
  return hasMedia;
}

/** [b, n] -> [b, 1] */
function last(x: Tensor): Tensor {
  const n = x.shape[1] as number;
  return x.slice([[null], [n - 1, n]]);
}
