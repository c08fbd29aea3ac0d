/** Half a billion parameters from a disk to an answer, with what it took: npm run large -- [options] */

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCheckpoint } from '../src/files/checkpoint.ts';
import { readResource } from '../src/files/resource.ts';
import { Flamingo } from '../src/flamingo/flamingo.ts';
import { Decoding } from '../src/flamingo/generation/decoding.ts';
import { argmax } from '../src/flamingo/generation/distribution.ts';
import { CLIP_NORMALISATION, PREPROCESSING_STYLES, preprocess, readPicture } from '../src/model/image.ts';
import { TextTokenizer } from '../src/model/tokenizer.ts';
import { parameterCount } from '../src/nn/index.ts';
import { loadStateDict } from '../src/nn/state-dict.ts';
import { SimdDevice, scope, type Tensor, tensor } from '../src/tensor/index.ts';
import { inOurNames, together } from '../src/zoo/names/rename.ts';
import { flamingoMiniTokens } from '../src/zoo/tokenizer-setups.ts';
import { readArguments } from './arguments.ts';
import {
  CONFIG,
  FILES,
  flamingoNames,
  removeSyntheticCheckpoint,
  visionNames,
  writeSyntheticCheckpoint,
} from './synthetic-checkpoint.ts';

const HELP = `Usage: npm run large -- [options]

Writes a checkpoint of flamingo-tiny's shape with drawn weights in F16 (1.1 GB), opens it, answers a prompt with two
pictures, and says what that took. The words mean nothing: nothing was trained.

  --folder DIR      where the checkpoint is written (default: a folder for temporary files)
  --keep            leave it there; one that was there before is used, and stays
  --on-device       weights widened into WASM memory instead of read from where they are
  --tokens N        how many tokens to answer (default 8)
  --seed N          of the weights (default 1)
`;

const PICTURES = ['panda.png', 'rocket.png'];
const PROMPT = '<image>A picture of one thing.<EOC><image>A picture of';

const { values: options } = readArguments(HELP, {
  options: {
    folder: { type: 'string', default: join(tmpdir(), 'glass-flamingo-large') },
    keep: { type: 'boolean', default: false },
    'on-device': { type: 'boolean', default: false },
    tokens: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
  },
});

async function main(): Promise<void> {
  const written = await timed(() => writeSyntheticCheckpoint(options.folder, Number(options.seed)));
  try {
    if (written.result) say('written', seconds(written));
    await run();
  } finally {
    // What was there before stays, whatever the folder is.
    if (written.result && !options.keep) await removeSyntheticCheckpoint(options.folder);
  }
}

async function run(): Promise<void> {
  const device = new SimdDevice();
  const loading = await timed(() => load(device));
  const model = loading.result;
  say('parameters', `${(parameterCount(model) / 1e6).toFixed(0)} million`);
  say('load', seconds(loading));
  say('weights', `${gigabytes(device.liveBytes)}, of which ${gigabytes(device.machine.reservedBytes)} in WASM memory`);
  const tokenizer = new TextTokenizer(await json(FILES.tokenizer), flamingoMiniTokens({}).added);
  const ids = tokenizer.encode(PROMPT);
  const pixels = await pictures();
  const look = (): Tensor => model.resample(model.encode(pixels(device)));
  const seeing = await timed(async () => scope(device, look, { noGrad: true }));
  const latents = seeing.result;
  await latents.data();
  say('pictures', `${seconds(seeing)} for ${latents.shape[1]}`);
  const decoding = new Decoding(model, 1, { latents });
  const prefill = await timed(() => decoding.start([ids]));
  say('prefill', `${seconds(prefill)} for ${ids.length} tokens`);
  const answer = [argmax(prefill.result[0] as Float32Array)];
  const count = Number(options.tokens);
  const generation = await timed(async () => {
    while (answer.length < count) {
      const [logits] = await decoding.read([[answer.at(-1) as number]]);
      answer.push(argmax(logits as Float32Array));
    }
  });
  say('generation', `${((count - 1) / generation.wall).toFixed(1)} tokens/s (${generation.cpu.toFixed(2)} s CPU)`);
  say('answer', answer.map((id) => tokenizer.token(id)).join(' '));
  say('WASM memory', `${gigabytes(device.machine.reservedBytes)} at most`);
  say('peak memory', `${gigabytes(process.resourceUsage().maxRSS * 1024)} of the process`);
  decoding.dispose();
  latents.dispose();
  model.dispose();
  if (device.liveTensors > 0) throw new Error(`${device.liveTensors} tensors were left behind`);
}

/** Both files as one source in our names. */
async function load(device: SimdDevice): Promise<Flamingo> {
  const sources = [
    inOurNames(await openCheckpoint(join(options.folder, FILES.model)), flamingoNames),
    inOurNames(await openCheckpoint(join(options.folder, FILES.vision)), visionNames),
  ];
  const model = new Flamingo({ device }, CONFIG);
  const keep = options['on-device'] ? 'device' : 'host';
  await loadStateDict(model, together(sources), { keep, progress: showProgress });
  return model;
}

/** Two of the examples, as CLIP sees them: [1, 2, 1, 3, 224, 224] */
async function pictures(): Promise<(device: SimdDevice) => Tensor> {
  const folder = new URL('../examples/pictures/', import.meta.url);
  const preprocessing = { size: 224, ...CLIP_NORMALISATION, ...PREPROCESSING_STYLES.clip };
  const planes: Float32Array[] = [];
  for (const name of PICTURES)
    planes.push(preprocess(await readPicture(await readResource(new URL(name, folder)), name), preprocessing));
  const data = new Float32Array(planes.flatMap((plane) => [...plane]));
  return (device) => tensor(device, data, [1, planes.length, 1, 3, 224, 224]);
}

const json = async (file: string): Promise<unknown> =>
  JSON.parse(new TextDecoder().decode(await readResource(join(options.folder, file))));

interface Timed<T> {
  readonly result: T;
  readonly wall: number;
  readonly cpu: number;
}

async function timed<T>(work: () => Promise<T>): Promise<Timed<T>> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { result, wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

const seconds = ({ wall, cpu }: Timed<unknown>): string => `${wall.toFixed(2)} s (${cpu.toFixed(2)} s CPU)`;
const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(2)} GB`;

function say(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(12)} ${value}\n`);
}

function showProgress(loaded: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[Kloading ${Math.floor((100 * loaded) / total)} %`);
}

await main();
