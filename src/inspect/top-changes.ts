/** What changed in the next token's distribution between two runs: before and after an edit, or of two models. */

import { requireKinds } from '../files/kinds.ts';
import { largest, logSoftmax, tempered } from '../flamingo/generation/distribution.ts';
import { requireOptions } from '../tensor/index.ts';
import type { LensModel } from './logit-lens.ts';
import { checkIndex, type Recorded, ViewError } from './recorded.ts';

/** What to capture for it. */
export const TOP_CHANGES_TAPS: readonly string[] = ['logits'];

export interface TopChange {
  readonly id: number;
  /** As it stands in the vocabulary. */
  readonly token: string;
  readonly before: number;
  readonly after: number;
}

export interface TopChangesOptions {
  /** Position in the text, negative from its end; default -1, the last. */
  readonly position?: number;
  /** Of each run, so many likeliest tokens; default 5. */
  readonly top?: number;
  /** Of the batch, counted from 0; default 0. */
  readonly row?: number;
  /** At which the second run's probabilities are shown, where another model made it; default the first one's. */
  readonly otherTemperature?: number;
}

/**
 * Probabilities, softmax(logits / temperature of the configuration) as answers show them, of every token that is among the
 * likeliest of either run, by the larger of both.
 * @throws TapError unless `logits` were captured
 * @throws ViewError for a position or a row that is not there, or runs of different vocabularies
 * @example
 * ```ts
 * const edit = [{ at: 'xattn.*.gate.*', set: 0 }];
 * const [open, closed] = [await model.run(prompt, { capture: TOP_CHANGES_TAPS }), await model.run(prompt, { capture: TOP_CHANGES_TAPS, edit })];
 * const changes = topChanges(open, closed, model);
 * ```
 */
export function topChanges(
  before: Recorded,
  after: Recorded,
  model: Pick<LensModel, 'tokenizer' | 'config'>,
  options: TopChangesOptions = {},
): TopChange[] {
  requireOptions('topChanges', options, 'position top row otherTemperature');
  requireKinds('topChanges', { before, after, model }, '{names,get} {names,get} {tokenizer}');
  const { tokenizer, config } = model;
  const { position = -1, top = 5, row = 0 } = options;
  const temperature = config?.temperature ?? 1;
  const old = logProbabilities(before, position, row, temperature);
  const now = logProbabilities(after, position, row, options.otherTemperature ?? temperature);
  if (old.length !== now.length)
    throw new ViewError(`the runs have vocabularies of ${old.length} and ${now.length} tokens; expected the same`);
  const ids = new Set([...largest(old, top), ...largest(now, top)]);
  const changes = Array.from(ids, (id) => ({
    id,
    token: tokenizer.token(id),
    before: Math.exp(old[id] as number),
    after: Math.exp(now[id] as number),
  }));
  const height = ({ before, after }: TopChange): number => Math.max(before, after);
  return changes.sort((a, b) => height(b) - height(a) || a.id - b.id);
}

/** Of the token after a position, natural logarithms: [vocabulary] */
export function logProbabilities(run: Recorded, position = -1, row = 0, temperature = 1): Float64Array {
  const { name, shape, data } = run.get('logits'); // [b, n, vocabulary]
  const [rows, n, vocabulary] = shape as [number, number, number];
  const at = position < 0 ? position + n : position;
  checkIndex(row, rows, 'row', name);
  checkIndex(at, n, 'position', name);
  const start = (row * n + at) * vocabulary;
  return logSoftmax(tempered(data.subarray(start, start + vocabulary), temperature));
}
