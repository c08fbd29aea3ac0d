/** The shipped model on several devices of one machine: npm run bench:devices -- [simd gpu:webgpu ...] */

import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { readArguments } from '../scripts/arguments.ts';
import { load } from '../src/index.ts';
import { type Device, openDevice, tensor } from '../src/tensor/index.ts';

const HELP = `Usage: npm run bench:devices -- [device ...]

Times the shipped model's forward on every device named (default: simd gpu:webgpu), compares its logits with the
first device's, and shows what part of a forward is dispatch: the operations of a forward, times what one takes in a
chain of 1,000 operations on four numbers.
Node has no WebGPU of its own: npm i --no-save webgpu@0.6.2 brings one.
`;

const REPEATS = 15;
const CHAIN = 1000;
const picture = (name: string) => ({
  image: fileURLToPath(new URL(`../examples/pictures/${name}.png`, import.meta.url)),
});
const PROMPTS = {
  '1 picture': { sequence: [picture('panda'), { text: 'name :' }] },
  '3 pictures': {
    sequence: [
      ...[picture('flamingo'), { text: 'dax<EOC>' }, picture('trumpet'), { text: 'wug<EOC>' }],
      picture('flamingo-2'),
    ],
  },
};

interface Figures {
  readonly first: number;
  readonly median: number;
  readonly operations: number;
  readonly logits: Float32Array;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

/** Wall time of each of `count` runs, ms. */
async function times(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const measured: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await work();
    measured.push(performance.now() - start);
  }
  return measured;
}

/** Counts the operations that a device executes. */
function countOperations(device: Device): () => number {
  const watched = device as unknown as { execute: (...all: unknown[]) => unknown };
  const execute = watched.execute.bind(device);
  let count = 0;
  watched.execute = (...all) => {
    count++;
    return execute(...all);
  };
  return () => count;
}

/** ms for one of a chain of small operations that wait for one another, read back once. */
async function chainTime(device: Device): Promise<number> {
  const walk = async (): Promise<void> => {
    let x = tensor(device, [1, 2, 3, 4]);
    for (let i = 0; i < CHAIN; i++) x = x.neg();
    await x.data();
  };
  return median((await times(5, walk)).slice(1)) / CHAIN;
}

async function productRate(device: Device, n: number): Promise<number> {
  const a = tensor(device, new Float32Array(n * n).fill(0.5), [n, n]);
  const multiply = (): Promise<unknown> =>
    a
      .matmul(a)
      .slice([
        [0, 1],
        [0, 1],
      ])
      .data();
  return (2 * n ** 3) / median((await times(6, multiply)).slice(1)) / 1e6;
}

async function forwardsOn(device: Device): Promise<Map<string, Figures>> {
  const model = await load(undefined, { device });
  const operations = countOperations(device);
  const figures = new Map<string, Figures>();
  for (const [name, prompt] of Object.entries(PROMPTS)) {
    let logits = new Float32Array();
    const before = operations();
    const [first = 0, ...rest] = await times(REPEATS, async () => {
      logits = (await model.run(prompt, { capture: ['logits'] })).get('logits').data as Float32Array<ArrayBuffer>;
    });
    figures.set(name, { first, median: median(rest), operations: (operations() - before) / REPEATS, logits });
  }
  return figures;
}

/** Largest difference, relative to the largest of `right`. */
function difference(mine: Float32Array, right: Float32Array): number {
  const scale = right.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return right.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (mine[i] as number))), 0) / scale;
}

const { positionals: names } = readArguments(HELP, { allowPositionals: true });
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`${cpus()[0]?.model.trim()}, ${cpus().length} cores; Node ${process.version}\n`);
say('| device | prompt | first ms | then ms | operations | ms each in a chain | dispatch | differs by |');
say('| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |');
let reference: Map<string, Figures> | undefined;
const products: string[] = [];
for (const name of names.length > 0 ? names : ['simd', 'gpu:webgpu']) {
  const device = await openDevice(name);
  const figures = await forwardsOn(device);
  const each = await chainTime(device);
  reference ??= figures;
  for (const [prompt, { first, median: then, operations, logits }] of figures) {
    const differs = difference(logits, (reference.get(prompt) as Figures).logits).toExponential(1);
    const share = `${Math.min(100, (100 * operations * each) / then).toFixed(0)} %`;
    const numbers = [first.toFixed(0), then.toFixed(1), operations.toFixed(0), each.toFixed(4)];
    say(`| ${[device.name, prompt, ...numbers, share, differs].join(' | ')} |`);
  }
  products.push(`${device.name}: 512^3 at ${(await productRate(device, 512)).toFixed(1)} GFLOP/s`);
}
say(`\n${products.join('; ')}`);
process.exit(); // WebGPU keeps handles open
