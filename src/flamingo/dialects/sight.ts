/** What text may see, as far as the paper's own variants and public implementations differ; docs/dialects.md has the table. */

import type { Tensor } from '../../tensor/index.ts';

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

export const MEDIA_MASK_RULES = 'attend:latest|previous|next beforeFirst:nothing|mean beyondLast:mean|nothing';

/** How media, numbered from 1, and text tokens are brought together. */
export interface Sight {
  /** The number of the medium that each token looks at, 0 for none. textTime and imageTokens [b, n] -> [b, n] */
  readonly phi: (textTime: Tensor, imageTokens: Tensor) => Tensor;
  /** phi [b, n, 1], numbers of media [m] -> [b, n, m] */
  readonly sees: (phi: Tensor, media: Tensor) => Tensor;
}

/** What changes when a token looks at other media than the latest. */
export const OTHER_SIGHTS: Readonly<Record<NonNullable<MediaMaskRules['attend']>, Partial<Sight>>> = {
  latest: {},
  previous: { sees: (phi, media) => phi.greaterEqual(media) },
  // The medium after each token, or a token's own where it is <image>; 0 after the last of its row.
  next: {
    phi: (textTime, imageTokens) => {
      const next = textTime.add(imageTokens.equal(0)); // [b, n]
      return next.mul(next.lessEqual(textTime.slice([[null], [-1]])));
    },
  },
};

/**
 * 1 for tokens that read something, [b, n]: those that see a medium, and those that see none and read the mean of all.
 * Null when every token reads something.
 */
export function readsSomething(allowed: Tensor, phi: Tensor, rules: MediaMaskRules): Tensor | null {
  const { attend = 'latest', beforeFirst = 'nothing', beyondLast = 'mean' } = rules;
  // Attending to all previous media, a token beyond the last sees all of them.
  if (beforeFirst === 'mean' && (beyondLast === 'mean' || attend === 'previous')) return null;
  const reads = allowed.sum(2).greater(0); // [b, n]
  if (beforeFirst === 'mean') return reads.maximum(phi.equal(0));
  return beyondLast === 'mean' ? reads.maximum(phi.greater(allowed.shape[2] as number)) : reads;
}
