/** Prompts and pictures from the disk. */

import { readHeader } from '../files/picture/header.ts';
import { type Picture, PictureError, readPicture } from '../model/image.ts';
import type { Prompt, PromptItem } from '../model/prompt.ts';
import { readBytes } from '../training/prompts-on-disk.ts';
import { sayWorking } from './progress.ts';

export {
  fromFolderOf,
  namingFile,
  readPromptFile,
  readPromptLinesFile,
  readText,
} from '../training/prompts-on-disk.ts';

/** Decodes the pictures of a prompt, each file once. @throws PictureError */
export async function loadPictures(prompt: Prompt): Promise<Prompt<Picture>> {
  const loaded = new Map<string, Picture>();
  const sequence: PromptItem<Picture>[] = [];
  for (const item of prompt.sequence) {
    if ('text' in item) sequence.push(item);
    else {
      const picture = loaded.get(item.image) ?? (await loadPicture(item.image));
      loaded.set(item.image, picture);
      sequence.push({ image: picture });
    }
  }
  return { ...prompt, sequence };
}

/** Pixels that can take a second to decode. */
const LARGE = 12e6;

async function loadPicture(path: string): Promise<Picture> {
  const bytes = await readBytes(path, (what) => new PictureError(path, what, 'a picture file'));
  const { width, height } = readHeader(bytes, path);
  if (width * height > LARGE) sayWorking(path);
  return readPicture(bytes, path);
}
