import type { Flamingo } from '../../flamingo/flamingo.ts';
import { generate } from '../../flamingo/generate.ts';
import { type Prompt, tokenise } from '../../model/prompt.ts';
import { Random, scope, tensor } from '../../tensor/index.ts';
import { namingTap } from '../damaged.ts';
import type { TrainingData, View } from '../data/index.ts';
import { withGatesClosed } from '../evaluate.ts';
import { wilson } from '../evaluation-rows.ts';
import { encodePixels } from '../features.ts';
import type { Report } from '../report.ts';
import {
  DIALOGUE_CONTROLS,
  type DialogueControl,
  type DialogueSpec,
  type DialogueTurn,
  type DrawnDialogue,
  drawDialogue,
  lastPrompt,
  promptOf,
} from './dialogues.ts';

/** A dialogue's last turn, as it is or under a control. */
export interface DialogueRow extends DialogueSpec {
  readonly control: DialogueControl | null;
  /** Share of last turns that are right, letter for letter, with its 95 % interval (Wilson). */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Share in which every turn that the model answers is right; null under a control. */
  readonly all: number | null;
  /** Share of last turns that say what would be right about the other thing, where a control brings one in; else null. */
  readonly other: number | null;
  /** What guessing reaches; null where there is nothing to choose from. */
  readonly chance: number | null;
  readonly n: number;
}

export interface DialogueOptions {
  readonly seed: number;
  /** Dialogues of each kind. */
  readonly n: number;
  readonly report: Report;
  readonly dialogues: readonly DialogueSpec[];
}

/** Some dialogues of one kind; plain data, for any thread. */
export interface DialogueUnit {
  readonly spec: DialogueSpec;
  readonly seed: number;
  readonly from: number;
  readonly count: number;
}

/** Holds units, in whatever order; what was said comes in theirs. */
export type Holder = (units: readonly DialogueUnit[], onDone: (done: number) => void) => Promise<Held[][]>;

const BATCH = 30;

/** What the model says to some prompts about views. */
type Say = (prompts: readonly Prompt<View>[], blind?: boolean) => Promise<string[]>;

/** Holds every dialogue, then asks its last question again under each control. */
export async function evaluateDialogues(
  hold: Holder,
  { seed, n, report, dialogues }: DialogueOptions,
): Promise<DialogueRow[]> {
  const starts = Array.from({ length: Math.ceil(n / BATCH) }, (_, i) => i * BATCH);
  const units = dialogues.flatMap((spec) =>
    starts.map((from): DialogueUnit => ({ spec, seed, from, count: Math.min(BATCH, n - from) })),
  );
  report.begin({ en: 'dialogues', ko: '대화' }, units.length, 0);
  const began = performance.now();
  const held = await hold(units, (done) =>
    report.step(done, {}, ((performance.now() - began) / 1000 / done) * (units.length - done)),
  );
  report.end();
  return dialogues.flatMap((spec) => {
    const answers = held.filter((_, i) => units[i]?.spec === spec).flat();
    return ([null, ...DIALOGUE_CONTROLS] as const).map((control) => rowOf(spec, control, answers));
  });
}

/** A dialogue with what was said in it, and to its last question under each control. */
export interface Held {
  readonly drawn: DrawnDialogue;
  readonly said: readonly string[];
  readonly controlled: ReadonlyMap<DialogueControl, string>;
}

/** Draws and holds the dialogues of a unit. */
export async function holdUnit(model: Flamingo, data: TrainingData, unit: DialogueUnit): Promise<Held[]> {
  const random = new Random(unit.seed).fork('dialogues');
  const drawn = Array.from({ length: unit.count }, (_, i) => drawDialogue(data, unit.spec, random, unit.from + i));
  const say = await speaker(model, data, drawn);
  const said = drawn.map((): string[] => []);
  const length = (drawn[0] as DrawnDialogue).turns.length;
  for (let at = 0; at < length; at++) {
    const turns = drawn.map((each) => each.turns[at] as DialogueTurn);
    const told = turns.every((turn) => turn.told);
    const texts = told
      ? turns.map(({ right }) => right)
      : await say(drawn.map((each, i) => promptOf(each.turns.slice(0, at + 1), said[i] as string[])));
    texts.forEach((text, i) => void said[i]?.push(text));
  }
  const controlled = drawn.map(() => new Map<DialogueControl, string>());
  for (const control of DIALOGUE_CONTROLS) {
    const prompts = drawn.map((each, i) => lastPrompt(each, said[i] as string[], control));
    const ask = async (): Promise<void> => {
      const texts = await say(prompts, control === 'text alone');
      texts.forEach((text, i) => void controlled[i]?.set(control, text));
    };
    await (control === 'gates 0' ? withGatesClosed(model, ask) : ask());
  }
  return drawn.map((each, i) => ({
    drawn: each,
    said: said[i] as string[],
    controlled: controlled[i] as Map<DialogueControl, string>,
  }));
}

/** Draws and encodes all pictures once. */
async function speaker(model: Flamingo, data: TrainingData, drawn: readonly DrawnDialogue[]): Promise<Say> {
  const { vision, device } = model;
  if (!vision) throw new RangeError('dialogues need a model with a vision encoder');
  const size = vision.config.imageSize as number;
  const views = new Set(
    drawn.flatMap(({ turns, other }) => [...turns, ...other].map(({ question }) => question.image)),
  );
  const pixels = [...views].map(({ concept, style, seed }) =>
    data.pictures.render(concept, style, new Random(seed), size),
  );
  const encoded = await encodePixels(device, vision, pixels, size);
  const features = new Map([...views].map((view, i) => [view, encoded[i] as Float32Array]));
  const width = model.config.resampler.width;
  const { eoc } = data.tokenizer.special;
  return async (prompts, blind = false) => {
    const read = prompts.map((prompt) => tokenise(prompt, data.tokenizer));
    const most = Math.max(...read.map(({ images }) => images.length));
    const each = encoded[0]?.length as number;
    const values = new Float32Array(read.length * most * each);
    if (!blind)
      read.forEach(({ images }, row) => {
        images.forEach((view, i) => {
          values.set(features.get(view) as Float32Array, (row * most + i) * each);
        });
      });
    const latents = scope(device, () =>
      model.resample(tensor(device, values, [read.length, most, 1, each / width, width])),
    );
    const ids = read.map((one) => one.ids);
    const answers = await namingTap(model, () => generate(model, { ids, latents }, { stop: eoc, maxTokens: 12 }));
    latents.dispose();
    return answers.map((answer) => data.tokenizer.decode(answer.ids.filter((id) => id !== eoc)).trim());
  };
}

const last = <T>(list: readonly T[]): T => list.at(-1) as T;

function rowOf(spec: DialogueSpec, control: DialogueControl | null, held: readonly Held[]): DialogueRow {
  const n = held.length;
  const { candidates } = (held[0] as Held).drawn;
  const text = ({ said, controlled }: Held): string =>
    control === null ? last(said) : (controlled.get(control) as string);
  const right = held.filter((one) => text(one) === last(one.drawn.turns).right).length;
  const brought = control === 'another picture' || control === 'other answers before';
  const others = held.filter((one) => text(one) === last(one.drawn.other).right).length;
  const all = held.filter(({ drawn, said }) => drawn.turns.every((turn, i) => turn.right === said[i])).length;
  return {
    ...spec,
    control,
    value: right / n,
    ...wilson(right, n),
    all: control === null ? all / n : null,
    other: brought ? others / n : null,
    chance: candidates === null ? null : 1 / candidates,
    n,
  };
}
