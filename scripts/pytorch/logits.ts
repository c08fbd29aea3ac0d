/**
 * Logits of a few prompts, for PyTorch to be held against, or held against PyTorch's:
 *
 *     node --import tsx --conditions=source scripts/pytorch/logits.ts --out runs.safetensors [--weights PLACE]
 *     node --import tsx --conditions=source scripts/pytorch/logits.ts --compare theirs.safetensors --weights PLACE
 *
 * PLACE is anything that Flamingo.load opens. A file of runs holds, for prompt k, `k.ids` [1, n], `k.pixels`
 * [1, m, 1, 3, h, w] and `k.logits` [1, n, vocabulary].
 */

import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { writeFileWhole } from '../../src/nn/file-source.ts';
import { openSafetensors, type SafetensorsEntry, writeSafetensors } from '../../src/nn/index.ts';
import { Random, scope, tensor } from '../../src/tensor/index.ts';

const { values: options } = parseArgs({
  options: {
    weights: { type: 'string', default: new URL('../../weights', import.meta.url).pathname },
    out: { type: 'string' },
    compare: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});

/** i a picture, e the end of a chunk, a number that many words. */
const LAYOUTS = ['i 3', 'i 2 e i 4 e i 1', '3 i 2 e 2 i 1', '6 e 3'];

/** A prompt and what the model makes of it. */
interface RunOf {
  readonly ids: Int32Array;
  /** [1, m, 1, 3, h, w]; null for text alone. */
  readonly pixels: { readonly data: Float32Array; readonly shape: readonly number[] } | null;
}

function draw(layout: string, { config }: Flamingo, random: Random): RunOf {
  const { tokens, languageModel, vision } = config;
  const size = vision?.imageSize as number;
  const first = 8; // behind special tokens
  const words = (count: number) =>
    Array.from({ length: count }, () => first + (random.bits() % (languageModel.vocabulary - first)));
  const parts = layout.split(' ');
  const ids = parts.flatMap((part) =>
    part === 'i' ? [tokens.image] : part === 'e' ? [tokens.endOfChunk] : words(Number(part)),
  );
  const media = parts.filter((part) => part === 'i').length;
  const shape = [1, media, 1, 3, size, size];
  const data = Float32Array.from({ length: media * 3 * size * size }, () => random.normal());
  return { ids: Int32Array.from(ids), pixels: media > 0 ? { data, shape } : null };
}

async function logitsOf(model: Flamingo, { ids, pixels }: RunOf): Promise<Float32Array> {
  const { device } = model;
  const logits = scope(device, () => {
    const row = tensor(device, ids, [1, ids.length]);
    return model.forward({ ids: row, pixels: pixels && tensor(device, pixels.data, pixels.shape) });
  });
  return (await logits.data()) as Float32Array;
}

async function write(model: Flamingo, file: string): Promise<void> {
  const entries: SafetensorsEntry[] = [];
  const random = new Random(Number(options.seed));
  for (const [k, layout] of LAYOUTS.entries()) {
    const run = draw(layout, model, random.fork(k));
    const data = await logitsOf(model, run);
    const n = run.ids.length;
    entries.push({ name: `${k}.ids`, shape: [1, n], data: run.ids });
    if (run.pixels) entries.push({ name: `${k}.pixels`, ...run.pixels });
    entries.push({ name: `${k}.logits`, shape: [1, n, data.length / n], data });
  }
  await writeFileWhole(file, writeSafetensors(entries));
}

async function compare(model: Flamingo, file: string): Promise<void> {
  const theirs = await openSafetensors(await readFile(file));
  for (let k = 0; theirs.has(`${k}.ids`); k++) {
    const { data: ids } = await theirs.read(`${k}.ids`);
    const pixels = theirs.has(`${k}.pixels`) ? await theirs.read(`${k}.pixels`) : null;
    const found = await logitsOf(model, {
      ids: Int32Array.from(ids),
      pixels: pixels && { data: Float32Array.from(pixels.data), shape: pixels.shape },
    });
    const expected = Float32Array.from((await theirs.read(`${k}.logits`)).data);
    const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const most = found.reduce(
      (difference, value, i) => Math.max(difference, Math.abs(value - (expected[i] as number))),
      0,
    );
    process.stdout.write(`prompt ${k}: differs by ${(most / scale).toExponential(1)} of scale ${scale.toFixed(1)}\n`);
    if (!(most / scale < 1e-4)) process.exitCode = 1;
  }
}

const model = await Flamingo.load(options.weights);
if (options.out !== undefined) await write(model, options.out);
if (options.compare !== undefined) await compare(model, options.compare);
