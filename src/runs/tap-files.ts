/** Where the code is that computes a value. */

const FILES: readonly (readonly [names: RegExp, file: string])[] = [
  [/\.attention\.(queries|keys|values|scores|weights|heads)$/, 'src/nn/attention.ts'],
  [/\.feedforward\.hidden$/, 'src/nn/feed-forward.ts'],
  [/\.attention\.ungated$/, 'src/flamingo/dialects/block.ts'],
  [/^(vision|lm)\.layers\./, 'src/flamingo/transformer-layer.ts'],
  [/^vision\./, 'src/flamingo/vision-encoder.ts'],
  [/^resampler\./, 'src/flamingo/perceiver-resampler.ts'],
  [/^xattn\./, 'src/flamingo/gated-cross-attention.ts'],
  [/^mask\./, 'src/flamingo/media-mask.ts'],
  [/^(lm\.|logits$)/, 'src/flamingo/language-model.ts'],
];

/** The file in which a value gets its name; empty for an unknown one. */
export function fileOf(tap: string): string {
  return FILES.find(([names]) => names.test(tap))?.[1] ?? '';
}
