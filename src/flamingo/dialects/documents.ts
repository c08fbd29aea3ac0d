/**
 * Documents that end within a row. IDEFICS packs several into one: text after `</s>`, which itself still sees, sees
 * nothing until the next <image>. The paper has no such rule.
 *
 * Where a row is read in chunks, the media that it has announced are counted, and a half more where a document has ended
 * since the last of them.
 */

import { requireArray, requireNumber } from '../../tensor/errors.ts';
import { range, type Tensor } from '../../tensor/index.ts';
import { requireTensor } from '../../tensor/tensor.ts';

export interface DocumentEnds {
  /** [b, n], 1 where a document ends. Default none. */
  readonly ends?: Tensor | null;
}

/**
 * 1 for tokens before which a document ended with no <image> since, [b, n]; null where no document ends.
 * counted [b, n]: media that this chunk announced up to each token; mediaBefore [b, 1]
 */
export function endedBefore(counted: Tensor, ends: Tensor | null, mediaBefore: Tensor | null): Tensor | null {
  if (!ends) return null;
  const [b, n] = counted.shape as [number, number];
  const sameMedium = counted.reshape([b, n, 1]).equal(counted.reshape([b, 1, n])); // [b, token, earlier token]
  const place = range(counted.device, 0, n).toFloat(); // [n]
  const earlier = place.reshape([n, 1]).greater(place); // [token, earlier token]
  const here = sameMedium.mul(earlier).matmul(ends.reshape([b, n, 1])); // [b, n, 1]: ends since the last <image>
  const before = mediaBefore ? counted.equal(0).mul(mediaBefore.sub(mediaBefore.floor())) : 0; // [b, n]
  return here.reshape([b, n]).add(before).greater(0);
}

/** For the `mediaBefore` of the next chunk, [b, 1]: what was announced, and whether a document ended, by the end of this one. */
export function mediaSeen(mask: { readonly textTime: Tensor; readonly ended: Tensor | null }): Tensor {
  const last = (x: Tensor): Tensor => requireTensor('mediaSeen', x).slice([[null], [-1]]); // [b, n] -> [b, 1]
  return mask?.ended ? last(mask.textTime).add(last(mask.ended).mul(0.5)) : last(mask?.textTime);
}

/** The same in plain numbers, for one row: 1 where a token is <image>, and where a document ends, after `before`. */
export function mediaSeenAfter(images: readonly number[], ends: readonly number[], before = 0): number {
  for (const row of [images, ends]) requireArray('mediaSeenAfter', 'a row', row);
  requireNumber('mediaSeenAfter', 'before', before, 0);
  return images.reduce((seen, image, i) => {
    if (image) return Math.floor(seen) + 1;
    return ends[i] ? Math.floor(seen) + 0.5 : seen;
  }, before);
}
