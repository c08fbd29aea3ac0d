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

/** Two views of each of `batch` different concepts, in different styles where there are two. */
export interface VisionBatch {
  /** Places in the list of concepts, [batch]. */
  readonly concepts: Int32Array;
  /** First views [batch, 3, size, size], then second views, one after the other: [2 batch, 3, size, size]. */
  readonly images: Float32Array;
}

/** One batch of the contrastive stage; 64 concepts x 2 styles at 32 px in the recipe. */
export function visionBatch(
  pictures: Pictures,
  concepts: readonly Concept[],
  random: Random,
  batch = 64,
  size = 32,
): VisionBatch {
  const places = random.sample(
    concepts.map((_, i) => i),
    batch,
  );
  const floats = 3 * size * size;
  const images = new Float32Array(2 * batch * floats);
  for (const [row, place] of places.entries()) {
    const { name } = concepts[place] as Concept;
    const styles = trainingStyles(pictures, name);
    const [first, second = first] = random.sample(styles, Math.min(2, styles.length));
    pictures.render(name, first as TrainingStyle, random, size, images.subarray(row * floats, (row + 1) * floats));
    pictures.render(
      name,
      second as TrainingStyle,
      random,
      size,
      images.subarray((batch + row) * floats, (batch + row + 1) * floats),
    );
  }
  return { concepts: Int32Array.from(places), images };
}
