import { writeFileWhole } from '../../files/write-file.ts';
import { Random } from '../../tensor/random.ts';
import { readJson, TrainingError } from '../files.ts';
import { atOnce, type InSteps } from './at-once.ts';
import type { Concept } from './concepts.ts';
import { EVERYDAY } from './everyday.ts';
import { FAMILIES } from './families.ts';
import { normalise } from './names.ts';
import { HELD_STYLE, STYLES, type Style, TRAINING_STYLES, type TrainingStyle } from './styles.ts';

export const SPLIT_FILE = 'splits.json';

/** Which concept is used where; written to `splits.json`, which evaluation reads. Concepts by English name. */
export interface Split {
  readonly seed: number;
  readonly heldStyle: typeof HELD_STYLE;
  readonly trainingStyles: readonly TrainingStyle[];
  /** Demo concepts with pictures in training. */
  readonly seen: readonly string[];
  /** Demo concepts never shown: their names occur in text only. */
  readonly novel: readonly string[];
  /** Demo concepts never shown either, on which choices are made: none is novel, none has a picture in the held style. */
  readonly development: readonly string[];
  /** Near relatives of novel and development concepts: in none of these. */
  readonly excluded: readonly string[];
  /** Everything the vision stage may see: the seen ones and those without a kind. */
  readonly vision: readonly string[];
}

/** What the pictures tell the split. */
export interface PictureFacts {
  /** Styles that have a picture of the concept. */
  styles(concept: string): readonly Style[];
  /** Luminance correlation at 32 px of two concepts in their second-best training style, in [-1, 1]. */
  resemblance(a: string, b: string): number;
}

/** Numbers from training-recipe, Data. */
const RULES = {
  novel: 64,
  development: 24,
  everydayHeld: 3,
  relatives: 5,
  categoryShare: 0.45,
  resemblance: 0.85,
  tagOverlap: 0.4,
  commonTag: 10,
  headTag: 8,
} as const;
/** The showcase, and its partner in the demo. */
const FORCED_NOVEL: readonly string[] = ['flamingo', 'trumpet'];

/**
 * The seed of the shipped split. Chosen before any training, among the first twelve, for what it leaves to train on:
 * 290 concepts to ask about, and at least six of every kind.
 */
export const SPLIT_SEED = 8;

interface Profile {
  readonly concept: Concept;
  readonly words: readonly string[];
  readonly name: string;
  readonly head: string;
  readonly tags: ReadonlySet<string>;
  readonly rareTags: ReadonlySet<string>;
}

function countTags(concepts: readonly Concept[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { tags } of concepts) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return counts;
}

function profile(concept: Concept, tagCounts: ReadonlyMap<string, number>): Profile {
  const words = normalise(concept.name);
  const tags = new Set(concept.tags.map((tag) => normalise(tag).join(' ')));
  const rare = concept.tags.filter((tag) => (tagCounts.get(tag) ?? 0) <= RULES.commonTag);
  return { concept, words, name: words.join(' '), head: words.at(-1) ?? '', tags, rareTags: new Set(rare) };
}

/** One full name inside the other, as words or as part of a compound (melon, watermelon). */
function contains(a: Profile, b: Profile): boolean {
  if (` ${b.name} `.includes(` ${a.name} `)) return true;
  return (
    a.name.length >= 4 &&
    b.words.some(
      (word) =>
        word !== a.name && (word.startsWith(a.name) || word.endsWith(a.name)) && word.length - a.name.length >= 3,
    )
  );
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let shared = 0;
  for (const item of a) if (b.has(item)) shared++;
  const union = a.size + b.size - shared;
  return union === 0 ? 0 : shared / union;
}

function related(a: Profile, b: Profile, headTags: ReadonlyMap<string, number>, facts: PictureFacts): boolean {
  if (a.head === b.head || contains(a, b) || contains(b, a)) return true;
  if (FAMILIES.some((family) => family.test(a.name) && family.test(b.name))) return true;
  const [x, y] = [a.concept, b.concept];
  if (x.group === y.group && (a.tags.has(b.name) || b.tags.has(a.name))) return true;
  if (x.subgroup !== y.subgroup) return false;
  const rareHead = (head: string): boolean => (headTags.get(head) ?? 0) <= RULES.headTag;
  if ((a.tags.has(b.head) && rareHead(b.head)) || (b.tags.has(a.head) && rareHead(a.head))) return true;
  if (jaccard(a.rareTags, b.rareTags) >= RULES.tagOverlap) return true;
  return facts.resemblance(x.name, y.name) >= RULES.resemblance;
}

type Relatives = Map<string, Set<string>>;

/** Near relatives (one hop) of every concept, by the rules of training-recipe, Data. */
export function nearRelatives(concepts: readonly Concept[], facts: PictureFacts): Relatives {
  return atOnce(relativesInSteps(concepts, facts));
}

/** A step is one concept, compared with all after it. */
function* relativesInSteps(concepts: readonly Concept[], facts: PictureFacts): InSteps<Relatives> {
  const tagCounts = countTags(concepts);
  const profiles = concepts.map((concept) => profile(concept, tagCounts));
  const headTags = new Map<string, number>();
  for (const { tags } of profiles) for (const tag of tags) headTags.set(tag, (headTags.get(tag) ?? 0) + 1);
  const relatives: Relatives = new Map(concepts.map(({ name }) => [name, new Set<string>()]));
  for (const [i, a] of profiles.entries()) {
    for (const b of profiles.slice(i + 1)) {
      if (!related(a, b, headTags, facts)) continue;
      relatives.get(a.concept.name)?.add(b.concept.name);
      relatives.get(b.concept.name)?.add(a.concept.name);
    }
    yield;
  }
  return relatives;
}

/** Concepts that can be trained on at all: those with the three full families' pictures. */
export function usableConcepts<T extends Concept>(concepts: readonly T[], facts: Pick<PictureFacts, 'styles'>): T[] {
  const needed: readonly Style[] = ['noto', 'twemoji', 'fluent3d'];
  return concepts.filter(({ name }) => needed.every((style) => facts.styles(name).includes(style)));
}

/** What has been taken out of training while a split is drawn. */
class Draw {
  readonly novel = new Set<string>();
  readonly development = new Set<string>();
  readonly excluded = new Set<string>();
  private readonly kindSizes = new Map<string, number>();
  private readonly taken = new Map<string, number>();
  private readonly relatives: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(usable: readonly Concept[], relatives: ReadonlyMap<string, ReadonlySet<string>>) {
    this.relatives = relatives;
    for (const { category } of usable)
      if (category) this.kindSizes.set(category, (this.kindSizes.get(category) ?? 0) + 1);
  }

  /** Takes the concept and its relatives out, if the rules allow it. */
  take({ name, category }: Concept, into: Set<string>, forced: boolean): void {
    if (category === null || this.isOut(name)) return;
    const kin = [...(this.relatives.get(name) ?? [])];
    const used = (this.taken.get(category) ?? 0) + 1;
    if (!forced) {
      if (kin.length > RULES.relatives || kin.some((other) => this.novel.has(other) || this.development.has(other)))
        return;
      if ([name, ...kin].some((other) => EVERYDAY.includes(other))) return;
      if (used > RULES.categoryShare * (this.kindSizes.get(category) ?? 0)) return;
    }
    into.add(name);
    this.taken.set(category, used);
    for (const relative of kin) this.excluded.add(relative);
  }

  isOut(name: string): boolean {
    return this.novel.has(name) || this.development.has(name) || this.excluded.has(name);
  }
}

/**
 * Draws the novel and the development concepts and excludes their near relatives; deterministic by seed.
 * Novel ones have a kind, pictures in all six styles (the flamingo, forced in, lacks two), at most 5 relatives,
 * are unrelated to each other, and take at most 45 % of any kind; neither they nor their relatives are everyday things,
 * but for those that the forced ones bring (`EVERYDAY`: at most three are held out). Development ones are drawn by the
 * same rules among concepts without a picture in the held style, of which the evaluation makes little use.
 */
export function makeSplit(concepts: readonly Concept[], facts: PictureFacts, seed: number = SPLIT_SEED): Split {
  return atOnce(splitInSteps(concepts, facts, seed));
}

/** `makeSplit`, which takes seconds for all concepts, in steps. */
export function* splitInSteps(concepts: readonly Concept[], facts: PictureFacts, seed: number): InSteps<Split> {
  const usable = usableConcepts(concepts, facts);
  const draw = new Draw(usable, yield* relativesInSteps(usable, facts));
  const candidates = new Random(seed).fork('split').shuffle(usable);
  const inHeldStyle = ({ name }: Concept): boolean => facts.styles(name).includes(HELD_STYLE);
  for (const concept of candidates) if (FORCED_NOVEL.includes(concept.name)) draw.take(concept, draw.novel, true);
  for (const concept of candidates) {
    const complete = facts.styles(concept.name).length === STYLES.length;
    if (complete && draw.novel.size < RULES.novel) draw.take(concept, draw.novel, false);
    if (!inHeldStyle(concept) && draw.development.size < RULES.development) draw.take(concept, draw.development, false);
  }
  const vision = usable.filter(({ name }) => !draw.isOut(name));
  const names = (list: readonly Concept[]): string[] => list.map(({ name }) => name);
  const within = (set: ReadonlySet<string>): string[] => names(usable.filter(({ name }) => set.has(name)));
  const split: Split = {
    seed,
    heldStyle: HELD_STYLE,
    trainingStyles: TRAINING_STYLES,
    seen: names(vision.filter(({ category }) => category !== null)),
    novel: within(draw.novel),
    development: within(draw.development),
    excluded: within(draw.excluded),
    vision: names(vision),
  };
  if (EVERYDAY.filter((name) => draw.isOut(name)).length > RULES.everydayHeld)
    throw new RangeError(`seed ${seed} holds out more than ${RULES.everydayHeld} everyday things`);
  return split;
}

/** Concepts without a kind that binding episodes never show, so that choices can be made on them; fixed by the split. */
const SPARE = { most: 100, share: 1 / 3 } as const;

/** Those of the vision stage's concepts without a kind that the Flamingo stage leaves to development. */
export function spareConcepts({ seed, seen, vision }: Pick<Split, 'seed' | 'seen' | 'vision'>): string[] {
  const askable = new Set(seen);
  const kindless = vision.filter((name) => !askable.has(name));
  const count = Math.min(SPARE.most, Math.floor(kindless.length * SPARE.share));
  return new Random(seed).fork('spare').sample(kindless, count);
}

/** Writes `splits.json`. */
export async function writeSplit(path: string, split: Split): Promise<void> {
  await writeFileWhole(path, `${JSON.stringify(split, null, 1)}\n`);
}

/** @throws TrainingError if the file is not a split; the system's error if it cannot be read */
export async function readSplit(path: string): Promise<Split> {
  const stored = (await readJson(path)) as Partial<Split> | null;
  const split = { ...stored, development: stored?.development ?? [] } as Split; // older files have none
  for (const key of ['seen', 'novel', 'development', 'excluded', 'vision'] as const) {
    if (!Array.isArray(split[key]))
      throw new TrainingError(`${path} is not a split: expected a list of concept names under "${key}"`);
  }
  return split;
}
