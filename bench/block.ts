/** One transformer layer, forward and in training, beside the same layer in TensorFlow.js. */

import { TransformerLayer } from '../src/flamingo/transformer-layer.ts';
import { AdamW } from '../src/nn/index.ts';
import { backward, Random, SimdDevice, scope, type Tensor, tensor } from '../src/tensor/index.ts';
import { TensorflowBlock, type Weights } from './block-tensorflow.ts';
import { type Bench, difference, type Entry, measureCase, type Row, someNumbers } from './results.ts';
import type { Tensorflow } from './tensorflow.ts';

export const SHAPE = { width: 128, heads: 4, tokens: 65, batch: 32, hidden: 512 } as const;
const RATE = 1e-3;
const CHECKED_STEPS = 3;

/** The matrix whose gradient is compared. */
const CHECKED_GRADIENT = 'attention.toQ.weight';

class OurBlock {
  readonly layer: TransformerLayer;
  private readonly device = new SimdDevice();
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

  get name(): string {
    return this.device.name;
  }

  async weights(): Promise<Weights> {
    const read = async ([name, parameter]: [string, Tensor]) => {
      const data = (await parameter.data()) as Float32Array;
      return [name, { shape: parameter.shape, data }] as const;
    };
    return new Map(await Promise.all(Array.from(this.layer.parameters(), read)));
  }

  forward(): Tensor {
    return scope(this.device, () => this.layer.forward(this.x));
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

export async function block(bench: Bench, tf: Tensorflow): Promise<Row[]> {
  const { batch, tokens, width } = SHAPE;
  const [x, target] = [someNumbers(batch * tokens * width), someNumbers(batch * tokens * width, 3)];
  const ours = new OurBlock(x, target);
  const theirs = new TensorflowBlock(tf, await ours.weights(), x, target, SHAPE, RATE);
  const forwardError = difference('forward', theirs.forward(), await values(ours.forward()), 1e-4);
  await checkGradient(ours, theirs);
  const stepError = await checkSteps(ours, theirs);
  const peer = (name: string, error: number, run: () => void): Entry => ({ name, error, run });
  const images = { work: batch, unit: 'images/s' };
  const forward: Entry[] = [
    { name: ours.name, error: null, run: () => ours.forward().dispose() },
    peer('tfjs-wasm', forwardError, () => theirs.runForward()),
  ];
  const training: Entry[] = [
    { name: ours.name, error: null, run: () => ours.step().dispose() },
    peer('tfjs-wasm', stepError, () => theirs.step()),
  ];
  const rows = [
    ...(await measureCase(bench, 'block', 'forward', forward, images)),
    ...(await measureCase(bench, 'block', 'forward + backward + Adam', training, images)),
  ];
  if (!bench.all) return rows;
  await tf.setBackend('cpu');
  const plain = new TensorflowBlock(tf, await ours.weights(), x, target, SHAPE, RATE);
  const error = difference('tfjs-cpu', plain.forward(), await values(ours.forward()), 1e-4);
  const slow = [
    ...(await measureCase(bench, 'block', 'forward', [peer('tfjs-cpu', error, () => plain.runForward())], images)),
    ...(await measureCase(
      bench,
      'block',
      'forward + backward + Adam',
      [peer('tfjs-cpu', error, () => plain.step())],
      images,
    )),
  ];
  await tf.setBackend('wasm');
  return [...rows, ...slow];
}

async function values(x: Tensor): Promise<Float32Array> {
  const data = (await x.data()) as Float32Array;
  x.dispose();
  return data;
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

/** The losses of the first steps from equal weights: forward, gradients and Adam are the same work on both sides. */
async function checkSteps(ours: OurBlock, theirs: TensorflowBlock): Promise<number> {
  let worst = 0;
  for (let i = 0; i < CHECKED_STEPS; i++) {
    const own = await values(ours.step());
    worst = Math.max(worst, difference(`loss of step ${i}`, [theirs.step()], own, 1e-4 * (own[0] as number)));
  }
  return worst;
}
