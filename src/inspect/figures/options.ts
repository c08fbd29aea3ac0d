/** What may be said of every figure: apart from what draws it, whose types need Plot's. */

import type { Language } from './words.ts';

export interface FigureOptions {
  /** Default `en`. */
  readonly lang?: Language;
  /** What makes the elements: the page's own by default, in Node that of linkedom. */
  readonly document?: Document;
  /** True if title and note are drawn, which is the default. A page that writes them itself wants them no second time. */
  readonly heading?: boolean;
}

export const FIGURE_OPTIONS = 'lang:en|ko document heading';
