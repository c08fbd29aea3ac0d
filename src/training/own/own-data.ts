/**
 * One's own data: a folder with pictures and a file of interleaved texts, one a line, in the form of prompts:
 *
 *     {"sequence": [{"image": "cat-1.png"}, {"text": "name :"}, {"text": "Momo<EOC>"}]}
 *
 * What stands before an `<EOC>` in its item is an answer, which is learnt; a text without one is a question. The last
 * answer of a line is what the line asks for when it is evaluated.
 */

import { pictureTitle } from '../../model/image/place.ts';
import { type Picture, PictureError, readPicture } from '../../model/image.ts';
import type { PromptLine } from '../../model/prompt/file.ts';
import { plainText } from '../../model/prompt/plain.ts';
import {
  END_OF_CHUNK,
  type PictureItem,
  type PicturePrompt,
  type Prompt,
  PromptError,
  type PromptLimits,
  type PromptTokenizer,
  requirePictures,
  tokenise,
} from '../../model/prompt.ts';
import { TrainingError } from '../files.ts';
import { readPictureFile, readPromptLinesFile } from '../prompts-on-disk.ts';

/** One line, encoded. */
export interface OwnText {
  /** The line of its file, from 1. */
  readonly line: number;
  /** From `<BOS>`; one `<image>` token for each picture, in order. */
  readonly ids: readonly number[];
  /** Weights of the loss on predicting `ids[t]`: 1 in answers and at their `<EOC>`, else 0. */
  readonly weights: readonly number[];
  /** Places in the data's pictures. */
  readonly pictures: readonly number[];
  /** Where the last answer begins in `ids`. */
  readonly answerAt: number;
  /** The last answer, without its `<EOC>`. */
  readonly answer: string;
  /** What stands before the last answer, back to the last picture or `<EOC>`. */
  readonly question: string;
  /** What the line says could be answered; null where it says nothing. */
  readonly candidates: readonly string[] | null;
}

/** Texts of one or several files with their pictures, each picture once. */
export interface OwnData {
  readonly files: readonly (readonly OwnText[])[];
  readonly pictures: readonly { readonly path: string; readonly picture: Picture }[];
}

/** What a model says of the lines that it can read. */
export interface OwnReader {
  readonly tokenizer: PromptTokenizer;
  readonly limits: PromptLimits;
}

/** Lines that cannot be used; nothing has been started. */
export class OwnDataError extends TrainingError {
  override name = 'OwnDataError';
  /** `FILE:LINE: what is wrong`, one for each bad line. */
  readonly problems: readonly string[];
  /** The same, as they were found. */
  readonly lines: readonly BadLine[];

  constructor(lines: readonly BadLine[]) {
    const problems = lines.map(({ where, error }) => `${where}: ${error.message}`);
    const most = problems.slice(0, LISTED).map((problem) => `\n  ${problem}`);
    const rest = problems.length > LISTED ? `\n  and ${problems.length - LISTED} more` : '';
    super(
      `${problems.length} ${problems.length === 1 ? 'line' : 'lines'} cannot be used; nothing was started:${most.join('')}${rest}`,
    );
    this.problems = problems;
    this.lines = lines;
  }
}

/** Bad lines that a message lists. */
const LISTED = 20;

/** A line that cannot be used. */
export interface BadLine {
  /** `FILE:LINE` */
  readonly where: string;
  readonly error: Error;
}

/**
 * Reads and checks every line of these files, with every picture that they name.
 * @throws OwnDataError that lists all bad lines; PromptError for a file that is missing, empty or no text
 */
export async function readOwnData(files: readonly string[], reader: OwnReader): Promise<OwnData> {
  const shelf = new Shelf();
  const problems: BadLine[] = [];
  const read: OwnText[][] = [];
  for (const file of files) {
    const texts: OwnText[] = [];
    for (const entry of await readPromptLinesFile(file)) {
      try {
        texts.push(await readLine(entry, reader, shelf));
      } catch (error) {
        if (!(error instanceof PromptError || error instanceof PictureError)) throw error;
        problems.push({ where: `${file}:${entry.line}`, error });
      }
    }
    read.push(texts);
  }
  if (problems.length > 0) throw new OwnDataError(problems);
  return { files: read, pictures: shelf.pictures };
}

async function readLine(entry: PromptLine, { tokenizer, limits }: OwnReader, shelf: Shelf): Promise<OwnText> {
  if ('error' in entry) throw entry.error;
  const { line } = entry;
  const prompt = requirePictures(entry.prompt, "one's own data");
  if (prompt.generate)
    throw new PromptError('generate', 'has no use here', 'only sequence and, to choose from, candidates');
  const places: number[] = [];
  const ids = [tokenizer.special.bos];
  const weights = [0];
  for (const item of prompt.sequence) {
    const own = tokenise({ sequence: [item] }, tokenizer).ids.slice(1);
    const learnt = 'image' in item ? 0 : own.lastIndexOf(tokenizer.special.eoc) + 1;
    for (const [i, id] of own.entries()) {
      ids.push(id);
      weights.push(i < learnt ? 1 : 0);
    }
  }
  const last = lastAnswer(prompt, tokenizer);
  const most = limits.images;
  for (const item of prompt.sequence) if ('image' in item) places.push(await shelf.place(item.image));
  if (places.length === 0) throw new PromptError('sequence', 'holds no picture', 'at least one');
  if (places.length > most) throw new PromptError('sequence', `holds ${places.length} pictures`, `at most ${most}`);
  if (ids.length > limits.tokens)
    throw new PromptError('the line', `has ${ids.length} tokens`, `at most ${limits.tokens}`);
  return {
    line,
    ids,
    weights,
    pictures: places,
    answerAt: ids.length - last.tokens,
    ...last,
    ...candidatesOf(prompt, last.answer),
  };
}

/** The last answer, what was asked for it, and how many tokens it has with its `<EOC>`. */
function lastAnswer(
  { sequence }: PicturePrompt,
  tokenizer: PromptTokenizer,
): { readonly answer: string; readonly question: string; readonly tokens: number } {
  const item = sequence.at(-1) as PictureItem;
  const text = 'text' in item ? plainText(item.text) : '';
  const where = `sequence[${sequence.length - 1}]`;
  if (!text.endsWith(END_OF_CHUNK))
    throw new PromptError(
      where,
      'is not an answer',
      `a text that ends with ${END_OF_CHUNK}: {"text": "a cat${END_OF_CHUNK}"}`,
    );
  const parts = text.split(END_OF_CHUNK);
  const answer = (parts.at(-2) as string).trim();
  if (answer === '') throw new PromptError(where, 'is an empty answer', `some words before ${END_OF_CHUNK}`);
  const picture = sequence.findLastIndex((each) => 'image' in each);
  const between = sequence.slice(picture + 1, -1).map((each) => ('text' in each ? plainText(each.text) : ''));
  const question = parts.length > 2 ? '' : plainText(between.join(' ').split(END_OF_CHUNK).at(-1) as string);
  return { answer, question, tokens: tokenise({ sequence: [{ text: answer }] }, tokenizer).ids.length };
}

function candidatesOf({ candidates }: Prompt, answer: string): Pick<OwnText, 'candidates'> {
  if (!candidates) return { candidates: null };
  const texts = candidates.map(plainText);
  if (!texts.includes(answer))
    throw new PromptError(
      'candidates',
      `does not hold the answer ${JSON.stringify(answer)}`,
      'the right answer among them',
    );
  return { candidates: texts };
}

/** Pictures, each file decoded once. */
class Shelf {
  readonly pictures: { path: string; picture: Picture }[] = [];
  private readonly places = new Map<string, number | Error>();

  /** @throws PictureError, the same for every line that names the picture */
  async place(path: string): Promise<number> {
    let found = this.places.get(path);
    if (found === undefined) {
      found = await this.read(path).catch((error: Error) => error);
      this.places.set(path, found);
    }
    if (found instanceof Error) throw found;
    return found;
  }

  private async read(path: string): Promise<number> {
    const bytes = await readPictureFile(path);
    return this.pictures.push({ path, picture: await readPicture(bytes, pictureTitle(path)) }) - 1;
  }
}
