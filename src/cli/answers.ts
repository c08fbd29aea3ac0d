/** Prompts with their pictures, and what a model says to them. */

import type { Answer } from '../model/answer.ts';
import type { Picture } from '../model/image.ts';
import type { AnswerOptions, PrepareOptions } from '../model/prepared.ts';
import { checkLimits, type PicturePrompt, type Prompt, type PromptItem } from '../model/prompt.ts';
import type { AnsweringModel, Context } from './context.ts';
import { noteText } from './korean-errors.ts';
import { PictureShelf } from './prompts.ts';
import type { Said } from './render.ts';
import { WORDS } from './words.ts';

/** The prompt with its pictures decoded, what is odd about them said. @throws PromptError, PictureError */
export function checkedPictures(
  prompt: PicturePrompt,
  model: Pick<AnsweringModel, 'tokenizer' | 'limits'>,
  context: Pick<Context, 'err' | 'lang'>,
): Promise<PicturePrompt<Picture>>;
export function checkedPictures(
  prompt: Prompt,
  model: Pick<AnsweringModel, 'tokenizer' | 'limits'>,
  context: Pick<Context, 'err' | 'lang'>,
  shelf?: PictureShelf,
): Promise<Prompt<Picture>>;
export async function checkedPictures(
  prompt: Prompt,
  { tokenizer, limits }: Pick<AnsweringModel, 'tokenizer' | 'limits'>,
  context: Pick<Context, 'err' | 'lang'>,
  shelf?: PictureShelf,
): Promise<Prompt<Picture>> {
  checkLimits(prompt, tokenizer, limits);
  const loaded = await (shelf ?? new PictureShelf()).load(prompt);
  const notes = loaded.sequence.flatMap((item) => mediaNotes(item, limits.frames));
  for (const note of new Set(notes)) context.err(`${WORDS[context.lang].note}: ${noteText(note, context.lang)}\n`);
  return loaded;
}

/** @param most frames that the model takes of a clip */
function mediaNotes(item: PromptItem<Picture>, most = 1): readonly string[] {
  if ('text' in item) return [];
  if ('image' in item) return item.image.notes;
  const frames = [item.video].flat();
  const left = `a clip has ${frames.length} frames: ${most} of them are looked at, evenly`;
  return [...frames.flatMap(({ notes }) => notes), ...(most > 1 && frames.length > most ? [left] : [])];
}

/** Loads the pictures and asks the model. @throws PromptError, PictureError */
export async function answer(
  prompt: Prompt,
  model: AnsweringModel,
  context: Pick<Context, 'err' | 'lang'>,
  options: AnswerOptions & PrepareOptions = {},
  shelf?: PictureShelf,
): Promise<Answer> {
  return model.answer(await checkedPictures(prompt, model, context, shelf), options);
}

/** What became of a line: what is said, or why nothing; notes on its pictures in any case. */
export interface Outcome {
  readonly said?: Said;
  readonly notes: string;
  readonly error?: unknown;
}

/** What prompts of one file have in common. */
export interface Common extends Pick<PrepareOptions, 'shared'> {
  readonly shelf: PictureShelf;
}

/** One prompt of several. */
export async function outcomeOf(
  prompt: Prompt,
  model: AnsweringModel,
  { likely, lang }: { readonly likely: number; readonly lang: Context['lang'] },
  { shelf, shared }: Common,
): Promise<Outcome> {
  let notes = '';
  const err = (text: string): void => {
    notes += text;
  };
  try {
    return { said: await answer(prompt, model, { err, lang }, { likely, shared }, shelf), notes };
  } catch (error) {
    return { error, notes };
  }
}
