import type { Random } from '../../tensor/random.ts';
import type { Episode, EpisodeImage } from '../data/index.ts';
import type { SharedFeatures } from '../features.ts';
import type { OwnText } from './own-data.ts';
import type { OwnViews } from './tune-stage.ts';

/** One's own lines as a kind of episodes; plain data, for any thread. */
export interface OwnKind {
  readonly texts: readonly OwnText[];
  /** Cached views of each picture. */
  readonly views: number;
}

const imageOf = (place: number, view: number): EpisodeImage => ({ concept: `own ${place}`, style: 'own', view });

/** A line at random, each of its pictures in a view at random. */
export function ownEpisode({ texts, views }: OwnKind, random: Random): Episode {
  const { ids, weights, pictures } = random.pick(texts);
  return { ids, weights, images: pictures.map((place) => imageOf(place, random.integer(views))) };
}

/** The cache with the views of one's own pictures behind the others. */
export function withOwnFeatures(
  { shape, keys, memory }: SharedFeatures,
  { views, memory: own }: OwnViews,
  keyOf: (image: EpisodeImage) => string,
): SharedFeatures {
  const count = own.byteLength / (4 * shape[0] * shape[1]);
  const both = new SharedArrayBuffer(memory.byteLength + own.byteLength);
  const bytes = new Uint8Array(both);
  bytes.set(new Uint8Array(memory));
  bytes.set(new Uint8Array(own), memory.byteLength);
  const ownKeys = Array.from({ length: count }, (_, i) => keyOf(imageOf(Math.floor(i / views), i % views)));
  return { shape, keys: [...keys, ...ownKeys], memory: both };
}
