/** A dialogue about pictures as one prompt that grows. */

import {
  checkLimits,
  END_OF_CHUNK,
  type PictureItem,
  type PicturePrompt,
  PromptError,
  type PromptLimits,
  type PromptTokenizer,
} from './prompt.ts';

/** What was asked about a picture. */
export interface Question<Image> {
  readonly image: Image;
  /** '' for a picture behind which nothing is asked. */
  readonly text: string;
}

/** A question with its answer, whoever gave it. */
export interface Turn<Image> {
  readonly question: Question<Image>;
  readonly answer: string;
}

/**
 * The turns so far and a question as a prompt. A picture stands before the first of the questions that follow each other about
 * it: all of them see it, as the latest picture.
 *
 *     <BOS><image> name : panda<EOC> kind :
 */
export function dialoguePrompt<Image>(turns: readonly Turn<Image>[], question: Question<Image>): PicturePrompt<Image> {
  const asked = [...turns.map((turn) => turn.question), question];
  const sequence = asked.flatMap(({ image, text }, i): PictureItem<Image>[] => {
    const answer = turns[i] && ` ${turns[i].answer}${END_OF_CHUNK}`;
    const words = text + (answer ?? '');
    const shown = i > 0 && asked[i - 1]?.image === image;
    return [...(shown ? [] : [{ image }]), ...(words === '' ? [] : [{ text: words }])];
  });
  return { sequence };
}

/**
 * The latest turns that fit into a prompt together with the question; the oldest are left out first.
 * @throws PromptError where not even the question alone fits
 */
export function turnsThatFit<Image>(
  turns: readonly Turn<Image>[],
  question: Question<Image>,
  tokenizer: PromptTokenizer,
  limits: PromptLimits,
): readonly Turn<Image>[] {
  for (let from = 0; ; from++) {
    const left = turns.slice(from);
    try {
      checkLimits(dialoguePrompt(left, question), tokenizer, limits);
      return left;
    } catch (error) {
      if (!(error instanceof PromptError) || left.length === 0) throw error;
    }
  }
}
