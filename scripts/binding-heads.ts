// Where a made-up word is bound, on rows of the development set: how often the right word is chosen by the likeness of
// the pictures' latents, of what each gated block reads at `<image>`, and by each attention head of the language model,
// which looks from the query's `<image>` at the first token of every word.
//
//     npm run binding-heads -- [--data FOLDER] [--n EPISODES]

import { fileURLToPath } from 'node:url';
import type { Flamingo } from '../src/flamingo/flamingo.ts';
import { cosineSimilarity } from '../src/flamingo/rices.ts';
import { tapFor } from '../src/nn/tap.ts';
import { openDevice, Random, scope, type Tensor, tensor } from '../src/tensor/index.ts';
import {
  type EvaluationEpisode,
  EvaluationEpisodes,
  loadEvaluationData,
  type TrainingData,
} from '../src/training/data/index.ts';
import { DEVELOPMENT_ROWS, type RowSpec } from '../src/training/evaluation-rows.ts';
import { encodePixels } from '../src/training/features.ts';
import { readWeights, weightsSource } from '../src/zoo/open/weights.ts';
import { readArguments, wholeNumber } from './arguments.ts';

const USAGE = `
How often latents, gated blocks and each attention head choose the right made-up word, on the development set.

    npm run binding-heads -- [--data FOLDER] [--n EPISODES]

  --data FOLDER   the training data, installed there when missing (default: .data)
  --n EPISODES    of each row (default: 600)
`;

const BATCH = 30;
const READ = /^xattn\.\d+\.attention\.out$|^lm\.layers\.\d+\.attention\.weights$/;

/** A value of a run, with its rows one after the other. */
interface Value {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const copied = (x: Tensor): Value => ({ shape: x.shape, data: Float32Array.from(x.dataSync() as Float32Array) });

/** How often each chooser was right, and, for a head, the attention that it gives to the words. */
class Tally {
  private readonly counts = new Map<string, { right: number; mass: number }>();
  private n = 0;

  /** The words' scores by a chooser: those of their shots added up. */
  add(chooser: string, { shotClasses, candidates, answer }: EvaluationEpisode, scores: readonly number[]): void {
    const sums = candidates.map((_, way) => scores.reduce((sum, x, i) => (shotClasses[i] === way ? sum + x : sum), 0));
    const count = this.counts.get(chooser) ?? { right: 0, mass: 0 };
    if (sums.indexOf(Math.max(...sums)) === answer) count.right++;
    count.mass += scores.reduce((a, b) => a + b, 0);
    this.counts.set(chooser, count);
  }

  next(): void {
    this.n++;
  }

  lines(): string[] {
    return Array.from(this.counts, ([chooser, { right, mass }]) => {
      const attention = chooser.includes('head') ? `   attention ${(mass / this.n).toFixed(3)}` : '';
      return `${(right / this.n).toFixed(3)}   ${chooser}${attention}`;
    });
  }
}

/** The latents of every picture, and what the blocks and heads make of the episodes. */
function look(model: Flamingo, episodes: readonly EvaluationEpisode[], features: readonly Float32Array[]) {
  const { device } = model;
  const pictures = (episodes[0] as EvaluationEpisode).images.length;
  const length = Math.max(...episodes.map(({ ids }) => ids.length));
  const ids = new Int32Array(episodes.length * length); // what stands after an episode's end, nothing before it sees
  for (const [row, episode] of episodes.entries()) ids.set(episode.ids, row * length);
  const { width } = model.config.resampler;
  const each = (features[0] as Float32Array).length;
  const joined = new Float32Array(features.length * each);
  for (const [i, tokens] of features.entries()) joined.set(tokens, i * each);
  const values = new Map<string, Value>();
  const tap = tapFor({
    wants: (name) => READ.test(name),
    pass: (name, x) => {
      if (READ.test(name)) values.set(name, copied(x));
      return x;
    },
  });
  const latents = scope(device, () => {
    const media = model.resample(tensor(device, joined, [episodes.length, pictures, 1, each / width, width]));
    model.forward({ ids: tensor(device, ids, [episodes.length, length]), latents: media }, tap);
    return copied(media);
  });
  return { values, latents, length };
}

function choose(model: Flamingo, episodes: readonly EvaluationEpisode[], features: Float32Array[], tally: Tally): void {
  const { values, latents, length } = look(model, episodes, features);
  const pictures = (episodes[0] as EvaluationEpisode).images.length;
  const each = latents.data.length / features.length;
  for (const [row, episode] of episodes.entries()) {
    const images = episode.ids.flatMap((id, place) => (id === model.imageToken ? [place] : []));
    const query = images[pictures - 1] as number;
    const shots = images.slice(0, -1);
    const latent = (i: number): Float32Array =>
      latents.data.subarray((row * pictures + i) * each, (row * pictures + i + 1) * each);
    const last = latent(pictures - 1);
    tally.add(
      'latents',
      episode,
      shots.map((_, i) => cosineSimilarity(latent(i), last)),
    );
    for (const [name, { shape, data }] of values) {
      const width = shape.at(-1) as number;
      const at = (line: number): Float32Array => data.subarray(line * width, (line + 1) * width);
      if (name.startsWith('xattn')) {
        const read = (place: number): Float32Array => at(row * length + place);
        tally.add(
          `${name} at <image>`,
          episode,
          shots.map((place) => cosineSimilarity(read(place), read(query))),
        );
        continue;
      }
      const heads = shape[1] as number;
      for (let head = 0; head < heads; head++) {
        const weights = at((row * heads + head) * length + query);
        tally.add(
          `${name}, head ${head}`,
          episode,
          shots.map((place) => weights[place + 1] as number),
        );
      }
    }
    tally.next();
  }
}

async function measure(model: Flamingo, data: TrainingData, row: RowSpec, n: number): Promise<string[]> {
  const source = new EvaluationEpisodes(data.bank, data.pictures);
  const random = new Random(1).fork('evaluation');
  const tally = new Tally();
  const { vision, device } = model;
  if (!vision) throw new RangeError('these weights have no vision encoder');
  const size = vision.config.imageSize as number;
  for (let from = 0; from < n; from += BATCH) {
    const count = Math.min(BATCH, n - from);
    const episodes = Array.from({ length: count }, (_, i) =>
      source.episode({ ...row, control: null }, random, from + i),
    );
    const pixels = episodes.flatMap(({ images }) =>
      images.map((view) => data.pictures.render(view.concept, view.style, new Random(view.seed), size)),
    );
    choose(model, episodes, await encodePixels(device, vision, pixels, size), tally);
  }
  return tally.lines();
}

const { values } = readArguments(USAGE, {
  options: { data: { type: 'string' }, n: { type: 'string', default: '600' } },
});
const count = wholeNumber('--n', values.n, 1);
const weights = fileURLToPath(new URL('../weights/', import.meta.url));
const { flamingo } = await readWeights(weightsSource(weights), await openDevice('simd'));
const folder = values.data ?? process.env.GLASS_FLAMINGO_DATA ?? '.data';
const data = await loadEvaluationData(folder, weights, console.log);
for (const row of DEVELOPMENT_ROWS.filter(({ task }) => task === 'binding')) {
  console.log(`\n${row.concepts}, query in style ${row.style}, ${row.ways} words, ${row.shots} shots each`);
  for (const line of await measure(flamingo, data, row, count)) console.log(line);
}
