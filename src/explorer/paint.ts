/** What the page shows before the weights have come: runs of the scenes, made by `npm run first-paint`. */

import type { ModelFacts, Views } from './protocol.ts';
import type { Item } from './state.ts';

export interface Paint {
  readonly facts: Pick<ModelFacts, 'gates' | 'imageSize' | 'limits'>;
  /** Names of all values of a run. */
  readonly taps: readonly string[];
  readonly scenes: readonly {
    /** The title that the demo gives it. */
    readonly title: string;
    readonly prompt: readonly Item[];
    readonly views: Pick<Views, 'answer' | 'figure' | 'looked' | 'covered'>;
  }[];
}
