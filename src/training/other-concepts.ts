import { Random } from '../tensor/random.ts';
import { type EpisodeMix, type Shown, type TrainingData, trainingStyles } from './data/index.ts';

/** Cached views of each of their pictures. */
const VIEWS = 3;

/**
 * Concepts that binding episodes show and nobody names: other emoji and what only icons show, half and half where there are
 * enough; of the emoji some with texts and no kind, but for the spare ones, on which choices are made. The same for the same
 * seed.
 */
export function otherConcepts(
  { pictures, vision, bank, otherEmoji, iconConcepts }: TrainingData,
  { seed, others: count, mix }: { readonly seed: number; readonly others: number; readonly mix: EpisodeMix },
): Shown[] {
  const random = new Random(seed).fork('others');
  const hands = (name: string): readonly string[] => {
    const all = [...trainingStyles(pictures, name), ...pictures.drawings(name)];
    return random.sample(all, Math.min(mix.hands, all.length));
  };
  const draw = (names: readonly string[], most: number): string[] =>
    random.sample(names, Math.min(names.length, Math.max(0, most)));
  const asked = new Set([...bank.seen, ...bank.spare].map(({ name }) => name));
  const kindless = vision.map(({ name }) => name).filter((name) => !asked.has(name));
  const named = draw(kindless, Math.round(count * mix.kindless));
  const emoji = draw(otherEmoji, Math.round(count / 2) - named.length);
  const icons = draw(iconConcepts, count - named.length - emoji.length);
  return [...named, ...emoji, ...icons]
    .map((name) => ({ name, styles: hands(name), views: VIEWS }))
    .filter(({ styles }) => styles.length > 1);
}
