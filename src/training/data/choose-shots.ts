import { selectShots } from '../../flamingo/rices.ts';
import type { EvaluationEpisode } from './evaluation-episodes.ts';

/**
 * RICES (paper, appendix A.2) on an episode that holds more shots than are wanted: keeps the `count` whose pictures look
 * most like the query's, the most similar last, next to the query.
 * @param features one vector for each picture, the query's last
 * @param encode a text with `<BOS>`, `<image>` and `<EOC>` to ids
 * @returns the episode, and which of its pictures are left
 */
export function mostSimilarShots(
  episode: EvaluationEpisode,
  features: readonly Float32Array[],
  count: number,
  encode: (text: string) => readonly number[],
): { readonly episode: EvaluationEpisode; readonly kept: readonly number[] } {
  const query = episode.images.length - 1;
  const chosen = selectShots(features[query] as Float32Array, features.slice(0, query), count);
  const kept = [...chosen, query];
  const texts = new Array<string>(episode.images.length).fill('');
  let image = 0;
  for (const part of episode.parts) {
    if ('image' in part) image = part.image;
    else texts[image] = part.text;
  }
  const own = kept.map((place) => texts[place] as string);
  return {
    kept,
    episode: {
      ...episode,
      ids: encode(`<BOS>${own.map((text) => `<image>${text}`).join('')}`),
      parts: own.flatMap((text, place) => (text === '' ? [{ image: place }] : [{ image: place }, { text }])),
      images: kept.map((place) => episode.images[place] as EvaluationEpisode['images'][number]),
    },
  };
}
