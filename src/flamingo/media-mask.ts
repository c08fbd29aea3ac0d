/**
 * phi of the paper's sections 2.3 and A.1.3: which medium a text token may see. With several pictures in a prompt, each
 * token looks at the one that came last before it; what came earlier reaches it through the language model's own
 * attention.
 *
 * Axes: b batch, n text tokens, m media, l latents of a medium.
 */
import { noTap, type Tap } from '../nn/index.ts';
import { requireWholes } from '../tensor/errors.ts';
import { range, repeatInterleave, requireOptions, type Tensor } from '../tensor/index.ts';
import { requireForm } from '../tensor/shape.ts';
import { type DocumentEnds, endedBefore } from './dialects/documents.ts';
import { MEDIA_MASK_RULES, type MediaMaskRules, OTHER_SIGHTS, readsSomething, type Sight } from './dialects/sight.ts';

export interface MediaMaskOptions extends MediaMaskRules, DocumentEnds {
  /** Media of each row, padding included, m. */
  readonly media: number;
  /** Latents of each medium, l. */
  readonly latents: number;
  /** Media that tokens of earlier chunks announced, [b, 1]: `mediaSeen` of their mask. Default 0. */
  readonly mediaBefore?: Tensor | null;
}

/** What each text token may see. Values are 0 and 1, except in `textTime`. */
export interface MediaMask {
  /** Media announced up to and including each token: [b, n]. An <image> token sees its own picture. */
  readonly textTime: Tensor;
  /** [b, n, m] */
  readonly allowed: Tensor;
  /** `allowed` for every key of cross-attention: [b, 1, n, m l]. */
  readonly keys: Tensor;
  /** 0 for tokens whose attention counts as nothing: [b, n, 1]; null when every token reads something. */
  readonly hasMedia: Tensor | null;
  /** [b, n], 1 where a document has ended since the last <image>, the token included; null where none ends. */
  readonly ended: Tensor | null;
}

/** The paper's: phi is the number of media announced so far, and a token sees the medium of this number, the latest. */
const latest: Sight = { phi: (textTime) => textTime, sees: (phi, media) => phi.equal(media) };

/**
 * imageTokens [b, n]: 1 where the token is <image>, else 0. Only tokens of a prompt announce media: for generated ones
 * pass zeros. A row with fewer media than others is padded with any medium at its end: no token gets as far.
 * @throws ShapeError when imageTokens, `ends` or `mediaBefore` has another shape
 * @example
 * ```ts
 * const seen = mediaMask(tensor(device, [[1, 0, 1, 0]]), { media: 2, latents: 1 }); // token 3 sees picture 2
 * ```
 */
export function mediaMask(imageTokens: Tensor, options: MediaMaskOptions, tap: Tap = noTap): MediaMask {
  requireOptions('mediaMask', options, `media latents mediaBefore ends ${MEDIA_MASK_RULES}`);
  const { media: m, latents: l, attend = 'latest', mediaBefore = null, ends = null } = options;
  requireWholes('mediaMask', { media: m, latents: l });
  const [b, n] = requireForm('mediaMask', 'imageTokens', imageTokens, ['b', 'n']);
  if (ends) requireForm('mediaMask', 'ends', ends, [b, n]);
  if (mediaBefore) requireForm('mediaMask', 'mediaBefore', mediaBefore, [b, 1]);
  const counted = imageTokens.cumsum(1); // [b, n]
  const textTime = tap('text_time', mediaBefore ? counted.add(mediaBefore.floor()) : counted); // [b, n]
  const sight = { ...latest, ...OTHER_SIGHTS[attend] };
  const phi = sight.phi(textTime, imageTokens); // [b, n]
  const media = range(imageTokens.device, 1, m + 1).toFloat(); // [m]
  const visible = sight.sees(phi.reshape([b, n, 1]), media); // [b, n, m]
  const earlierEnd = endedBefore(counted, ends, mediaBefore); // [b, n]
  const allowed = tap('allowed', earlierEnd ? visible.mul(earlierEnd.equal(0).reshape([b, n, 1])) : visible);
  const keys = repeatInterleave(allowed, 2, l).reshape([b, 1, n, m * l]);
  // A token that sees no medium (phi = 0) reads nothing.
  const hasMedia = readsSomething(allowed, phi, options)?.reshape([b, n, 1]) ?? null;
  return { textTime, allowed, keys, hasMedia, ended: earlierEnd && ends && earlierEnd.maximum(ends) };
}
