import type { Random } from '../../tensor/random.ts';
import type { Concept, DemoConcept } from './concepts.ts';
import { classSequence, taskEntry } from './entries.ts';
import { answerOf, drawWording, TASKS, type Task } from './prompts.ts';
import { drawAsking, groupByCategory, type Ids, type TextBank } from './text-bank.ts';

/** Shares of training-recipe, Stage 2, but for `bare`: binding entries without a prompt, as after a picture. */
const SHARES = {
  binding: 0.6,
  task: 0.25,
  randomCue: 0.45,
  categoryCue: 0.08,
  fuzzy: 0.4,
  bare: 0.35,
  koreanPrompt: 0.3,
} as const;

/** Draws one occurrence of a class's cue. */
type Cue = (random: Random) => Ids;

/**
 * Text of the language-model stage (training-recipe, Stage 2): 60 % binding documents, in which new words must be
 * learnt from the context (a text cue stands where a picture will stand later), 25 % task documents, 15 % knowledge.
 */
export class Documents {
  private readonly bank: TextBank;
  /** Ids that are neither special nor bytes. */
  private readonly ordinary: Ids;
  private readonly kinds: readonly (readonly DemoConcept[])[];

  constructor(bank: TextBank) {
    this.bank = bank;
    const every = Array.from({ length: bank.tokenizer.size }, (_, id) => id);
    this.ordinary = every.filter((id) => !/^<.+>$/.test(bank.tokenizer.token(id)));
    this.kinds = [...groupByCategory(bank.demo).values()].filter((members) => members.length > 0);
  }

  /** [batch, context] ids, row-major. Every row starts with `<BOS>` and is full: entries follow until the context ends. */
  batch(random: Random, batch: number, context: number): Int32Array {
    const ids = new Int32Array(batch * context);
    for (let row = 0; row < batch; row++) ids.set(this.document(random, context), row * context);
    return ids;
  }

  /** One document of exactly `context` ids. */
  document(random: Random, context: number): number[] {
    const ids: number[] = [this.bank.tokenizer.special.bos];
    const entries = this.entries(random);
    while (ids.length < context) {
      for (const part of entries.next().value) ids.push(...part);
      ids.push(this.bank.tokenizer.special.eoc);
    }
    return ids.slice(0, context);
  }

  private entries(random: Random): Generator<readonly Ids[], never> {
    const kind = random.uniform();
    if (kind < SHARES.binding) return this.binding(random);
    return kind < SHARES.binding + SHARES.task ? this.tasks(random) : this.knowledge(random);
  }

  /** "shrimp name : lizus<EOC> scissors name : vase<EOC> shrimp name : lizus<EOC>" */
  private *binding(random: Random): Generator<readonly Ids[], never> {
    const ways = 2 + random.integer(3);
    const cues = this.cues(random, ways);
    const labels = this.bank.labels(random, ways);
    const task: Task = random.chance(SHARES.koreanPrompt) ? 'koreanName' : 'name';
    const wording = random.chance(SHARES.bare) ? null : drawWording(random);
    const classes = classSequence(ways, random);
    for (;;) {
      const way = classes.next().value;
      const prompt = wording === null ? [] : this.bank.ids(wording(task, random));
      yield [(cues[way] as Cue)(random), prompt, labels[way] as Ids];
    }
  }

  private cues(random: Random, ways: number): Cue[] {
    const kind = random.uniform();
    if (kind < SHARES.randomCue) return this.randomCues(random, ways);
    if (kind < SHARES.randomCue + SHARES.categoryCue) {
      return random.sample(this.kinds, ways).map((members) => (draw) => this.bank.ids(draw.pick(members).name));
    }
    const fuzzy = random.chance(SHARES.fuzzy);
    return random.sample(this.bank.concepts, ways).map((concept) => {
      const fixed = random.chance(0.5) ? concept.name : concept.korean;
      return (draw) => this.bank.ids(fuzzy ? mention(concept, draw) : fixed);
    });
  }

  /** One or two random tokens a class; all tokens differ, so that no cue is the beginning of another. */
  private randomCues(random: Random, ways: number): Cue[] {
    const tokens = random.sample(this.ordinary, 2 * ways);
    return Array.from({ length: ways }, (_, way) => {
      const cue = tokens.slice(2 * way, 2 * way + 1 + random.integer(2));
      return () => cue;
    });
  }

  /** "빵 kind : food<EOC> racing car 종류 : 탈것<EOC>" */
  private *tasks(random: Random): Generator<readonly Ids[], never> {
    const asking = drawAsking(random);
    for (;;) {
      const concept = random.pick(this.bank.demo);
      const { prompt, answer, text } = taskEntry(this.bank, concept, asking, random);
      let cue = mention(concept, random);
      if (cue === text) cue = cue === concept.name ? concept.korean : concept.name; // the cue must not give the answer
      yield [this.bank.ids(cue), prompt, answer];
    }
  }

  /** "name : luggage 이름 : 여행용 가방<EOC>" */
  private *knowledge(random: Random): Generator<readonly Ids[], never> {
    const wording = drawWording(random);
    for (;;) {
      const concept = random.pick(this.bank.concepts);
      const known: readonly Task[] = concept.category === null ? ['name', 'koreanName'] : TASKS;
      const told = random.sample(known, 2 + random.integer(known.length - 1));
      yield told.flatMap((task) => [
        this.bank.ids(wording(task, random)),
        this.bank.ids(answerOf(concept as DemoConcept, task)),
      ]);
    }
  }
}

/** A concept by its English name, its Korean name, or one or two of its tags. */
function mention(concept: Concept, random: Random): string {
  const kind = random.uniform();
  if (kind < 0.4 || (kind >= 0.7 && concept.tags.length === 0)) return concept.name;
  if (kind < 0.7) return concept.korean;
  const tags = random.chance(0.75) || concept.koreanTags.length === 0 ? concept.tags : concept.koreanTags;
  return random.sample(tags, Math.min(tags.length, 1 + random.integer(2))).join(' ');
}
