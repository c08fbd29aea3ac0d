import { Random } from '../../tensor/random.ts';
import { TrainingError } from '../files.ts';
import type { OwnText } from './own-data.ts';

/** Of the pictures of each answer, every so many-th is held back. */
const ONE_IN = 5;

export interface HeldBack {
  readonly train: readonly OwnText[];
  readonly held: readonly OwnText[];
  /** Lines that are used for neither: they show a held picture beside others. */
  readonly dropped: readonly OwnText[];
}

/**
 * Holds lines back for evaluation, by pictures: of what each answer was given to, one picture in five (the last of a line,
 * which is asked about), with all its lines. No line that is trained on shows a held picture.
 * @throws TrainingError where no answer has five pictures
 */
export function holdBack(texts: readonly OwnText[], seed: number): HeldBack {
  const random = new Random(seed).fork('held back');
  const asked = new Map<string, Set<number>>();
  for (const text of texts) {
    const key = JSON.stringify([text.question, text.answer]);
    asked.set(key, (asked.get(key) ?? new Set()).add(text.pictures.at(-1) as number));
  }
  const held = new Set<number>();
  for (const [key, found] of asked) {
    const all = [...found];
    const wanted = Math.floor(all.length / ONE_IN) - all.filter((picture) => held.has(picture)).length;
    const free = all.filter((picture) => !held.has(picture));
    for (const picture of random.fork(key).sample(free, Math.max(0, wanted))) held.add(picture);
  }
  if (held.size === 0)
    throw new TrainingError(
      `no answer has ${ONE_IN} pictures, so none can be held back to measure with; give such lines with --eval FILE`,
    );
  const isHeld = ({ pictures }: OwnText): boolean => held.has(pictures.at(-1) as number);
  const shows = ({ pictures }: OwnText): boolean => pictures.some((picture) => held.has(picture));
  return {
    train: texts.filter((text) => !shows(text)),
    held: texts.filter(isHeld),
    dropped: texts.filter((text) => shows(text) && !isHeld(text)),
  };
}
