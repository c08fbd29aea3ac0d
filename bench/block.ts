/** One transformer layer, forward and in training, beside the same layer in everyone's words. */

import { TransformerLayer } from '../src/flamingo/transformer-layer.ts';
import { AdamW } from '../src/nn/index.ts';
import { backward, Random, SimdDevice, scope, type Tensor, tensor } from '../src/tensor/index.ts';
import { OnnxGraph } from './onnx/graph.ts';
import { Parts, type Weights, weightsOf } from './onnx/parts.ts';
import { type Bench, difference, type Entry, measureCase, type Row, someNumbers } from './results.ts';
import { JaxBlock } from './with/block-jax.ts';
import { TensorflowBlock } from './with/block-tensorflow.ts';
import type { Onnx } from './with/onnx.ts';
import type { Peers } from './with/peers.ts';
import type { Torch } from './with/torch.ts';

export const SHAPE = { width: 128, heads: 4, tokens: 65, batch: 32, hidden: 512 } as const;
export const FORWARD = 'block forward';
export const TRAINING = 'block forward + backward + Adam';
const RATE = 1e-3;
const CHECKED_STEPS = 3;
const FORWARD_LIMIT = 1e-4;

/** The matrix whose gradient is compared. */
const CHECKED_GRADIENT = 'attention.toQ.weight';

export class OurBlock {
  readonly layer: TransformerLayer;
  readonly device: SimdDevice = new SimdDevice();
  private readonly x: Tensor;
  private readonly target: Tensor;
  private readonly parameters: Tensor[];
  private readonly optimizer: AdamW;

  constructor(x: Float32Array, target: Float32Array) {
    const { width, heads, hidden, batch, tokens } = SHAPE;
    const config = { width, heads, hidden, activation: 'geluTanh', eps: 1e-5, layers: 1, causal: false } as const;
    this.layer = new TransformerLayer({ device: this.device, random: new Random(1) }, config);
    this.x = tensor(this.device, x, [batch, tokens, width]);
    this.target = tensor(this.device, target, [batch, tokens, width]);
    this.parameters = [...this.layer.parameters().values()];
    this.optimizer = new AdamW([{ parameters: this.parameters, learningRate: RATE }]);
  }

  forward(): Tensor {
    return scope(this.device, () => this.layer.forward(this.x), { noGrad: true });
  }

  gradients(): { loss: Tensor; gradients: Map<Tensor, Tensor> } {
    return scope(this.device, () => {
      const loss = this.layer.forward(this.x).sub(this.target).square().mean();
      return { loss, gradients: backward(loss, this.parameters) };
    });
  }

  /** Forward, backward and one step of Adam; gives the loss. */
  step(): Tensor {
    return scope(this.device, () => {
      const { loss, gradients } = this.gradients();
      this.optimizer.step(gradients);
      return loss;
    });
  }
}

/** The numbers of a case: ours, and what the others are compared with. */
interface Numbers {
  readonly weights: Weights;
  readonly x: Float32Array;
  readonly target: Float32Array;
  readonly forward: Float32Array;
  readonly losses: Float32Array;
}

export async function block(bench: Bench, peers: Peers): Promise<Row[]> {
  const { batch, tokens, width } = SHAPE;
  const [x, target] = [someNumbers(batch * tokens * width), someNumbers(batch * tokens * width, 3)];
  const ours = new OurBlock(x, target);
  const weights = await weightsOf(ours.layer);
  const forward = await values(ours.forward());
  const tf = peers.tensorflow && new TensorflowBlock(peers.tensorflow, weights, x, target, SHAPE, RATE);
  if (tf) await checkGradient(ours, tf);
  const losses = new Float32Array(CHECKED_STEPS);
  for (let i = 0; i < CHECKED_STEPS; i++) losses.set(await values(ours.step()), i);
  const numbers = { weights, x, target, forward, losses };
  const jax = peers.jax && new JaxBlock(peers.jax, weights, x, target, SHAPE, RATE);
  const forwards: (Entry | null)[] = [
    { name: 'simd', error: null, run: () => ours.forward().dispose() },
    tf && { name: 'tfjs-wasm', error: checkForward('tfjs-wasm', tf.forward(), numbers), run: () => tf.runForward() },
    jax && { name: 'jax-js', error: checkForward('jax-js', await jax.forward(), numbers), run: () => jax.runForward() },
    peers.onnxWeb && (await onnx(peers.onnxWeb, numbers)),
    peers.onnxNode && (await onnx(peers.onnxNode, numbers)),
    peers.torch && (await torch(peers.torch, numbers, 'blockForward')),
  ];
  const images = { work: batch, unit: 'images/s' };
  const rows = await measureCase(bench, 'block', FORWARD, forwards, images);
  const steps: (Entry | null)[] = [
    { name: 'simd', error: null, run: () => ours.step().dispose() },
    tf && { name: 'tfjs-wasm', error: await checkSteps('tfjs-wasm', () => tf.step(), numbers), run: () => tf.step() },
    jax && { name: 'jax-js', error: await checkSteps('jax-js', () => jax.step(), numbers), run: () => jax.step() },
    peers.torch && (await torch(peers.torch, numbers, 'blockStep')),
  ];
  rows.push(...(await measureCase(bench, 'block', TRAINING, steps, images)));
  await peers.torch?.close();
  return rows;
}

async function values(x: Tensor): Promise<Float32Array> {
  const data = (await x.data()).slice() as Float32Array;
  x.dispose();
  return data;
}

const checkForward = (name: string, got: ArrayLike<number>, { forward }: Numbers): number =>
  difference(`forward of ${name}`, got, forward, FORWARD_LIMIT);

const checkLosses = (name: string, got: ArrayLike<number>, { losses }: Numbers): number =>
  difference(`losses of ${name}`, got, losses, 1e-4 * (losses[0] as number));

/** The losses of the first steps from equal weights: forward, gradients and Adam are the same work on both sides. */
async function checkSteps(name: string, step: () => number | Promise<number>, numbers: Numbers): Promise<number> {
  const found: number[] = [];
  while (found.length < CHECKED_STEPS) found.push(await step());
  return checkLosses(name, found, numbers);
}

/** One matrix's gradient, before anything was trained. */
async function checkGradient(ours: OurBlock, theirs: TensorflowBlock): Promise<void> {
  const { loss, gradients } = ours.gradients();
  const parameter = ours.layer.parameters().get(CHECKED_GRADIENT) as Tensor;
  const own = await values(gradients.get(parameter) as Tensor);
  const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  difference(`gradient of ${CHECKED_GRADIENT}`, theirs.gradient(CHECKED_GRADIENT), own, 1e-3 * largest);
  for (const tensor of [loss, ...gradients.values()]) tensor.dispose();
}

async function onnx(ort: Onnx, numbers: Numbers): Promise<Entry> {
  const { batch, tokens, width, heads } = SHAPE;
  const parts = new Parts(new OnnxGraph(), numbers.weights);
  const x = parts.graph.input('x', [batch, tokens, width]);
  const layer = { heads, headDim: width / heads, activation: 'geluTanh' } as const;
  parts.graph.output('y', parts.layer(x, '', layer), [batch, tokens, width]);
  const session = await ort.open(parts.graph.file());
  const feeds = { x: ort.floats(numbers.x, [batch, tokens, width]) };
  const run = (): ReturnType<typeof session.run> => session.run(feeds);
  return { name: ort.name, error: checkForward(ort.name, (await run()).y?.data ?? [], numbers), run };
}

async function torch(python: Torch, numbers: Numbers, work: 'blockForward' | 'blockStep'): Promise<Entry> {
  const shape = [SHAPE.batch, SHAPE.tokens, SHAPE.width];
  const given = work === 'blockForward' ? [numbers.x] : [numbers.x, numbers.target];
  const arrays = [...given.map((data) => ({ data, shape })), ...numbers.weights.values()];
  const got = await python.prepare(work, work, arrays, SHAPE.heads);
  const error = work === 'blockForward' ? checkForward('PyTorch', got, numbers) : checkLosses('PyTorch', got, numbers);
  return { name: 'PyTorch', error, run: () => {}, time: (runs) => python.time(work, runs) };
}
