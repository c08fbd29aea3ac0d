import type { Random } from '../../tensor/random.ts';
import type { Concept } from './concepts.ts';
import type { Pictures } from './pictures.ts';
import { TRAINING_STYLES, type TrainingStyle } from './styles.ts';

/** Training styles that have a picture of the concept; never the held one. */
export function trainingStyles(pictures: Pick<Pictures, 'has'>, concept: string): TrainingStyle[] {
  return TRAINING_STYLES.filter((style) => pictures.has(concept, style));
}

/** Text for the contrastive stage (training-recipe, Stage 1): the name, half of the time with up to 2 tags, 30 % Korean. */
export function caption(concept: Concept, random: Random): string {
  const korean = random.chance(0.3);
  const [name, tags] = korean ? [concept.korean, concept.koreanTags] : [concept.name, concept.tags];
  if (random.chance(0.5)) return name;
  return [name, ...random.sample(tags, Math.min(tags.length, 1 + random.integer(2)))].join(' ');
}
