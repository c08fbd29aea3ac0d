import type { Random } from '../../tensor/random.ts';
import { classSequence, taskEntry } from './entries.ts';
import { drawWording, type Task } from './prompts.ts';
import type { PictureFacts } from './split.ts';
import { TRAINING_STYLES } from './styles.ts';
import { drawAsking, type Ids, type TextBank } from './text-bank.ts';

/** Which cached view stands at an `<image>` token. */
export interface EpisodeImage {
  readonly concept: string;
  readonly style: string;
  /** 0 to the concept's number of views - 1. */
  readonly view: number;
  /** Of a clip: so many views from this one on are its frames. Absent: a picture, one frame. */
  readonly frames?: number;
}

/** A concept that episodes may show. */
export interface Shown {
  readonly name: string;
  /** Styles that it may be shown in. */
  readonly styles: readonly string[];
  /** Cached views of each picture. */
  readonly views: number;
}

/** One interleaved training sequence. */
export interface Episode {
  /** From `<BOS>`; one `<image>` token per image, in order. */
  readonly ids: readonly number[];
  /** Weight of the loss on predicting `ids[t]` (so `weights[0]` is 0, and logits at t - 1 are scored by `weights[t]`). */
  readonly weights: readonly number[];
  readonly images: readonly EpisodeImage[];
}

/** Episodes padded to one length. */
export interface EpisodeBatch {
  /** [batch, length], `<PAD>` after the end. */
  readonly ids: Int32Array;
  /** [batch, length], aligned with ids as in `Episode`; 0 on padding. */
  readonly weights: Float32Array;
  /** Images of each row, at most `maxImages`. */
  readonly images: readonly (readonly EpisodeImage[])[];
}

interface EpisodeLimits {
  readonly length: number;
  readonly maxImages: number;
}

/** The recipe's: at most 64 tokens and 9 images (training-recipe, Stage 3). */
export const EPISODE_LIMITS: EpisodeLimits = { length: 64, maxImages: 9 };

/** Kinds of episodes that a training is given beside its own: lines of one's own data, and questions about clips and scenes. */
export type GivenKind = 'own' | 'clips' | 'scenes';

/** What an episode is: made-up words bound to pictures, questions answered, or one of a given kind. */
export type EpisodeKind = 'binding' | 'questions' | GivenKind;

/** What draws episodes of the given kinds. */
export type GivenEpisodes = Readonly<Partial<Record<GivenKind, (random: Random) => Episode>>>;

/** How much of the episodes is what, and what other concepts are. */
export interface EpisodeMix {
  /** Share of binding episodes. */
  readonly binding: number;
  /** Of these, the share on concepts without names (training recipe 2: what need not be named teaches to match). */
  readonly others: number;
  /** How often such an episode shows emoji and not icons; null: whatever is drawn, mixed. */
  readonly otherEmoji: number | null;
  /** Share of the other concepts that are emoji with a text and without a kind. */
  readonly kindless: number;
  /** Hands that draw each of them, at most. */
  readonly hands: number;
  /** How often a word's next picture is by a hand that has not shown it in the episode, as evaluation's query is. */
  readonly newHand: number;
}

/** The shares of a training from nothing. */
export const EPISODE_MIX: EpisodeMix = {
  binding: 0.45,
  others: 0.5,
  otherEmoji: null,
  kindless: 0,
  hands: 4,
  newHand: 0,
};

/** The shares of a training from finished weights: more binding, on more concepts by more hands. */
export const WIDE_MIX: EpisodeMix = {
  binding: 0.5,
  others: 0.65,
  otherEmoji: 0.6,
  kindless: 0.25,
  hands: 5,
  newHand: 0.7,
};

/** Shares of training-recipe, Stage 3, but for `prompted`: binding entries that carry a name prompt. */
const SHARES = { withinCategory: 0.3, categoryLevel: 0.12, prompted: 0.35 } as const;

/** Weight of the loss on a label's first occurrence, which cannot be known, and on the `<EOC>` after it. */
const FIRST = { label: 0, eoc: 0.2 } as const;

/** Grows an episode entry by entry, up to its limits. */
export class Builder {
  readonly ids: number[];
  readonly weights: number[] = [0];
  readonly images: EpisodeImage[] = [];
  private readonly special: { readonly bos: number; readonly eoc: number; readonly image: number };
  private readonly limits: EpisodeLimits;

  constructor(bank: TextBank, limits: EpisodeLimits) {
    this.special = bank.tokenizer.special;
    this.limits = limits;
    this.ids = [this.special.bos];
  }

  /** False, and nothing added, if the entry would pass a limit. @param image null: one more question about the last */
  add(
    image: EpisodeImage | null,
    prompt: Ids,
    answer: Ids,
    weight: { readonly label: number; readonly eoc: number },
  ): boolean {
    const pictures = image ? 1 : 0;
    const length = this.ids.length + pictures + prompt.length + answer.length + 1;
    if (length > this.limits.length || this.images.length + pictures > this.limits.maxImages) return false;
    if (image) {
      this.images.push(image);
      this.ids.push(this.special.image);
      this.weights.push(0);
    }
    this.ids.push(...prompt, ...answer, this.special.eoc);
    this.weights.push(...prompt.map(() => 0), ...answer.map(() => weight.label), weight.eoc);
    return true;
  }
}

/** Seen concepts with the training styles that they have. */
export function seenConcepts(bank: TextBank, facts: Pick<PictureFacts, 'styles'>, views: number): Shown[] {
  return bank.seen.map(({ name }) => ({
    name,
    styles: TRAINING_STYLES.filter((style) => facts.styles(name).includes(style)),
    views,
  }));
}

/**
 * Interleaved training (training-recipe, Stage 3): 45 or 50 % binding episodes, "<BOS><image> dax<EOC><image> wug<EOC>
 * <image> dax<EOC>", and the rest naming and kind in either language. Of concepts with
 * names only seen ones in training styles occur.
 * The paper scores all text; here prompts are not scored, and of a binding label only what could be known.
 */
export class Episodes {
  private readonly bank: TextBank;
  private readonly shown: ReadonlyMap<string, Shown>;
  /** Other concepts, all in one list, or emoji and then what only icons show. */
  private readonly others: readonly (readonly Shown[])[];
  private readonly mix: EpisodeMix;
  private readonly given: GivenEpisodes;

  /**
   * @param views cached views per picture (16 in the recipe)
   * @param others concepts without names, for half of the binding episodes or more
   * @param given draws episodes of the given kinds
   */
  constructor(
    bank: TextBank,
    facts: Pick<PictureFacts, 'styles'>,
    views = 16,
    others: readonly Shown[] = [],
    mix: EpisodeMix = EPISODE_MIX,
    given: GivenEpisodes = {},
  ) {
    this.bank = bank;
    this.given = given;
    this.mix = mix;
    const isEmoji = ({ styles }: Shown): boolean =>
      styles.some((style) => TRAINING_STYLES.some((one) => one === style));
    const icons = others.filter((concept) => !isEmoji(concept));
    this.others = mix.otherEmoji === null ? [others] : [others.filter(isEmoji), icons];
    this.shown = new Map([...seenConcepts(bank, facts, views), ...others].map((concept) => [concept.name, concept]));
  }

  /** `batch` episodes (48 in the recipe). */
  batch(random: Random, batch = 48, limits: EpisodeLimits = EPISODE_LIMITS): EpisodeBatch {
    const { length } = limits;
    const ids = new Int32Array(batch * length).fill(this.bank.tokenizer.special.pad);
    const weights = new Float32Array(batch * length);
    const images: (readonly EpisodeImage[])[] = [];
    for (let row = 0; row < batch; row++) {
      const episode = this.episode(random, limits);
      ids.set(episode.ids, row * length);
      weights.set(episode.weights, row * length);
      images.push(episode.images);
    }
    return { ids, weights, images };
  }

  /** @param kind by default drawn: binding as often as the mix says, else questions */
  episode(random: Random, limits: EpisodeLimits = EPISODE_LIMITS, kind?: EpisodeKind): Episode {
    const drawn = kind ?? (random.chance(this.mix.binding) ? 'binding' : 'questions');
    if (drawn === 'binding') return this.binding(random, limits);
    if (drawn === 'questions') return this.tasks(random, limits);
    const given = this.given[drawn];
    if (!given) throw new RangeError(`nothing draws episodes of the kind ${drawn}`);
    return given(random);
  }

  private image(
    { name }: { readonly name: string },
    random: Random,
    shownBefore: readonly EpisodeImage[] = [],
  ): EpisodeImage {
    const { styles, views } = this.shown.get(name) as Shown;
    const { newHand } = this.mix;
    const known = new Set(shownBefore.map(({ style }) => style));
    const fresh = newHand > 0 && random.chance(newHand) ? styles.filter((style) => !known.has(style)) : [];
    return { concept: name, style: random.pick(fresh.length > 0 ? fresh : styles), view: random.integer(views) };
  }

  private binding(random: Random, limits: EpisodeLimits): Episode {
    const ways = 2 + random.integer(3);
    const classes = this.classes(random, ways);
    const labels = this.bank.labels(random, ways);
    const task: Task = random.chance(0.7) ? 'name' : 'koreanName';
    const wording = random.chance(SHARES.prompted) ? drawWording(random) : null;
    const builder = new Builder(this.bank, limits);
    const met = new Map<number, EpisodeImage[]>();
    for (const way of classSequence(ways, random)) {
      const concept = random.pick(classes[way] as readonly { readonly name: string }[]);
      const prompt = wording === null ? [] : this.bank.ids(wording(task, random));
      const before = met.get(way) ?? [];
      const image = this.image(concept, random, before);
      if (!builder.add(image, prompt, labels[way] as Ids, before.length > 0 ? { label: 1, eoc: 1 } : FIRST)) break;
      met.set(way, [...before, image]);
    }
    return builder;
  }

  /** What each way may show: one concept, or any of a kind. */
  private classes(random: Random, ways: number): (readonly { readonly name: string }[])[] {
    const [first, second] = this.others.filter((list) => list.length >= ways);
    if (first && random.chance(this.mix.others)) {
      const others = second && !random.chance(this.mix.otherEmoji ?? 1) ? second : first;
      return random.sample(others, ways).map((concept) => [concept]);
    }
    const kinds = [...this.bank.seenByCategory.values()].filter((members) => members.length > 0);
    const level = random.uniform();
    if (level < SHARES.categoryLevel) return random.sample(kinds, ways);
    const within = level < SHARES.categoryLevel + SHARES.withinCategory;
    const pool = within ? random.pick(kinds.filter((members) => members.length >= ways)) : this.bank.seen;
    return random.sample(pool, ways).map((concept) => [concept]);
  }

  private tasks(random: Random, limits: EpisodeLimits): Episode {
    const asking = drawAsking(random);
    const builder = new Builder(this.bank, limits);
    for (;;) {
      const concept = random.pick(this.bank.seen);
      const { prompt, answer } = taskEntry(this.bank, concept, asking, random);
      if (!builder.add(this.image(concept, random), prompt, answer, { label: 1, eoc: 1 })) return builder;
    }
  }
}
