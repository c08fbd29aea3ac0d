/** What the demo shows: `examples/demo.json`. */

import { parseJson } from '../../model/prompt/file.ts';
import { type PicturePrompt, PromptError, parsePrompt, requirePictures } from '../../model/prompt.ts';
import { LANGUAGES, type Worded } from '../language.ts';
import { fromFolderOf, namingFile, readText } from '../prompts.ts';

interface DemoScript {
  readonly scenes: readonly Scene[];
  /** The prompt in front of which a gate closes. */
  readonly closing: PicturePrompt;
  /** Number, from 1, of the scene whose few-shot prompt runs again on the gpu.js kernels, when that is asked for. */
  readonly again: number;
  /** A prompt file to copy for one's own pictures. */
  readonly own: string;
  readonly credits: Worded;
}

export interface Scene {
  readonly title: Worded;
  readonly zeroShot: PicturePrompt;
  readonly fewShot: PicturePrompt;
}

/** @throws PromptError, with the file's name, when it is no such list */
export async function readScript(file: string): Promise<DemoScript> {
  const text = await readText(file);
  return namingFile(file, () => {
    const { scenes, closing, again, own, credits } = parseJson(text) as DemoScript;
    if (!Array.isArray(scenes)) throw new PromptError('scenes', 'is missing', 'a list of scenes');
    if (scenes[again - 1] === undefined) throw new PromptError('again', 'names no scene', 'the number of a scene');
    const placed = (prompt: unknown): PicturePrompt => requirePictures(fromFolderOf(file, parsePrompt(prompt)), 'demo');
    const placedScenes = scenes.map(({ title, zeroShot, fewShot }: Scene, i) => ({
      title: worded(title, `scenes[${i}].title`),
      zeroShot: placed(zeroShot),
      fewShot: placed(fewShot),
    }));
    return { scenes: placedScenes, closing: placed(closing), again, own, credits: worded(credits, 'credits') };
  });
}

function worded(value: Worded, where: string): Worded {
  if (LANGUAGES.every((language) => typeof value?.[language] === 'string')) return value;
  throw new PromptError(where, 'is not valid', 'a text in each language: {"en": .., "ko": ..}');
}
