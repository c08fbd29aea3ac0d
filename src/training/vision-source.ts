import type { Random } from '../tensor/random.ts';
import { type Concept, type TrainingData, trainingStyles } from './data/index.ts';
import { type ScaleRange, trainingAugmentation } from './data/render.ts';
import { renderHeavily } from './heavy.ts';

/** A concept as the vision stage sees it. */
interface Subject {
  readonly name: string;
  /** The emoji styles that training may see; none for a concept that only icons show. */
  readonly styles: readonly string[];
  /** Other drawings: icons, fonts, older emoji. */
  readonly drawings: readonly string[];
}

/** A step's concepts: those with texts first. */
export interface Draw {
  /** Places in the list of concepts with texts. */
  readonly named: readonly number[];
  readonly subjects: readonly Subject[];
}

/** How views are drawn (training recipe 2, section 5). */
export interface ViewRecipe {
  /** Concepts without texts in a step, and which share of them are emoji. */
  readonly others: number;
  readonly otherEmoji: number;
  /** Share of second views of an emoji that are an icon, a font's or an older drawing. */
  readonly drawings: number;
  /** Share of second views that are rendered heavily. */
  readonly heavy: number;
  readonly scale: ScaleRange;
}

/** What the vision stage draws its batches from. */
export class VisionSource {
  private readonly data: TrainingData;
  private readonly recipe: ViewRecipe;
  private readonly named: readonly Subject[];
  private readonly emoji: readonly Subject[];
  private readonly icons: readonly Subject[];

  constructor(data: TrainingData, recipe: ViewRecipe) {
    this.data = data;
    this.recipe = recipe;
    const subject = ({ name }: Pick<Concept, 'name'>): Subject => ({
      name,
      styles: trainingStyles(data.pictures, name),
      drawings: data.pictures.drawings(name),
    });
    this.named = data.vision.map(subject);
    this.emoji = data.otherEmoji.map((name) => subject({ name }));
    this.icons = data.iconConcepts.map((name) => subject({ name }));
  }

  /** `batch` concepts with texts and the recipe's number of others, all different. */
  draw(random: Random, batch: number): Draw {
    const named = random.sample([...this.named.keys()], batch);
    const { others, otherEmoji } = this.recipe;
    const emoji = Math.min(this.emoji.length, Math.round(others * otherEmoji));
    const icons = Math.min(this.icons.length, others - emoji);
    const subjects = [
      ...named.map((place) => this.named[place] as Subject),
      ...random.sample(this.emoji, emoji),
      ...random.sample(this.icons, icons),
    ];
    return { named, subjects };
  }

  /** Concepts of a step: fewer than asked for where the data holds no others. */
  size(batch: number): number {
    const { others, otherEmoji } = this.recipe;
    const emoji = Math.min(this.emoji.length, Math.round(others * otherEmoji));
    return batch + emoji + Math.min(this.icons.length, others - emoji);
  }

  /** Two views of a concept by different hands where there are two, [3, size, size] each. */
  views(
    { name, styles, drawings }: Subject,
    random: Random,
    size: number,
    out: readonly [Float32Array, Float32Array],
  ): void {
    const [first, second] = this.hands(styles, drawings, random);
    this.view(name, first, random, size, out[0], false);
    this.view(name, second, random, size, out[1], random.chance(this.recipe.heavy));
  }

  private hands(styles: readonly string[], drawings: readonly string[], random: Random): [string, string] {
    const all = styles.length > 0 ? styles : drawings;
    const [first = '', second = first] = random.sample(all, Math.min(2, all.length));
    if (styles.length === 0 || drawings.length === 0 || !random.chance(this.recipe.drawings)) return [first, second];
    return [first, random.pick(drawings)];
  }

  private view(name: string, style: string, random: Random, size: number, out: Float32Array, heavy: boolean): void {
    const how = trainingAugmentation(random, this.recipe.scale);
    this.data.pictures.renderAs(name, style, how, size, out, random);
    if (heavy) renderHeavily(out, size, random);
  }
}
