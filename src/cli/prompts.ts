/** Prompts and pictures from the disk. */

import { readHeader } from '../files/picture/header.ts';
import { readFrames } from '../model/image/frames.ts';
import { pictureTitle } from '../model/image/place.ts';
import { type Picture, readPicture } from '../model/image.ts';
import { type PicturePrompt, type Prompt, type PromptItem, requirePictures } from '../model/prompt.ts';
import { readPictureFile } from '../training/prompts-on-disk.ts';
import { sayWorking } from './progress.ts';

export {
  fromFolderOf,
  namingFile,
  readPromptFile,
  readPromptLinesFile,
  readText,
} from '../training/prompts-on-disk.ts';

/** Decodes the pictures of a prompt, each file once. @throws PictureError */
export async function loadPictures(prompt: PicturePrompt): Promise<PicturePrompt<Picture>> {
  return requirePictures(await new PictureShelf().load(prompt), 'this');
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
    for (const item of prompt.sequence) {
      if ('text' in item) sequence.push(item);
      else if ('image' in item) sequence.push({ image: await this.picture(item.image) });
      else if (typeof item.video === 'string') sequence.push({ video: await framesOf(item.video) });
      else {
        const frames: Picture[] = [];
        for (const path of item.video) frames.push(await this.picture(path));
        sequence.push({ video: frames });
      }
    }
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

async function framesOf(path: string): Promise<Picture[]> {
  return readFrames(await readPictureFile(path), pictureTitle(path));
}

async function loadPicture(path: string): Promise<Picture> {
  const bytes = await readPictureFile(path);
  const title = pictureTitle(path);
  const { width, height } = readHeader(bytes, title);
  if (width * height > LARGE) sayWorking(title);
  return readPicture(bytes, title);
}
