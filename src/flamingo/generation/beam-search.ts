/**
 * Beam search with the rules of Hugging Face's transformers 4.57 (`_beam_search`, early_stopping = False), so that
 * texts and scores are comparable with OpenFlamingo's.
 */

import type { ReadPrompt } from './decoding.ts';
import { largest, logSoftmax, tempered, without } from './distribution.ts';
import { DEFAULT_MAX_TOKENS, type Generated, type GenerationOptions } from './options.ts';

interface Beam {
  readonly ids: readonly number[];
  readonly logProbability: number;
}

/** A beam that may not grow any more. */
interface Finished extends Beam {
  readonly score: number;
}

interface Search {
  running: Beam[];
  finished: Finished[];
  /** Nothing that still runs can beat what is finished. */
  done: boolean;
}

export interface BeamOptions extends GenerationOptions {
  readonly beams: number;
  readonly suppress: readonly number[];
  /** Tokens of the prompt with its padding. */
  readonly promptLength: number;
  /** Logits are divided by it before probabilities are taken; default 1. */
  readonly calibration?: number;
}

/** Searches in every row at once; `first` are the logits after the prompts. Gives what every row has finished, best first. */
export async function beamSearch({ decoding, first }: ReadPrompt, options: BeamOptions): Promise<Generated[][]> {
  const { maxTokens = DEFAULT_MAX_TOKENS } = options;
  const firstLogits = first.map((logits) => logits.slice());
  const searches: Search[] = first.map(() => ({
    running: [{ ids: [], logProbability: 0 }],
    finished: [],
    done: false,
  }));
  // Every search keeps its place in the batch until all are done, as many rows as it has beams.
  let logits: readonly (readonly Float32Array[])[] = first.map((row) => [row]);
  let origin = searches.map((_, i) => [i]);
  for (let length = 1; length <= maxTokens; length++) {
    const parents = searches.map((search, i) => advance(search, logits[i] as readonly Float32Array[], length, options));
    if (length === maxTokens || searches.every(({ done }) => done)) break;
    decoding.select(parents.flatMap((list, i) => list.map((parent) => origin[i]?.[parent] as number)));
    const rows = await decoding.read(
      searches.flatMap(({ running }) => running.map(({ ids }) => [ids.at(-1) as number])),
    );
    let next = 0;
    origin = searches.map(({ running }) => running.map(() => next++));
    logits = origin.map((list) => list.map((row) => rows[row] as Float32Array));
  }
  return searches.map(({ finished }, i) =>
    finished.map((beam) => ({ ...beam, firstLogits: firstLogits[i] as Float32Array })),
  );
}

/** Grows every running beam by a token. Gives, for each beam that goes on, the place of the one it comes from. */
function advance(search: Search, rows: readonly Float32Array[], length: number, options: BeamOptions): number[] {
  const { stop, beams, maxTokens = DEFAULT_MAX_TOKENS } = options;
  const stops = ({ ids }: Beam): boolean => ids.at(-1) === stop || length === maxTokens;
  // As each beam stops in one way only, 2 * beams candidates leave enough that go on.
  const candidates = continuations(search.running, rows, options).slice(0, 2 * beams);
  if (!search.done) {
    const ended = candidates.slice(0, beams).filter(stops);
    search.finished = [...search.finished, ...ended.map((beam) => ({ ...beam, score: scoreOf(beam, options) }))]
      .sort((a, b) => b.score - a.score)
      .slice(0, beams);
  }
  const going = candidates.filter((beam) => !stops(beam)).slice(0, beams);
  search.running = going;
  search.done ||= !canImprove(search, options);
  return going.map(({ parent }) => parent);
}

/** The likeliest continuations by one token, best first, with the beam that each comes from. */
function continuations(
  running: readonly Beam[],
  rows: readonly Float32Array[],
  { beams, suppress, calibration = 1 }: BeamOptions,
): (Beam & { readonly parent: number })[] {
  return running
    .flatMap(({ ids, logProbability }, parent) => {
      const logs = logSoftmax(tempered(without(rows[parent] as Float32Array, suppress), calibration));
      return largest(logs, 2 * beams).map((id) => ({
        ids: [...ids, id],
        logProbability: logProbability + (logs[id] as number),
        parent,
      }));
    })
    .sort((a, b) => b.logProbability - a.logProbability);
}

function scoreOf({ ids, logProbability }: Beam, options: BeamOptions): number {
  const { lengthPenalty = 1, lengthRule = 'generated', promptLength, stop } = options;
  const whole = promptLength + ids.length - (ids.at(-1) === stop ? 1 : 0);
  return logProbability / (lengthRule === 'whole' ? whole : ids.length) ** lengthPenalty;
}

/** Tells whether the best running beam, were it to end now, would still enter the finished ones. */
function canImprove({ running: [best], finished }: Search, options: BeamOptions): boolean {
  if (!best) return false;
  return finished.length < options.beams || scoreOf(best, options) > (finished.at(-1) as Finished).score;
}
