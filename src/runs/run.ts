/** Runs of a Flamingo in which values are captured, changed and derived. */

import { requireKinds } from '../files/kinds.ts';
import type { Flamingo, FlamingoInputs } from '../flamingo/flamingo.ts';
import { lastTokens } from '../flamingo/language-model.ts';
import { type Tap, type TapListener, tapFor } from '../nn/index.ts';
import {
  backward,
  GlassFlamingoError,
  heed,
  requireOptions,
  requireSignal,
  scope,
  type Tensor,
} from '../tensor/index.ts';
import { Captured, nextToken, Run } from './captured.ts';
import { type Edit, Edits } from './edit.ts';
import { type GradientRequest, type ObjectiveRule, resolveObjective } from './objective.ts';
import { matchingName, matchingNames, TapError } from './patterns.ts';
import { EditError } from './region.ts';
import { type TapShape, tapShapesOf } from './tap-shapes.ts';
import { axesOf, type TapQuery } from './taps.ts';
import { NUMBERS, type TokenText } from './token-text.ts';

/** What is wanted of a run. All of it is data that JSON can hold, but functions among the edits and the signal. */
export interface RunOptions {
  /** Which values to keep, as edits left them. */
  readonly capture?: readonly TapQuery[];
  /** Applied in order, one to what the other left. */
  readonly edit?: readonly Edit[];
  readonly grad?: GradientRequest;
  /** Nothing is computed after this tap. */
  readonly stopAfter?: TapQuery;
  /** What text may see of the pictures, generated text too: the latest picture before it, or all. Default: the model's rule. */
  readonly attend?: 'latest' | 'previous';
  /** Bytes that captured values and gradients of one run may take; default 1 GiB. */
  readonly budget?: number;
  /** Ends the run with its reason before the prompt is read, or between two tokens; a reading that has begun is finished. */
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_BUDGET: number = 2 ** 30;

/** Captured values that would take more memory than allowed. Nothing has run. */
export class BudgetError extends GlassFlamingoError {
  override name = 'BudgetError';
}

/** What is done at which tap, known to fit the model and the prompt. */
export interface RunPlan {
  /** All taps at which something is done. */
  readonly asked: ReadonlySet<string>;
  readonly captured: ReadonlySet<string>;
  readonly derived: ReadonlySet<string>;
  readonly edits: Edits;
  readonly stop: string | null;
  /** Where it is another than the model's own. */
  readonly attend?: 'latest' | 'previous';
  readonly objective: { readonly needs: readonly string[]; readonly rule: ObjectiveRule } | null;
}

export const RUN_OPTIONS = 'capture edit grad stopAfter attend:latest|previous budget signal';

/** @throws ArgumentError for a key that is not an option of a run, no mask rule, or no signal */
export function requireRunOptions(options: RunOptions): void {
  requireOptions('run', options, RUN_OPTIONS);
  requireSignal('run', options.signal);
}

/**
 * Holds what is wanted against what the run will compute.
 * @param following tokens that are generated after the prompt
 * @throws TapError, EditError, BudgetError before anything is computed
 */
export function planRun(
  flamingo: Flamingo,
  inputs: RunInputs,
  { capture = [], edit = [], grad, stopAfter, attend, budget = DEFAULT_BUDGET }: RunOptions,
  {
    words = NUMBERS,
    following = 0,
    taps: known = () => tapShapesOf(flamingo, inputs),
  }: { readonly words?: TokenText; readonly following?: number; readonly taps?: KeptInputs['taps'] } = {},
): RunPlan {
  requirePatterns(capture, 'capture');
  if (grad) requirePatterns(grad.at, 'grad.at');
  if (!Array.isArray(edit)) throw new EditError(`edit is not an array of edits: ${JSON.stringify(edit)}`);
  const idle = capture.length === 0 && edit.length === 0 && !grad && stopAfter === undefined;
  const all = idle ? [] : known();
  const stop = stopAfter === undefined ? null : matchingName(stopAfter, namesOf(all), 'stopAfter');
  const taps = stop === null ? all : all.slice(0, namesOf(all).indexOf(stop) + 1);
  const limits = { latents: flamingo.resampler.latents.shape[0] as number, following };
  const captured = new Set(matchingNames(capture, namesOf(taps)));
  const derived = new Set(grad ? matchingNames(grad.at, namesOf(taps)).filter((name) => !/^mask\./.test(name)) : []);
  requireBudget(taps, [captured, derived], budget);
  const edits = new Edits(edit, taps, limits);
  const objective = grad ? resolveObjective(grad.of, { taps, limits, tokenOf: words.tokenOf }) : null;
  const needs = [...(objective?.needs ?? []), ...(stop === null ? [] : [stop])];
  const asked = new Set([...captured, ...derived, ...edits.names, ...needs]);
  const other = attend !== undefined && attend !== (flamingo.config.attend ?? 'latest');
  return { asked, captured, derived, edits, stop, objective, ...(other && { attend }) };
}

/** What a run is given: a whole prompt, read from its start. */
export type RunInputs = Omit<FlamingoInputs, 'cache' | 'imagesBefore' | 'attend'>;

/** Pictures in any of the four forms that a Flamingo takes. */
export type Media = Pick<FlamingoInputs, 'pixels' | 'visionFeatures' | 'latents' | 'memory'>;

/** What the caller of several runs keeps of the same inputs. */
export interface KeptInputs {
  /** What `tapShapesOf` gives for them. */
  readonly taps: () => readonly TapShape[];
  /** The pictures in the latest form before which a plan asks for nothing. */
  readonly media: (plan: RunPlan) => Media;
}

/**
 * Reads a prompt once. The inputs stay the caller's; nothing else is left on the device.
 * @throws TapError for patterns that match nothing, EditError for edits and gradients that do not fit, BudgetError,
 * ArgumentError for a key that is not an option, and what the signal was aborted with
 * @example
 * ```ts
 * const ids = tensor(device, Int32Array.of(1, 5, 6), [1, 3]);
 * const run = await runFlamingo(model.flamingo, { ids, pixels: null }, { capture: ['logits'] });
 * ```
 */
export async function runFlamingo(
  flamingo: Flamingo,
  inputs: RunInputs,
  options: RunOptions = {},
  words: TokenText = NUMBERS,
  kept?: KeptInputs,
): Promise<Run> {
  requireRunOptions(options);
  requireKinds('runFlamingo', { flamingo, inputs }, '{forward} {ids}');
  await heed(options.signal);
  const plan = planRun(flamingo, inputs, options, { words, ...(kept && { taps: kept.taps }) });
  const hooks = new Hooks(plan);
  const { pixels, visionFeatures, latents, memory, ...text } = inputs;
  const media = kept?.media(plan) ?? { pixels, visionFeatures, latents, memory };
  const read = (): Tensor | null => {
    const logits = hooks.forward((tap) => flamingo.forward({ ...text, ...media, ...attendOf(plan) }, tap));
    return logits?.shape[0] === 1 ? lastTokens(logits, 1) : null; // [1, 1, vocabulary]
  };
  const last = scope(flamingo.device, read, { noGrad: plan.objective === null });
  try {
    const logits = last && ((await last.data()) as Float32Array);
    options.signal?.throwIfAborted(); // a graphics card was waited for
    return await hooks.run(logits?.every(Number.isFinite) ? nextToken(logits, [], words) : null);
  } finally {
    last?.dispose();
  }
}

/** The mask rule of a plan, for the inputs of a forward. */
export function attendOf({ attend }: RunPlan): Pick<FlamingoInputs, 'attend'> {
  return attend ? { attend } : {};
}

/** Ends a forward at a tap. */
const STOP = Symbol('stop');

/** Stands at the taps of one forward. */
export class Hooks implements TapListener {
  private readonly plan: RunPlan;
  /** Tokens that were read before. */
  private readonly start: number;
  private readonly asked: ReadonlySet<string>;
  private readonly values = new Map<string, Promise<Captured>>();
  private readonly gradients = new Map<string, Promise<Captured>>();
  private readonly flowing = new Map<string, Tensor>();
  private objective: Promise<number> | null = null;

  constructor(plan: RunPlan, start = 0) {
    this.plan = plan;
    this.start = start;
    this.asked = plan.asked;
  }

  wants(name: string): boolean {
    return this.asked.has(name);
  }

  pass(name: string, x: Tensor): Tensor {
    if (!this.asked.has(name)) return x;
    const { captured, derived, edits, stop, objective } = this.plan;
    const flowing = edits.apply(name, x, this.start);
    if (captured.has(name)) this.values.set(name, read(name, flowing));
    if (derived.has(name) || objective?.needs.includes(name)) this.flowing.set(name, flowing);
    if (name === stop) throw STOP;
    return flowing;
  }

  /** Runs a forward within a scope, and derives the objective. Null when it stopped before its result. */
  forward(compute: (tap: Tap) => Tensor): Tensor | null {
    const logits = this.untilStop(compute);
    const objective = this.plan.objective?.rule({ logits, taps: this.flowing }, this.start);
    if (!objective) return logits;
    this.objective = quiet(objective.item());
    const targets = Array.from(this.flowing).filter(([name]) => this.plan.derived.has(name));
    const found = backward(
      objective,
      targets.map(([, x]) => x),
    );
    for (const [name, x] of targets) this.gradients.set(name, read(name, found.get(x) as Tensor));
    return logits;
  }

  /** What was found, once the device has computed it. */
  async run(next: Run['next'] = null): Promise<Run> {
    const settle = async (found: ReadonlyMap<string, Promise<Captured>>): Promise<Map<string, Captured>> =>
      new Map(await Promise.all(Array.from(found, async ([name, value]) => [name, await value] as const)));
    const [values, gradients] = [await settle(this.values), await settle(this.gradients)];
    return new Run({ values, gradients, objective: await this.objective, next });
  }

  private untilStop(compute: (tap: Tap) => Tensor): Tensor | null {
    try {
      return compute(tapFor(this));
    } catch (thrown) {
      if (thrown !== STOP) throw thrown;
      return null;
    }
  }
}

/** Values are copied while they are there: nothing outlives the scope of its forward. */
function read(name: string, x: Tensor): Promise<Captured> {
  const { shape } = x;
  const data = x.data().then((values) => (values instanceof Float32Array ? values : Float32Array.from(values)));
  return quiet(data.then((data) => new Captured({ name, dims: axesOf(name, shape.length), shape, data })));
}

/** A promise that is awaited later, or never when the run fails: its own failure is not a second error. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

function requirePatterns(patterns: unknown, label: string): void {
  const fits = Array.isArray(patterns) && patterns.every((pattern) => typeof pattern === 'string');
  if (!fits) throw new TapError(`${label} is ${JSON.stringify(patterns)}; expected an array of names or patterns`);
}

const namesOf = (taps: readonly TapShape[]): string[] => taps.map(({ name }) => name);

function requireBudget(taps: readonly TapShape[], wanted: readonly ReadonlySet<string>[], budget: number): void {
  if (typeof budget !== 'number' || !(budget >= 0))
    throw new BudgetError(`budget is ${JSON.stringify(budget)}; expected bytes`);
  const held = wanted.flatMap((names) => taps.filter(({ name }) => names.has(name)));
  const total = held.reduce((sum, { bytes }) => sum + bytes, 0);
  if (total <= budget) return;
  const largest = [...held].sort((a, b) => b.bytes - a.bytes).slice(0, 3);
  const named = largest.map(({ name, shape, bytes }) => `${name} [${shape.join(', ')}] ${inBytes(bytes)}`).join(', ');
  const what = `${held.length} captured values would take ${inBytes(total)} of ${inBytes(budget)}`;
  throw new BudgetError(`${what}; the largest: ${named}. Capture fewer, or raise the budget`);
}

function inBytes(count: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, count)) / 10)));
  return `${Number((count / 2 ** (10 * unit)).toPrecision(3))} ${units[unit]}`;
}
