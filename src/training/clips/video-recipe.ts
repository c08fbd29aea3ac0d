import type { ModelConfig } from '../../model/config.ts';
import { Random } from '../../tensor/index.ts';
import { WIDE_MIX } from '../data/index.ts';
import type { FlamingoRecipe } from '../flamingo-stage.ts';
import type { Finished } from '../from-weights.ts';
import { type SharedState, shareState, viewsOf } from '../shared-state.ts';
import { FRAMES } from './clip.ts';

/** Going on from finished weights to clips and scenes, with some of what they knew; the encoder and language model stay. */
export const VIDEO_RECIPE: Partial<FlamingoRecipe> = {
  steps: 1200,
  warmup: 40,
  views: 8,
  others: 1000,
  mix: WIDE_MIX,
  mixture: { how: 'accumulate', weights: { clips: 0.45, scenes: 0.25, questions: 0.18, binding: 0.12 } },
  moving: { clips: 12_000, scenes: 12_000 },
  rate: 0.012,
  resamplerRate: 0.01,
  resamplerDecay: 0.3,
  adam: 1e-3,
  gates: 5e-3,
  keep: 0,
};

/** Frames that a clip may have: twice those of training, in between by interpolation. */
const MOST_FRAMES = 2 * FRAMES;

/** Size of the first temporal embeddings beside a visual token, whose numbers are about 1. */
const SIZE = 0.5;

/**
 * Finished weights with temporal embeddings that are still to be learnt. The first is zero, so that pictures are read as
 * before; the others change evenly with time, so that what lies between two of them means a time between.
 */
export function withTemporalEmbeddings(finished: Finished, seed: number): Finished {
  const { config, shared } = finished;
  const random = new Random(seed).fork('temporal embeddings');
  const { width } = config.model.resampler;
  const waves = Array.from({ length: WAVES }, () => Array.from({ length: width }, () => random.normal(0, SIZE)));
  const at = (frame: number, i: number): number =>
    waves.reduce(
      (sum, wave, k) => sum + (wave[i] as number) * Math.cos((Math.PI * (k + 1) * (frame + 0.5)) / FRAMES),
      0,
    );
  const values = Float32Array.from({ length: FRAMES * width }, (_, place) => {
    const [frame, i] = [Math.floor(place / width), place % width];
    return at(frame, i) - at(0, i);
  });
  return {
    ...finished,
    config: withFrames(config),
    shared: {
      ...shared,
      flamingo: withValue(shared.flamingo, 'model.resampler.frameEmbeddings', [FRAMES, width], values),
    },
  };
}

/** The configuration of the same model with temporal embeddings. */
export function withFrames(config: ModelConfig): ModelConfig {
  return {
    ...config,
    model: { ...config.model, resampler: { ...config.model.resampler, frameEmbeddings: FRAMES } },
    limits: { ...config.limits, frames: MOST_FRAMES },
  };
}

/** Cosines that make up an embedding's course. */
const WAVES = 3;

function withValue(state: SharedState, name: string, shape: readonly number[], values: Float32Array): SharedState {
  const others = state.entries.filter((entry) => entry.name !== name);
  const all = shareState([...others.map((entry) => [entry.name, entry.shape] as const), [name, shape]]);
  const views = viewsOf(all);
  for (const [each, data] of viewsOf(state)) if (each !== name) views.get(each)?.set(data);
  views.get(name)?.set(values);
  return all;
}
