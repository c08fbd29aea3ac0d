/** A prompt that is read once and run many times: its pictures are decoded, encoded and resampled only when asked for anew. */

import { requireKinds } from '../files/kinds.ts';
import type { Flamingo } from '../flamingo/flamingo.ts';
import type { MediaMemory } from '../flamingo/gated-cross-attention.ts';
import { generate, likeliest } from '../flamingo/generate.ts';
import { type Decoder, type DecodingPrompt, forget, reading } from '../flamingo/generation/decoding.ts';
import type { GenerationOptions } from '../flamingo/generation/options.ts';
import { logLikelihoods } from '../flamingo/generation/rank.ts';
import { nextToken, Run } from '../runs/captured.ts';
import { GATE_TAPS, type GateValues, gateValues } from '../runs/gates.ts';
import { firstNonFinite } from '../runs/non-finite.ts';
import {
  Hooks,
  type KeptInputs,
  type Media,
  planRun,
  type RunOptions,
  requireRunOptions,
  runFlamingo,
} from '../runs/run.ts';
import { HookedDecoder, runSteps, type StepOptions } from '../runs/steps.ts';
import { type TapShape, tapShapesOf } from '../runs/tap-shapes.ts';
import type { TokenText } from '../runs/token-text.ts';
import {
  ArgumentError,
  DeviceError,
  heed,
  inspectedAs,
  NonFiniteError,
  requireOptions,
  scope,
  type Tensor,
} from '../tensor/index.ts';
import { Answer, type LikelyAnswer, type RankedCandidate } from './answer.ts';
import { encodeAnswer } from './prompt.ts';
import type { PromptText, SharedBeginning } from './shared-beginning.ts';
import type { Tokenizer } from './tokenizer.ts';

/** What may be said of an answer beside its prompt. What is captured is of the reading of the prompt: `answer.run`. */
export interface AnswerOptions extends Pick<RunOptions, 'capture' | 'edit' | 'attend' | 'budget' | 'signal'> {
  /** How many whole answers to give with their probabilities; none by default. */
  readonly likely?: number;
}

/** What may be said of a prompt's preparation. */
export interface PrepareOptions extends Pick<RunOptions, 'signal'> {
  /** What prompts that follow each other share: what the last one of them left of its beginning is taken over. */
  readonly shared?: SharedBeginning | undefined;
}

export const ANSWER_OPTIONS = 'capture edit attend:latest|previous budget signal likely';

/** Whole answers that one search may look for. */
const MOST_LIKELY = 32;

/** What a prompt became, and the model that reads it. */
export interface PreparedParts {
  readonly flamingo: Flamingo;
  readonly tokenizer: Tokenizer;
  readonly words: TokenText;
  readonly ids: readonly number[];
  readonly inputs: PromptInputs;
  /** 1 where a token announces a picture. */
  readonly imageTokenMask: readonly number[];
  readonly generation: GenerationOptions & { readonly suppress: readonly number[] };
  readonly candidates: readonly string[] | null;
  /** The temperature of the probabilities that are shown. */
  readonly temperature: number;
  /** Tokens that may follow the prompt. */
  readonly following: number;
  readonly gates: () => Promise<GateValues[]>;
  /** With the prompt's text and pictures as it tells them apart. */
  readonly shared: { readonly beginning: SharedBeginning; readonly text: PromptText } | null;
}

/** What a forward is given; released with the prepared prompt. */
export interface PromptInputs {
  readonly ids: Tensor;
  readonly pixels: Tensor | null;
  /** Where tokens announce pictures, when not only `<image>` does. */
  readonly imageTokens: Tensor | null;
}

/**
 * A prompt as one model reads it: `model.prepare(prompt)`. It keeps the tokens, the pixels and, once a run needed them, the
 * visual features and what the blocks make of the latents. Runs in which nothing of the vision encoder (or the resampler) is
 * captured, changed, derived or stopped at begin behind it, and give the same bits as runs from the start. The model's weights must not change while it
 * is in use.
 *
 * @example
 * ```ts
 * const prepared = await model.prepare({ sequence: [{ image: 'cat.png' }, { text: 'name :' }] });
 * for (const set of [-1, 0, 1])
 *   console.log((await prepared.answer({ edit: [{ at: 'xattn.3.gate.dense', set }] })).text);
 * for await (const { next } of prepared.generate()) console.log(next?.piece);
 * console.log(prepared.ids, prepared.taps.length, prepared.inputs.ids.shape, await prepared.run({ capture: ['logits'] }));
 * prepared.dispose();
 * ```
 */
export class Prepared {
  private readonly parts: PreparedParts;
  private shapes: readonly TapShape[] | null = null;
  private features: Tensor | null = null;
  private memory: MediaMemory | null = null;
  private disposed = false;

  constructor(parts: PreparedParts) {
    requireKinds('Prepared', { 'its parts': parts }, '{flamingo,tokenizer,words,ids,inputs,generation,gates}');
    this.parts = parts;
  }

  /** The prompt's tokens, one for each picture. */
  get ids(): readonly number[] {
    return this.parts.ids;
  }

  /** The tokens, as they stand in the vocabulary. */
  toString(): string {
    const { ids, words } = this.parts;
    return `Prepared prompt of ${ids.length} tokens: ${ids.map((id) => words.token(id)).join(' ')}`;
  }

  /** What its forward is given; released with it. */
  get inputs(): PromptInputs {
    return this.parts.inputs;
  }

  /** All that a run of this prompt computes, in order, without computing it. */
  get taps(): readonly TapShape[] {
    this.shapes ??= tapShapesOf(this.parts.flamingo, this.parts.inputs);
    return this.shapes;
  }

  /**
   * Reads the prompt once, without generating.
   * @throws TapError, EditError, BudgetError, ArgumentError as `model.run`; DeviceError when it was disposed of
   */
  async run(options: RunOptions = {}): Promise<Run> {
    this.requireLive('run');
    const { flamingo, inputs, words } = this.parts;
    return runFlamingo(flamingo, inputs, options, words, this.kept);
  }

  /**
   * Generates text, and ranks the prompt's candidates if it has any. Edits and the mask rule hold for what is generated too;
   * captured values are those of the prompt's reading.
   * @throws what the signal was aborted with
   * @throws TapError, EditError for edits that match nothing or do not fit
   * @throws NonFiniteError that names the first tap where a value is NaN or infinite, when logits are
   */
  async answer(asked: AnswerOptions = {}): Promise<Answer> {
    requireOptions('answer', asked, ANSWER_OPTIONS);
    this.requireLive('answer');
    const { likely = 0, ...options } = asked;
    requireRunOptions(options);
    if (!Number.isSafeInteger(likely) || likely < 0 || likely > MOST_LIKELY)
      throw new ArgumentError('answer', `likely is ${likely}; expected a whole number from 0 to ${MOST_LIKELY}`);
    await heed(asked.signal);
    try {
      return await this.answered(asked);
    } catch (error) {
      throw await this.traced(error, asked);
    }
  }

  /**
   * Answers the prompt and gives a run for every token, as `model.generate`.
   * @throws what `run` throws; ArgumentError for several beams and for `stopAfter`; NonFiniteError as `answer`
   */
  async *generate(options: StepOptions = {}): AsyncGenerator<Run, void, undefined> {
    requireRunOptions(options);
    this.requireLive('generate');
    const { flamingo, inputs, words, generation } = this.parts;
    try {
      yield* runSteps(flamingo, inputs, { ...options, ...generation }, words, this.kept);
    } catch (error) {
      throw await this.traced(error, options);
    }
  }

  private async answered({ capture = [], edit = [], signal, likely = 0, ...asked }: AnswerOptions): Promise<Answer> {
    const { flamingo, inputs, ids, generation, imageTokenMask, candidates: texts, words, following } = this.parts;
    const edited = edit.length > 0;
    const options = { ...asked, edit, capture: edited ? [...capture, ...GATE_TAPS] : capture };
    const plan = planRun(flamingo, inputs, options, { words, following, taps: () => this.taps });
    const watched = plan.asked.size > 0 || plan.attend !== undefined;
    const hooked = watched ? new HookedDecoder(flamingo, plan) : null;
    const { shared } = this.parts;
    const reader = hooked ? null : (shared?.beginning.reader(flamingo, shared.text) ?? null);
    const model = hooked ?? reader?.decoder ?? flamingo;
    const media = this.kept.media(plan);
    const latents = this.resample(media, hooked?.first ?? new Hooks(plan));
    try {
      const decoding = {
        ids: [ids],
        latents,
        memory: media.memory ?? null,
        imageTokens: inputs.imageTokens && [imageTokenMask],
      };
      const { generated, candidates, likeliest } = await reading(model, decoding, signal, async (read) => {
        reader?.keep();
        const asRead = { ...decoding, read };
        const [generated] = await generate(model, asRead, { ...generation, signal });
        if (!generated) throw new Error('one prompt gives one text');
        const candidates = texts && (await this.rank(model, asRead, texts, signal));
        return { generated, candidates, likeliest: likely > 0 && (await this.likely(model, asRead, likely, signal)) };
      });
      const { firstLogits: logits } = generated;
      const next = nextToken(logits, [], words, generated.ids[0]);
      const run = (await hooked?.first.run(next)) ?? new Run({ values: new Map(), next });
      return new Answer({
        text: words.decode(generated.ids),
        ids: generated.ids,
        gates: edited ? gateValues(run) : await this.parts.gates(),
        run,
        logits,
        candidates,
        ...(likeliest && { likely: likeliest }),
        suppress: generation.suppress,
        temperature: this.parts.temperature,
        words,
      });
    } finally {
      latents?.dispose();
      reader?.dispose();
    }
  }

  /** Gives the memory back. */
  dispose(): void {
    this.disposed = true;
    const { ids, pixels, imageTokens } = this.parts.inputs;
    for (const x of [ids, pixels, imageTokens, this.features]) x?.dispose();
    forget(this.memory);
    this.features = null;
    this.memory = null;
  }

  private requireLive(operation: string): void {
    if (this.disposed) throw new DeviceError(`[${operation}] the prepared prompt was disposed of; prepare it again`);
  }

  /** The error, with the tap at which NaN or infinity first arises in the prompt. */
  private async traced(error: unknown, { edit = [], attend }: AnswerOptions): Promise<unknown> {
    if (!(error instanceof NonFiniteError)) return error;
    const { flamingo, inputs, words, following } = this.parts;
    const known = { words, following, taps: () => this.taps };
    const tap = await firstNonFinite(flamingo, inputs, { edit, ...(attend && { attend }) }, known);
    const where = tap ? `the first are at '${tap}'` : 'all that is computed of the prompt is finite';
    return new NonFiniteError(`${error.message}; ${where}`, { cause: error });
  }

  private get kept(): KeptInputs {
    return {
      taps: () => this.taps,
      media: ({ asked }) => {
        const asks = (part: string): boolean => [...asked].some((name) => name.startsWith(`${part}.`));
        const { inputs, shared, flamingo } = this.parts;
        const { pixels } = inputs;
        if (!pixels || asks('vision')) return { pixels };
        this.features ??=
          shared?.beginning.encode(flamingo, pixels, shared.text.media) ?? this.make(() => flamingo.encode(pixels));
        if (asks('resampler')) return { visionFeatures: this.features };
        const { features } = this;
        this.memory ??= this.make((flamingo) => flamingo.remember(flamingo.resample(features)));
        return { memory: this.memory };
      },
    };
  }

  private make<T>(compute: (flamingo: Flamingo) => T): T {
    const { flamingo } = this.parts;
    return scope(flamingo.device, () => compute(flamingo), { noGrad: true });
  }

  /** Latents of this run alone. */
  private resample({ pixels, visionFeatures }: Media, hooks: Hooks): Tensor | null {
    if (!pixels && !visionFeatures) return null;
    return this.make(
      (flamingo) =>
        hooks.forward((tap) =>
          flamingo.resample(visionFeatures ?? flamingo.encode(pixels as Tensor, tap), tap),
        ) as Tensor,
    );
  }

  /** Texts with their probabilities; one that several sequences of tokens spell has their sum. */
  private async likely(
    model: Decoder,
    prompt: DecodingPrompt,
    count: number,
    signal: AbortSignal | undefined,
  ): Promise<LikelyAnswer[]> {
    const { generation, words, temperature } = this.parts;
    const { stop, suppress, maxTokens } = generation;
    const options = { stop, suppress, ...(maxTokens !== undefined && { maxTokens }), calibration: temperature, signal };
    const [found = []] = await likeliest(model, prompt, { ...options, count });
    const texts = new Map<string, number>();
    for (const { ids, logProbability } of found) {
      const text = words.decode(ids);
      texts.set(text, (texts.get(text) ?? 0) + Math.exp(logProbability));
    }
    const likely = Array.from(texts, ([text, probability]) => ({ text, probability }));
    return likely.sort((a, b) => b.probability - a.probability);
  }

  private async rank(
    model: Decoder,
    prompt: DecodingPrompt,
    candidates: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<RankedCandidate[]> {
    const { tokenizer } = this.parts;
    const tokens = candidates.map((text) => [...encodeAnswer(text, tokenizer), tokenizer.special.eoc]);
    const [scores = []] = await logLikelihoods(model, prompt, [tokens], { signal });
    return candidates.map((text, i) => {
      const each = scores[i] as number[];
      return { text, logProbability: each.reduce((sum, p) => sum + p, 0), tokens: each.length };
    });
  }
}
inspectedAs(Prepared, (prepared) => prepared.toString());
