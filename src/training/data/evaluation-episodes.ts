import type { Random } from '../../tensor/random.ts';
import { CATEGORIES, CATEGORY_NAMES } from './categories.ts';
import type { Concept, DemoConcept } from './concepts.ts';
import { RESERVED_WORDS } from './nonce.ts';
import { answerOf, PROMPTS, TASKS, type Task } from './prompts.ts';
import type { PictureFacts } from './split.ts';
import { DEVELOPMENT_STYLE, HELD_STYLE, type Style, TRAINING_STYLES } from './styles.ts';
import { groupByCategory, type TextBank } from './text-bank.ts';

export type EvaluationTask = 'naming' | 'kind' | 'induction' | 'binding' | 'binding-same-category';

/** Controls made of data; closed gates and zero features are the evaluator's. */
export type DataControl = 'shuffled labels' | 'wrong query picture';

/** One row of the evaluation. */
export interface EvaluationSpec {
  readonly task: EvaluationTask;
  /** The language of the prompt and the answers, for naming and kind; else null. */
  readonly language: 'en' | 'ko' | null;
  /** `spare` ones have no kind: they can be bound to new words, and not be asked about. */
  readonly concepts: 'seen' | 'novel' | 'development' | 'spare';
  /**
   * Style of the query picture: a training style, the held one, the one that development runs leave out, or another
   * drawing (icon, font, older emoji). Shots are always in training styles, and not in the development one where the query is.
   */
  readonly style: 'seen' | 'held' | 'development' | 'drawings';
  /** Number of new words for binding; ignored by the other tasks. */
  readonly ways: number;
  /** Shots in all, or per new word for binding. */
  readonly shots: number;
  readonly control: DataControl | null;
  /**
   * How the question is written, one of `FORMS`: by default the first one for naming and kind, and none for the other
   * tasks. Every form asks about the same pictures.
   */
  readonly form?: string;
  /**
   * The shots are those most like the query of so many (RICES, appendix A.2), which stand in the episode in their place. For
   * naming, kind and induction; the query is that of the row without it.
   */
  readonly support?: number;
}

/** A view to render: `pictures.render(concept, style, new Random(seed))`. */
export interface View {
  readonly concept: string;
  readonly style: string;
  readonly seed: number;
}

export interface EvaluationEpisode {
  /** From `<BOS>` to where the answer starts; one `<image>` token per image, in order. */
  readonly ids: readonly number[];
  /** The same prompt as the command line takes it: texts with `<EOC>`, and places in `images`. */
  readonly parts: readonly ({ readonly image: number } | { readonly text: string })[];
  /** The query is the last one. */
  readonly images: readonly View[];
  /** What could be answered, without `<EOC>`. */
  readonly candidates: readonly string[];
  /** Place of the right one. */
  readonly answer: number;
  /** Binding: which candidate each shot's picture truly shows, for nearest-neighbour baselines; else empty. */
  readonly shotClasses: readonly number[];
}

/** What an evaluation asks of the pictures. */
export interface EvaluationFacts extends Pick<PictureFacts, 'styles'> {
  /** Drawings of a concept beside the emoji styles. */
  readonly drawings?: (concept: string) => readonly string[];
}

const QUERY_STYLE: Readonly<Record<EvaluationSpec['style'], Style | null>> = {
  seen: null,
  drawings: null,
  held: HELD_STYLE,
  development: DEVELOPMENT_STYLE,
};

type Named = Pick<Concept, 'name'>;

/** A shot: its picture, then what is written after it. */
interface Shot {
  readonly concept: Named;
  readonly text: string;
}

/**
 * Episodes of the evaluation. The i-th episode of a row depends on the seed, the row and i only; a control has the
 * pictures and words of the row it controls.
 */
export class EvaluationEpisodes {
  private readonly bank: TextBank;
  private readonly facts: EvaluationFacts;

  constructor(bank: TextBank, facts: EvaluationFacts) {
    this.bank = bank;
    this.facts = facts;
  }

  /** Episode `index` of a row. @param random the evaluation seed's generator; it is not advanced. */
  episode(spec: EvaluationSpec, random: Random, index: number): EvaluationEpisode {
    const { task, language, concepts, style, ways, shots } = spec;
    const own = random.fork(JSON.stringify([task, language, concepts, style, ways, shots])).fork(index);
    if (task === 'binding' || task === 'binding-same-category') return this.binding(spec, own);
    return task === 'induction' ? this.induction(spec, own) : this.asked(spec, own);
  }

  /** Concepts that can be the query: those with a picture in its style. */
  private pool<T extends Named>(concepts: readonly T[], style: EvaluationSpec['style']): T[] {
    if (style === 'drawings') return concepts.filter(({ name }) => this.drawings(name).length > 0);
    const needed = QUERY_STYLE[style];
    return concepts.filter(({ name }) => !needed || this.facts.styles(name).includes(needed));
  }

  /** Those that can be asked about. */
  private askable({ concepts, style }: EvaluationSpec): DemoConcept[] {
    if (concepts === 'spare') throw new RangeError('spare concepts have no kind to ask for');
    return this.pool(this.bank[concepts], style);
  }

  private drawings(concept: string): readonly string[] {
    return this.facts.drawings?.(concept) ?? [];
  }

  private queryView(concept: Named, asked: EvaluationSpec['style'], random: Random): View {
    if (asked !== 'drawings') return this.view(concept, QUERY_STYLE[asked], asked, random);
    return { concept: concept.name, style: random.pick(this.drawings(concept.name)), seed: random.bits() };
  }

  /** @param asked the style of the row's query */
  private view(concept: Named, style: Style | null, asked: EvaluationSpec['style'], random: Random): View {
    const styles = this.facts.styles(concept.name).filter((each) => each !== QUERY_STYLE[asked]);
    const drawn = random.pick(TRAINING_STYLES.filter((training) => styles.includes(training)));
    return { concept: concept.name, style: style ?? drawn, seed: random.bits() };
  }

  /** New words bound to pictures: every word is shown `shots` times in random order, then one picture is asked. */
  private binding(spec: EvaluationSpec, random: Random): EvaluationEpisode {
    const classes = this.bindingClasses(spec, random);
    const candidates = random.sample(RESERVED_WORDS, spec.ways);
    const order = random.shuffle(classes.flatMap((_, way) => Array.from({ length: spec.shots }, () => way)));
    const answer = random.integer(spec.ways);
    const query = classes[answer] as Named;
    const told = spec.control === 'shuffled labels' ? random.fork('labels').shuffle(order) : order;
    const shots = order.map((way, i) => ({
      concept: classes[way] as Named,
      text: candidates[told[i] as number] as string,
    }));
    return { ...this.sequence(spec, shots, query, spec.form ?? '', random), candidates, answer, shotClasses: order };
  }

  private bindingClasses(spec: EvaluationSpec, random: Random): Named[] {
    if (spec.task === 'binding')
      return random.sample(this.pool<Named>(this.bank[spec.concepts], spec.style), spec.ways);
    const kinds = [...groupByCategory(this.askable(spec)).values()].filter((members) => members.length >= spec.ways);
    return random.sample(random.pick(kinds), spec.ways);
  }

  /** Naming and kind with their prompt; the candidates are all seen names, or the 17 kinds. */
  private asked(spec: EvaluationSpec, random: Random): EvaluationEpisode {
    const task = taskOf(spec);
    const candidates =
      spec.task === 'kind' ? kindNames(spec.language) : this.bank.seen.map((concept) => answerOf(concept, task));
    const { query, shots } = this.answered(spec, task, random);
    const sequence = this.sequence(spec, shots, query, spec.form ?? PROMPTS[task], random);
    return { ...sequence, candidates, answer: candidates.indexOf(answerOf(query, task)), shotClasses: [] };
  }

  /** Which of the four questions is meant shows in the shots only; the candidates are the query's four answers. */
  private induction(spec: EvaluationSpec, random: Random): EvaluationEpisode {
    const task = random.pick(TASKS);
    const { query, shots } = this.answered(spec, task, random);
    const candidates = TASKS.map((each) => answerOf(query, each));
    return {
      ...this.sequence(spec, shots, query, '', random),
      candidates,
      answer: TASKS.indexOf(task),
      shotClasses: [],
    };
  }

  private answered(spec: EvaluationSpec, task: Task, random: Random): { query: DemoConcept; shots: Shot[] } {
    const query = random.pick(this.askable(spec));
    const others = random.sample(
      this.bank.seen.filter(({ name }) => name !== query.name),
      spec.support ?? spec.shots,
    );
    const answers = others.map((concept) => answerOf(concept, task));
    const told = spec.control === 'shuffled labels' ? random.fork('labels').shuffle(answers) : answers;
    return { query, shots: others.map((concept, i) => ({ concept, text: told[i] as string })) };
  }

  private sequence(
    spec: EvaluationSpec,
    shots: readonly Shot[],
    query: Named,
    prompt: string,
    random: Random,
  ): Pick<EvaluationEpisode, 'ids' | 'parts' | 'images'> {
    const shown = new Set([query.name, ...shots.map(({ concept }) => concept.name)]);
    const shotViews = shots.map(({ concept }) => this.view(concept, null, spec.style, random));
    const images = [...shotViews, this.queryView(query, spec.style, random)];
    if (spec.control === 'wrong query picture') {
      const wrong = random.fork('query');
      const other = wrong.pick(
        this.pool<Named>(this.bank[spec.concepts], spec.style).filter(({ name }) => !shown.has(name)),
      );
      images[shots.length] = this.queryView(other, spec.style, wrong);
    }
    const lead = prompt === '' ? '' : `${prompt} `;
    const texts = [...shots.map(({ text }) => `${lead}${text}<EOC>`), prompt];
    const parts = texts.flatMap((text, image) => (text === '' ? [{ image }] : [{ image }, { text }]));
    const ids = this.bank.tokenizer.encode(`<BOS>${texts.map((text) => `<image>${text}`).join('')}`);
    return { ids, parts, images };
  }
}

function taskOf({ task, language }: EvaluationSpec): Task {
  if (task === 'naming') return language === 'ko' ? 'koreanName' : 'name';
  return language === 'ko' ? 'koreanKind' : 'kind';
}

function kindNames(language: EvaluationSpec['language']): string[] {
  return CATEGORY_NAMES.map((name) => (language === 'ko' ? CATEGORIES[name] : name));
}
