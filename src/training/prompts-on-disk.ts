/** Files of prompts on the disk, the paths of their pictures resolved. Nothing that a page opens imports this. */

import { dirname, isAbsolute, join } from 'node:path';
import { asResourceError, withoutSecrets } from '../files/location.ts';
import { readFileWhole } from '../files/read-file.ts';
import { ResourceError, readResource } from '../files/resource.ts';
import { isAddress, pictureTitle } from '../model/image/place.ts';
import { PictureError } from '../model/image.ts';
import { type PromptLine, readPromptJson, readPromptLines } from '../model/prompt/file.ts';
import { type Prompt, PromptError, type PromptItem } from '../model/prompt.ts';

/** A text file. @throws PromptError when it is missing, a folder, unreadable or no UTF-8 */
export async function readText(file: string): Promise<string> {
  const bytes = await readBytes(file, (what) => new PromptError(file, what, 'a prompt file'));
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new PromptError(file, 'is not a text in UTF-8', 'a prompt in JSON or JSONL');
  }
}

/** The prompt of a JSON file, its pictures' paths resolved. @throws PromptError that begins with the file's name */
export async function readPromptFile(file: string): Promise<Prompt> {
  const text = await readText(file);
  return namingFile(file, () => fromFolderOf(file, readPromptJson(text)));
}

/** The prompts of a JSONL file, their pictures' paths resolved. */
export async function readPromptLinesFile(file: string): Promise<PromptLine[]> {
  const text = await readText(file);
  const lines = namingFile(file, () => readPromptLines(text));
  return lines.map((line) => ('prompt' in line ? { ...line, prompt: fromFolderOf(file, line.prompt) } : line));
}

/** Puts the file's name, and the line if it is known, before what is wrong in it. */
export function namingFile<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof PromptError)) throw error;
    const place = error.line === undefined ? file : `${file}:${error.line}`;
    throw new PromptError(`${place}: ${error.where}`, error.what, error.expected, error.line);
  }
}

/** Paths are relative to the file that names them. */
export function fromFolderOf(file: string, prompt: Prompt): Prompt {
  const folder = dirname(file);
  const place = (path: string) => (isAbsolute(path) || isAddress(path) ? path : join(folder, path));
  const placed = (item: PromptItem): PromptItem => {
    if ('text' in item) return item;
    if ('image' in item) return { image: place(item.image) };
    return { video: typeof item.video === 'string' ? place(item.video) : item.video.map(place) };
  };
  return { ...prompt, sequence: prompt.sequence.map(placed) };
}

/** @param failure makes the error from what is the matter with the file */
export async function readBytes(path: string, failure: (what: string) => Error): Promise<Uint8Array> {
  try {
    return await readFileWhole(path);
  } catch (error) {
    throw failure(asResourceError(path, error).reason);
  }
}

/** The bytes of a picture by its path or address. @throws PictureError that names it */
export async function readPictureFile(place: string): Promise<Uint8Array> {
  const failure = (what: string): PictureError =>
    new PictureError(withoutSecrets(pictureTitle(place)), what, 'a picture file');
  if (!isAddress(place)) return readBytes(place, failure);
  try {
    return await readResource(place);
  } catch (error) {
    if (!(error instanceof ResourceError)) throw error;
    throw failure(error.reason);
  }
}
