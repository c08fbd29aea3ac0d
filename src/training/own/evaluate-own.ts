import { generate } from '../../flamingo/generate.ts';
import { logLikelihoods } from '../../flamingo/generation/rank.ts';
import { preprocess } from '../../model/image.ts';
import type { LoadedModel } from '../../model/model.ts';
import { encodeAnswer } from '../../model/prompt.ts';
import { scope, type Tensor, tensor } from '../../tensor/index.ts';
import { namingTap } from '../damaged.ts';
import { STOPPED_MEASURING, unlessTold } from '../data/in-steps.ts';
import { wilson } from '../evaluation-rows.ts';
import type { OwnData, OwnText } from './own-data.ts';

/** Right answers of some lines: a share with its 95 % interval (Wilson), and what guessing reaches. */
export interface OwnScore {
  readonly right: number;
  readonly n: number;
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly chance: number;
}

export interface OwnScores {
  /** The right answer is the likeliest of the line's candidates, or of all answers that other lines give to its question. */
  readonly rank: OwnScore;
  /** Greedy generation writes it, letter for letter. */
  readonly greedy: OwnScore;
  /** What was written for each line, in their order. */
  readonly written: readonly string[];
}

/** Answers that could be given to each question: all that some line gives. */
export function answersByQuestion(texts: readonly OwnText[]): Map<string, string[]> {
  const answers = new Map<string, Set<string>>();
  for (const { question, answer } of texts) answers.set(question, (answers.get(question) ?? new Set()).add(answer));
  return new Map(Array.from(answers, ([question, found]) => [question, [...found]]));
}

/**
 * Asks a model for the last answer of every line, from its pictures as `ask` sees them.
 * @param answers to choose from where a line has no candidates: `answersByQuestion` of all lines
 * @throws Interrupted when the signal is aborted before the last line
 */
export async function evaluateOwn(
  model: Pick<LoadedModel, 'flamingo' | 'tokenizer' | 'config'>,
  pictures: OwnData['pictures'],
  texts: readonly OwnText[],
  answers: ReadonlyMap<string, readonly string[]>,
  signal?: AbortSignal,
): Promise<OwnScores> {
  const { flamingo, tokenizer, config } = model;
  const { eoc, image, pad, bos } = tokenizer.special;
  const written: string[] = [];
  let [ranked, chance] = [0, 0];
  for (const text of texts) {
    unlessTold(signal, STOPPED_MEASURING);
    const room = config.limits.tokens - text.answerAt;
    const encoded = (text.candidates ?? answers.get(text.question) ?? [text.answer])
      .map((candidate) => ({ candidate, tokens: [...encodeAnswer(candidate, tokenizer), eoc] }))
      .filter(({ tokens }) => tokens.length <= room);
    const latents = latentsOf(model, pictures, text);
    const prompt = { ids: [text.ids.slice(0, text.answerAt)], latents };
    const [scores = []] = await namingTap(flamingo, () =>
      logLikelihoods(flamingo, prompt, [encoded.map(({ tokens }) => tokens)]),
    );
    const sums = scores.map((tokens) => tokens.reduce((sum, value) => sum + value, 0));
    if (encoded[sums.indexOf(Math.max(...sums))]?.candidate === text.answer) ranked++;
    chance += 1 / encoded.length;
    const longest = Math.max(...encoded.map(({ tokens }) => tokens.length));
    const maxTokens = Math.min(room, longest + 2);
    const [said] = await generate(flamingo, prompt, { stop: eoc, maxTokens, suppress: [image, pad, bos] });
    written.push(tokenizer.decode((said?.ids ?? []).filter((id) => id !== eoc)).trim());
    latents.dispose();
  }
  const greedy = texts.filter(({ answer }, i) => written[i] === answer).length;
  return {
    rank: scoreOf(ranked, texts.length, chance / texts.length),
    greedy: scoreOf(greedy, texts.length, chance / texts.length),
    written,
  };
}

export function scoreOf(right: number, n: number, chance: number): OwnScore {
  return { right, n, value: right / n, ...wilson(right, n), chance };
}

/**
 * A control: every line with the last picture of the next line that has another answer to the same question. What is right
 * still was not read from the picture. Lines without such another are left out.
 */
export function withOtherPictures(texts: readonly OwnText[]): OwnText[] {
  return texts.flatMap((text, at) => {
    const following = [...texts.slice(at + 1), ...texts.slice(0, at)];
    const other = following.find(({ question, answer }) => question === text.question && answer !== text.answer);
    return other ? [{ ...text, pictures: [...text.pictures.slice(0, -1), other.pictures.at(-1) as number] }] : [];
  });
}

/** [1, m, l, w] */
function latentsOf(
  { flamingo, config }: Pick<LoadedModel, 'flamingo' | 'config'>,
  pictures: OwnData['pictures'],
  text: OwnText,
): Tensor {
  const { size } = config.preprocessing;
  const plane = 3 * size * size;
  const values = new Float32Array(text.pictures.length * plane);
  text.pictures.forEach((place, i) => {
    const { picture } = pictures[place] as OwnData['pictures'][number];
    values.set(preprocess(picture, config.preprocessing), i * plane);
  });
  return scope(flamingo.device, () => {
    const pixels = tensor(flamingo.device, values, [1, text.pictures.length, 1, 3, size, size]);
    return flamingo.resample(flamingo.encode(pixels));
  });
}
