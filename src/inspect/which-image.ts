/** Which image a token may see: phi of the paper's section 2.3, read from the run's own mask. */

import { requireKinds } from '../files/kinds.ts';
import { checkIndex, element, type Recorded, range } from './recorded.ts';

/** What to capture for it. */
export const WHICH_IMAGE_TAPS: readonly string[] = ['mask.text_time', 'mask.allowed'];

/** Images are counted from 0. */
export interface TokenSight {
  /** phi: the image that came last up to this token; null before the first. */
  readonly latest: number | null;
  /** All images up to this token: what the ablation of the paper's Table 10 would show it. */
  readonly previous: readonly number[];
  /** What the model's own mask shows it, whichever of both rules it follows. */
  readonly allowed: readonly number[];
}

export interface ImageRibbon {
  /** As many as the mask has: a prompt without pictures has a blank one, which no token may see. */
  readonly images: number;
  readonly tokens: readonly TokenSight[];
}

/**
 * `latest` = phi(token) = images up to and including the token - 1; `previous` = 0 ... phi(token).
 * @param row of the batch, counted from 0; default 0
 * @throws TapError unless `WHICH_IMAGE_TAPS` were captured
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: WHICH_IMAGE_TAPS });
 * const { tokens } = imageRibbon(run); // which picture each token may see
 * ```
 */
export function imageRibbon(run: Recorded, row = 0): ImageRibbon {
  requireKinds('imageRibbon', { run }, '{names,get}');
  const allowed = run.get('mask.allowed'); // [b, n, m]
  const [rows, n, images] = allowed.shape as [number, number, number];
  checkIndex(row, rows, 'row', allowed.name);
  const time = element(run.get('mask.text_time'), 2);
  const sees = element(allowed, 3);
  const tokens = range(n).map((token) => {
    const seen = time(row, token);
    return {
      latest: seen >= 1 && seen <= images ? seen - 1 : null,
      previous: range(Math.min(seen, images)),
      allowed: range(images).filter((image) => sees(row, token, image) > 0),
    };
  });
  return { images, tokens };
}
