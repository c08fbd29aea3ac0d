import type { Flamingo } from '../flamingo/flamingo.ts';
import { Random, type Tensor, tensor } from '../tensor/index.ts';
import type { EvaluationEpisode, TrainingData } from './data/index.ts';
import { encodePixels } from './features.ts';

/** An episode with its pictures drawn and encoded. */
export interface Seen {
  readonly episode: EvaluationEpisode;
  readonly pixels: readonly Float32Array[];
  /** Patch tokens of each picture, [tokens, width]. */
  readonly features: readonly Float32Array[];
}

/** Pictures by what draws them: their pixels, and their patch tokens from one vision encoder. */
export type Looked = Map<string, { readonly pixels: Float32Array; readonly features: Float32Array }>;

/** Draws and encodes the pictures of episodes, but for those that have been looked at. */
export async function look(
  { vision, device }: Flamingo,
  data: TrainingData,
  episodes: readonly EvaluationEpisode[],
  looked: Looked,
): Promise<Seen[]> {
  if (!vision) throw new RangeError('evaluation needs a model with a vision encoder');
  const size = vision.config.imageSize as number;
  const views = new Map(episodes.flatMap(({ images }) => images.map((view) => [JSON.stringify(view), view])));
  const fresh = [...views].filter(([key]) => !looked.has(key));
  const drawn = fresh.map(([, { concept, style, seed }]) =>
    data.pictures.render(concept, style, new Random(seed), size),
  );
  const encoded = await encodePixels(device, vision, drawn, size);
  fresh.forEach(([key], i) => {
    looked.set(key, { pixels: drawn[i] as Float32Array, features: encoded[i] as Float32Array });
  });
  return episodes.map((episode) => {
    const own = episode.images.map(
      (view) => looked.get(JSON.stringify(view)) as { pixels: Float32Array; features: Float32Array },
    );
    return { episode, pixels: own.map(({ pixels }) => pixels), features: own.map(({ features }) => features) };
  });
}

/** [rows, pictures, 1, tokens, width]; rows with fewer pictures end in zeros. */
export function mediaOf(model: Flamingo, seen: readonly Seen[], zero: boolean): Tensor {
  const most = Math.max(...seen.map(({ features }) => features.length));
  const each = (seen[0] as Seen).features[0]?.length as number;
  const values = new Float32Array(seen.length * most * each);
  if (!zero) {
    seen.forEach(({ features }, row) => {
      features.forEach((tokens, i) => {
        values.set(tokens, (row * most + i) * each);
      });
    });
  }
  const width = model.config.resampler.width;
  return tensor(model.device, values, [seen.length, most, 1, each / width, width]);
}
