/** What each tap of a Flamingo is called, and what its axes are. */

import { matcher } from '../nn/index.ts';

const block = ['batch', 'text', 'width'] as const;
const latents = ['batch', 'medium', 'latent', 'width'] as const;
const pictures = ['picture', 'token', 'width'] as const;

/** Axes by role, the first pattern that fits. A picture's token 0 is the class token. */
const AXES: readonly (readonly [pattern: string, axes: readonly string[]])[] = [
  ['vision.layers.*.attention.scores', ['picture', 'head', 'token', 'seen token']],
  ['vision.layers.*.attention.weights', ['picture', 'head', 'token', 'seen token']],
  ['vision.**', pictures],
  ['resampler.in', ['batch', 'medium', 'visual token', 'width']],
  ['resampler.layers.*.attention.scores', ['batch', 'head', 'medium', 'latent', 'visual token, then latent']],
  ['resampler.layers.*.attention.weights', ['batch', 'head', 'medium', 'latent', 'visual token, then latent']],
  ['resampler.**', latents],
  ['mask.text_time', ['batch', 'text']],
  ['mask.allowed', ['batch', 'text', 'medium']],
  ['xattn.*.attention.scores', ['batch', 'head', 'text', 'latent of each medium']],
  ['xattn.*.attention.weights', ['batch', 'head', 'text', 'latent of each medium']],
  ['xattn.*.gate.*', ['gate']],
  ['xattn.**', block],
  ['lm.layers.*.attention.scores', ['batch', 'head', 'text', 'seen text']],
  ['lm.layers.*.attention.weights', ['batch', 'head', 'text', 'seen text']],
  ['lm.**', block],
  ['logits', ['batch', 'text', 'token of the vocabulary']],
];

const RULES = AXES.map(([pattern, axes]) => ({ fits: matcher(pattern), axes }));

/** Names of a tap's axes, in order; empty for a name that is no role. */
export function axesOf(role: string): readonly string[] {
  return RULES.find(({ fits }) => fits(role))?.axes ?? [];
}
