import { Random } from '../tensor/random.ts';
import { type Shown, type TrainingData, trainingStyles } from './data/index.ts';

/** Drawings of each of them. */
const HANDS = 4;
const VIEWS = 3;

/**
 * Concepts without names that binding episodes show: other emoji and what only icons show, half and half where there are
 * enough, each by up to four hands. The same for the same seed.
 */
export function otherConcepts(
  { pictures, otherEmoji, iconConcepts }: TrainingData,
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
  const emoji = draw(otherEmoji, Math.round(count / 2));
  const icons = draw(iconConcepts, count - emoji.length);
  return [...emoji, ...icons]
    .map((name) => ({ name, styles: hands(name), views: VIEWS }))
    .filter(({ styles }) => styles.length > 1);
}
