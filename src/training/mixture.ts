import type { Random } from '../tensor/random.ts';
import type { Episode, EpisodeKind, Episodes } from './data/index.ts';
import { TrainingError } from './files.ts';

/** How kinds of episodes are put together: the paper's mixture of datasets (section 2.4). */
export interface Mixture {
  /**
   * `accumulate`: every step has episodes of every kind, and its gradient is the sum of theirs, each kind's mean loss by its
   * weight, as in the paper. `round-robin`: one kind a step, in turn; its weights say only which kinds there are.
   */
  readonly how: 'accumulate' | 'round-robin';
  /** The paper's lambda of each kind, relative to each other. */
  readonly weights: Readonly<Partial<Record<EpisodeKind, number>>>;
}

/** Binding and questions as often as they are drawn without a mixture, once accumulated and once in turn. */
export const MIXTURES: Readonly<Record<Mixture['how'], Mixture>> = {
  accumulate: { how: 'accumulate', weights: { binding: 0.45, questions: 0.55 } },
  'round-robin': { how: 'round-robin', weights: { binding: 0.45, questions: 0.55 } },
};

/** Kinds that have a weight, with their shares of the sum. @throws TrainingError for weights that are no positive numbers */
export function sharesOf({ weights }: Mixture): readonly (readonly [EpisodeKind, number])[] {
  const kinds = Object.entries(weights) as [EpisodeKind, number][];
  for (const [kind, weight] of kinds)
    if (!(Number.isFinite(weight) && weight > 0))
      throw new TrainingError(`the weight of ${kind} in the mixture is ${weight}; expected a number above 0`);
  if (kinds.length === 0) throw new TrainingError('the mixture has no kind of episodes; expected at least one');
  const sum = kinds.reduce((total, [, weight]) => total + weight, 0);
  return kinds.map(([kind, weight]) => [kind, weight / sum]);
}

type Draw = Pick<Episodes, 'episode'>;
type Limits = Parameters<Episodes['episode']>[1];

/**
 * Rows [from, to) of a step's batch of `size` episodes, the same for any cut of it. With a mixture that accumulates, weights of
 * tokens are such that each kind's sum over the batch is the kind's share: the loss is the sum of the kinds' means by their shares.
 * @param random of the step
 */
export function drawRows(
  episodes: Draw,
  random: Random,
  step: number,
  [from, to, size]: readonly [from: number, to: number, size: number],
  mixture?: Mixture,
  limits?: Limits,
): Episode[] {
  const draw = (row: number, kind?: EpisodeKind): Episode => episodes.episode(random.fork(row), limits, kind);
  const rows = Array.from({ length: to - from }, (_, i) => from + i);
  if (!mixture) return rows.map((row) => draw(row));
  const shares = sharesOf(mixture);
  if (mixture.how === 'round-robin') {
    const [kind] = shares[step % shares.length] as readonly [EpisodeKind, number];
    return rows.map((row) => draw(row, kind));
  }
  if (size < shares.length)
    throw new TrainingError(`a batch of ${size} has no room for ${shares.length} kinds; expected a larger one`);
  const all = Array.from({ length: size }, (_, row) => {
    const [kind, share] = shares[row % shares.length] as readonly [EpisodeKind, number];
    return { kind, share, episode: draw(row, kind) };
  });
  return all.slice(from, to).map(({ kind, share, episode: { ids, weights, images } }) => {
    const own = all.filter((each) => each.kind === kind);
    const scored = own.reduce((sum, { episode }) => sum + total(episode.weights), 0);
    return { ids, images, weights: weights.map((weight) => (weight === 0 ? 0 : (weight * share) / scored)) };
  });
}

const total = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
