import { Random } from '../tensor/random.ts';
import { type Shown, type TrainingData, trainingStyles } from './data/index.ts';

/** Drawings of each of them. */
const HANDS = 5;
const VIEWS = 3;

/**
 * Concepts that binding episodes show and nobody names: emoji with texts and no kind (but for `spare` ones, on which choices
 * are made), a half of other emoji at most, and what only icons show; each by up to five hands. The same for the same seed.
 */
export function otherConcepts(
  { pictures, vision, bank, otherEmoji, iconConcepts }: TrainingData,
  seed: number,
  count: number,
): Shown[] {
  const random = new Random(seed).fork('others');
  const hands = (name: string): readonly string[] => {
    const all = [...trainingStyles(pictures, name), ...pictures.drawings(name)];
    return random.sample(all, Math.min(HANDS, all.length));
  };
  const draw = (names: readonly string[], most: number): string[] =>
    random.sample(names, Math.min(names.length, Math.max(0, most)));
  const asked = new Set([...bank.seen, ...bank.spare].map(({ name }) => name));
  const kindless = vision.map(({ name }) => name).filter((name) => !asked.has(name));
  const named = draw(kindless, Math.round(count / 4));
  const emoji = draw(otherEmoji, Math.round(count / 2) - named.length);
  const icons = draw(iconConcepts, count - named.length - emoji.length);
  return [...named, ...emoji, ...icons]
    .map((name) => ({ name, styles: hands(name), views: VIEWS }))
    .filter(({ styles }) => styles.length > 1);
}
