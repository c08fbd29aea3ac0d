import type { VisionEncoder } from '../flamingo/vision-encoder.ts';
import { type Device, Random, scope, tensor } from '../tensor/index.ts';
import type { EpisodeImage, Shown, TrainingData } from './data/index.ts';
import { type ScaleRange, trainingAugmentation } from './data/render.ts';
import { renderHeavily } from './heavy.ts';

const BATCH = 64;

/** Patch tokens of frozen pictures, computed once: interleaved training never touches a pixel. */
export interface FeatureCache {
  /** [tokens, width] of one view */
  readonly shape: readonly [number, number];
  /** Of a clip, its frames one after the other. */
  of(image: EpisodeImage): Float32Array;
}

/** By what a view is found. */
export const keyOf = ({ concept, style, view }: EpisodeImage): string => `${concept}/${style}/${view}`;

/** Patch tokens of pixels [count, 3, size, size], by batches: [count, tokens, width], row-major. */
export async function encodePixels(
  device: Device,
  vision: VisionEncoder,
  pixels: readonly Float32Array[],
  size: number,
): Promise<Float32Array[]> {
  const features: Float32Array[] = [];
  for (let start = 0; start < pixels.length; start += BATCH) {
    const part = pixels.slice(start, start + BATCH);
    const joined = new Float32Array(part.length * 3 * size * size);
    part.forEach((view, i) => {
      joined.set(view, i * view.length);
    });
    const patches = scope(device, () => vision.forward(tensor(device, joined, [part.length, 3, size, size])).patches);
    const values = (await patches.data()) as Float32Array;
    const each = patches.size / part.length;
    patches.dispose();
    for (let i = 0; i < part.length; i++) features.push(values.slice(i * each, (i + 1) * each));
  }
  return features;
}

/** The cache as all threads see it: pictures by key, one after the other. */
export interface SharedFeatures {
  readonly shape: readonly [number, number];
  readonly keys: readonly string[];
  readonly memory: SharedArrayBuffer;
}

/** Some pictures to encode, and where the first one's features go. */
export interface FeatureWork {
  readonly images: readonly EpisodeImage[];
  readonly at: number;
  readonly seed: number;
  readonly size: number;
  readonly scale: ScaleRange;
  /** Share of views that are rendered heavily. */
  readonly heavy: number;
  readonly features: Pick<SharedFeatures, 'shape' | 'memory'>;
}

/** Draws and encodes pictures; each is drawn from the seed and its own name. */
export async function encodeInto(vision: VisionEncoder, data: TrainingData, work: FeatureWork): Promise<void> {
  const root = new Random(work.seed).fork('features');
  const [tokens, width] = work.features.shape;
  const all = new Float32Array(work.features.memory);
  const pixels = work.images.map((image) => {
    const random = root.fork(keyOf(image));
    const how = trainingAugmentation(random, work.scale);
    const view = data.pictures.renderAs(image.concept, image.style, how, work.size, undefined, random);
    if (random.chance(work.heavy)) renderHeavily(view, work.size, random);
    return view;
  });
  const features = await encodePixels(vision.patchEmbedding.device, vision, pixels, work.size);
  features.forEach((values, i) => {
    all.set(values, (work.at + i) * tokens * width);
  });
}

export function openFeatures({ shape, keys, memory }: SharedFeatures): FeatureCache {
  const places = new Map(keys.map((key, i) => [key, i]));
  const all = new Float32Array(memory);
  const each = shape[0] * shape[1];
  return {
    shape,
    of: (image) => {
      const place = places.get(keyOf(image));
      if (place === undefined) throw new RangeError(`no cached view ${keyOf(image)}`);
      return all.subarray(place * each, (place + (image.frames ?? 1)) * each);
    },
  };
}

/** Room for the features of every view of these concepts, and the work to fill it. */
export function planFeatures(
  concepts: readonly Shown[],
  options: Pick<FeatureWork, 'seed' | 'size' | 'scale' | 'heavy'> & { readonly shape: readonly [number, number] },
): { features: SharedFeatures; works: FeatureWork[] } {
  const { seed, size, scale, heavy, shape } = options;
  const images = concepts.flatMap(({ name, styles, views }) =>
    styles.flatMap((style) => Array.from({ length: views }, (_, view) => ({ concept: name, style, view }))),
  );
  const memory = new SharedArrayBuffer(images.length * shape[0] * shape[1] * 4);
  const features = { shape, keys: images.map(keyOf), memory };
  const works: FeatureWork[] = [];
  for (let at = 0; at < images.length; at += BATCH)
    works.push({ images: images.slice(at, at + BATCH), at, seed, size, scale, heavy, features: { shape, memory } });
  return { features, works };
}
