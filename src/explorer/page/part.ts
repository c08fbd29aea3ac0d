/** Names of the figure's parts. */

import { t } from './texts.ts';

const PART = /^(vision|resampler|xattn\.\d+|lm\.layers\.\d+)(?=\.|$)/;

/** The part that a value belongs to; null for one that stands between parts. */
export const partOf = (tap: string): string | null => PART.exec(tap)?.[1] ?? null;

/** What a part is called, by the start of its values' names. */
export function nameOfPart(part: string): string {
  if (part === 'vision') return t('encoder');
  if (part === 'resampler') return t('resampler');
  const layer = part.split('.').at(-1) ?? '';
  return part.startsWith('xattn') ? `${t('block')} ${layer}` : t('layer', { n: layer });
}
