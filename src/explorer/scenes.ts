/** The demo's few-shot prompts as the page writes them. */

import type { Prompt } from '../model/prompt.ts';
import type { Item } from './state.ts';

export interface DemoScript {
  readonly scenes: readonly { readonly fewShot: Prompt }[];
}

/** `pictures/panda.png` is called `panda`. */
export function itemsOf({ fewShot }: DemoScript['scenes'][number]): Item[] {
  return fewShot.sequence.map((item) =>
    'text' in item ? { text: item.text } : { picture: item.image.replace(/^.*\/|\.\w+$/g, '') },
  );
}
