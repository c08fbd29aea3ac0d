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
export function loadPictures(prompt: Prompt): Promise<Prompt<Picture>> {
  return new PictureShelf().load(prompt);
}

/** Bytes of pixels that are kept. */
const MOST = 2 ** 28;

/** Pictures that several prompts show: each file is decoded once, while there is room. */
export class PictureShelf {
  private readonly kept = new Map<string, Picture>();
  private bytes = 0;

  /** @throws PictureError */
  async load(prompt: Prompt): Promise<Prompt<Picture>> {
    const sequence: PromptItem<Picture>[] = [];
    for (const item of prompt.sequence)
      sequence.push('text' in item ? item : { image: await this.picture(item.image) });
    return { ...prompt, sequence };
  }

  private async picture(path: string): Promise<Picture> {
    const known = this.kept.get(path);
    const picture = known ?? (await loadPicture(path));
    this.kept.delete(path);
    this.kept.set(path, picture); // the last used last
    if (!known) this.bytes += picture.rgba.length;
    for (const [oldest, { rgba }] of this.kept) {
      if (this.bytes <= MOST || oldest === path) break;
      this.kept.delete(oldest);
      this.bytes -= rgba.length;
    }
    return picture;
  }
}

/** Pixels that can take a second to decode. */
const LARGE = 12e6;

async function loadPicture(path: string): Promise<Picture> {
  const bytes = await readBytes(path, (what) => new PictureError(path, what, 'a picture file'));
  const { width, height } = readHeader(bytes, path);
  if (width * height > LARGE) sayWorking(path);
  return readPicture(bytes, path);
}
