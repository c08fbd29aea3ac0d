/** One number of a run, to be derived by what came before it. */

import type { Tensor } from '../tensor/index.ts';
import { requireWhere } from './edit.ts';
import { matchingName } from './patterns.ts';
import { EditError, Region, type RegionLimits, type RegionTap, type Where } from './region.ts';
import type { TapQuery } from './taps.ts';

/**
 * The `logit` or the `logProbability` of a token, by its id or its text, after the token at `position` (from 0, negative
 * from the prompt's end; default the last token read); or the sum of what `where` chooses of a tap: with an index for
 * every axis it is one element. `row` is that of the batch, default 0.
 */
export type Objective =
  | { readonly logit: number | string; readonly position?: number; readonly row?: number }
  | { readonly logProbability: number | string; readonly position?: number; readonly row?: number }
  | { readonly tap: TapQuery; readonly where?: Where };

export interface GradientRequest {
  readonly of: Objective;
  /** The taps at which the gradients are wanted. Masks have none. */
  readonly at: readonly TapQuery[];
}

/** How a step gives the number: null when it is not of this step. */
export type ObjectiveRule = (
  values: { readonly logits: Tensor | null; readonly taps: ReadonlyMap<string, Tensor> },
  start: number,
) => Tensor | null;

export interface ObjectiveContext {
  readonly taps: readonly RegionTap[];
  readonly limits: RegionLimits;
  /** The one token that a text is. */
  readonly tokenOf: (text: string) => number;
}

/**
 * Which taps the number needs, and how it is computed from them.
 * @throws EditError for a malformed objective, and for a token, position, axis or index that is not there
 * @throws TapError for a tap that the run does not compute, and for a pattern of several
 */
export function resolveObjective(of: Objective, context: ObjectiveContext): { needs: string[]; rule: ObjectiveRule } {
  if (typeof of !== 'object' || of === null) throw new EditError(`grad.of is not an object; expected ${FORM}`);
  return 'tap' in of ? ofTap(of, context) : ofToken(of, context);
}

const FORM = '{"logit": TOKEN}, {"logProbability": TOKEN} or {"tap": NAME, "where"?: {AXIS: INDEX}}';

function ofTap({ tap: name, where = {} }: Extract<Objective, { tap: string }>, { taps, limits }: ObjectiveContext) {
  const names = taps.map((tap) => tap.name);
  const found = matchingName(name, names, 'grad.of');
  requireWhere(where, 'grad.of');
  const tap = taps[names.indexOf(found)] as RegionTap;
  const region = new Region(where, tap, limits);
  const rule: ObjectiveRule = (values, start) => {
    const x = values.taps.get(tap.name);
    const mask = x && region.mask(x, start);
    return mask ? mask.where(x, 0).sum() : null;
  };
  return { needs: [tap.name], rule };
}

function ofToken(of: Exclude<Objective, { tap: string }>, { taps, limits, tokenOf }: ObjectiveContext) {
  const logits = taps.find(({ name }) => name === 'logits');
  if (!logits) throw new EditError('grad.of is of a token, but the run stops before the logits');
  const [rows, prompt, vocabulary] = logits.shape as [number, number, number];
  const kind = 'logit' in of ? 'logit' : 'logProbability';
  const given = 'logit' in of ? of.logit : of.logProbability;
  if (typeof given !== 'number' && typeof given !== 'string')
    throw new EditError(`grad.of names no token; expected ${FORM}`);
  const id = typeof given === 'string' ? tokenOf(given) : given;
  const within = (value: number, end: number): boolean => Number.isInteger(value) && value >= 0 && value < end;
  if (!within(id, vocabulary)) throw new EditError(`grad.of has no token ${id}; expected 0 to ${vocabulary - 1}`);
  const { position, row = 0 } = of;
  if (!within(row, rows)) throw new EditError(`grad.of has no row ${row}; expected 0 to ${rows - 1}`);
  const at = position !== undefined && position < 0 ? position + prompt : position;
  if (at !== undefined && !within(at, prompt + (limits.following ?? 0)))
    throw new EditError(`grad.of has no position ${position} in ${prompt} tokens`);
  const rule: ObjectiveRule = (values, start) => {
    if (!values.logits) return null;
    const n = values.logits.shape[1] as number;
    const place = at === undefined ? n - 1 : at - start;
    if (place < 0 || place >= n) return null;
    const line = values.logits.slice([
      [row, row + 1],
      [place, place + 1],
    ]); // [1, 1, vocabulary]
    const scored = kind === 'logit' ? line : line.logSoftmax();
    return scored.slice([[null], [null], [id, id + 1]]).sum();
  };
  return { needs: [], rule };
}
