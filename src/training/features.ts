import type { VisionEncoder } from '../flamingo/vision-encoder.ts';
import { type Device, Random, scope, tensor } from '../tensor/index.ts';
import type { EpisodeImage, TrainingData } from './data/index.ts';
import { trainingStyles } from './data/index.ts';
import type { Report } from './report.ts';

const BATCH = 64;

/** Patch tokens of frozen pictures, computed once: interleaved training never touches a pixel. */
export interface FeatureCache {
  /** [tokens, width] of one view */
  readonly shape: readonly [number, number];
  of(image: EpisodeImage): Float32Array;
}

const keyOf = ({ concept, style, view }: EpisodeImage): string => `${concept}/${style}/${view}`;

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

/** Encodes `views` augmented views of every seen concept in every training style. */
export async function cacheFeatures(
  device: Device,
  vision: VisionEncoder,
  data: TrainingData,
  options: { seed: number; views: number; size: number; report: Report },
): Promise<FeatureCache> {
  const { seed, views, size, report } = options;
  const root = new Random(seed).fork('features');
  const images = data.bank.seen.flatMap(({ name }) =>
    trainingStyles(data.pictures, name).flatMap((style) =>
      Array.from({ length: views }, (_, view) => ({ concept: name, style, view })),
    ),
  );
  const cache = new Map<string, Float32Array>();
  report.begin('features', images.length, 0);
  const began = performance.now();
  const chunk = BATCH * 4;
  for (let start = 0; start < images.length; start += chunk) {
    const part = images.slice(start, start + chunk);
    const pixels = part.map((image) => data.pictures.render(image.concept, image.style, root.fork(keyOf(image)), size));
    const features = await encodePixels(device, vision, pixels, size);
    part.forEach((image, i) => {
      cache.set(keyOf(image), features[i] as Float32Array);
    });
    const done = start + part.length;
    report.step(done, {}, ((performance.now() - began) / 1000 / done) * (images.length - done));
  }
  report.end();
  const width = vision.config.width;
  const tokens = (cache.values().next().value as Float32Array).length / width;
  return {
    shape: [tokens, width],
    of: (image) => {
      const found = cache.get(keyOf(image));
      if (!found) throw new RangeError(`no cached view ${keyOf(image)}`);
      return found;
    },
  };
}
