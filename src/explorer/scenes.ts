/** The demo's few-shot prompts as the page writes them. */

import type { PicturePrompt } from '../model/prompt.ts';
import type { Item } from './state.ts';

export interface DemoScript {
  readonly scenes: readonly { readonly title: { readonly en: string }; readonly fewShot: PicturePrompt }[];
}

export interface Scene {
  /** As `weights/snapshots.json` names it. */
  readonly title: string;
  readonly prompt: readonly Item[];
}

/** `pictures/panda.png` is called `panda`. */
export function sceneOf({ title, fewShot }: DemoScript['scenes'][number]): Scene {
  const prompt = fewShot.sequence.map(
    (item): Item => ('text' in item ? { text: item.text } : { picture: item.image.replace(/^.*\/|\.\w+$/g, '') }),
  );
  return { title: title.en, prompt };
}
