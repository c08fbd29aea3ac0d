/**
 * The transformer layer in TensorFlow.js, as its users write it: weights [in, out], which it multiplies fastest, fused
 * matMul with bias, `variableGrads` and `train.adam` inside `tidy`.
 */

import { transposed, type Weights } from '../onnx/parts.ts';
import type { Tensorflow, TfTensor, TfVariable } from './tensorflow.ts';

export interface BlockShape {
  readonly width: number;
  readonly heads: number;
  readonly tokens: number;
  readonly batch: number;
}

export class TensorflowBlock {
  private readonly variables = new Map<string, TfVariable>();
  private readonly x: TfTensor;
  private readonly target: TfTensor;
  private readonly optimizer: ReturnType<Tensorflow['train']['adam']>;
  private readonly tf: Tensorflow;
  private readonly shape: BlockShape;

  constructor(
    tf: Tensorflow,
    weights: Weights,
    x: Float32Array,
    target: Float32Array,
    shape: BlockShape,
    learningRate: number,
  ) {
    this.tf = tf;
    this.shape = shape;
    const rows = [shape.batch * shape.tokens, shape.width];
    this.x = tf.tensor(x, rows);
    this.target = tf.tensor(target, rows);
    for (const [name, { shape: own, data }] of weights) {
      const [out, into] = own as [number, number?];
      const initial = into ? tf.tensor(transposed(data, out, into), [into, out]) : tf.tensor(data, [out]);
      this.variables.set(name, tf.variable(initial));
    }
    this.optimizer = tf.train.adam(learningRate, 0.9, 0.999, 1e-8);
  }

  forward(): Float32Array {
    return this.tf.tidy(() => this.layer()).dataSync();
  }

  runForward(): void {
    this.tf.tidy(() => this.layer()).dispose();
  }

  /** Of a matrix, in the layout [out, in]. */
  gradient(name: string): Float32Array {
    const { tf } = this;
    return tf.tidy(() => {
      const { name: key } = this.variable(name) as TfVariable;
      const gradient = tf.variableGrads(() => this.loss()).grads[key] as TfTensor;
      return transposed(gradient.dataSync(), ...(gradient.shape as [number, number]));
    });
  }

  /** Forward, backward and one step of Adam; gives the loss. */
  step(): number {
    const { tf } = this;
    return tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => this.loss());
      this.optimizer.applyGradients(grads);
      return value.dataSync()[0] as number;
    });
  }

  private variable(name: string): TfTensor {
    const variable = this.variables.get(name);
    if (!variable) throw new Error(`no weights named ${name}`);
    return variable;
  }

  private loss(): TfTensor {
    return this.tf.mean(this.tf.square(this.tf.sub(this.layer(), this.target)));
  }

  /** Pre-norm: x = x + attention(norm(x)); x = x + feedForward(norm(x)). Rows are [batch tokens, width]. */
  private layer(): TfTensor {
    const { tf } = this;
    const mid = tf.add(this.x, this.attention(this.norm(this.x, 'attentionNorm')));
    const hidden = this.gelu(this.linear(this.norm(mid, 'feedForwardNorm'), 'feedForward.up'));
    return tf.add(mid, this.linear(hidden, 'feedForward.down'));
  }

  private linear(x: TfTensor, name: string): TfTensor {
    return this.tf.fused.matMul({ a: x, b: this.variable(`${name}.weight`), bias: this.variable(`${name}.bias`) });
  }

  private norm(x: TfTensor, name: string): TfTensor {
    const { tf } = this;
    const { mean, variance } = tf.moments(x, -1, true);
    const normalised = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    return tf.add(tf.mul(normalised, this.variable(`${name}.weight`)), this.variable(`${name}.bias`));
  }

  /** x / 2 (1 + tanh(u)) = x sigmoid(2u), u = sqrt(2 / pi) (x + 0.044715 x^3): the fewest operations. */
  private gelu(x: TfTensor): TfTensor {
    const { tf } = this;
    const slope = tf.add(tf.mul(tf.square(x), 2 * Math.sqrt(2 / Math.PI) * 0.044715), 2 * Math.sqrt(2 / Math.PI));
    return tf.mul(x, tf.sigmoid(tf.mul(x, slope)));
  }

  private attention(x: TfTensor): TfTensor {
    const { tf } = this;
    const { batch, tokens, heads, width } = this.shape;
    const headDim = width / heads;
    const split = (name: string): TfTensor =>
      tf.transpose(tf.reshape(this.linear(x, `attention.${name}`), [batch, tokens, heads, headDim]), [0, 2, 1, 3]);
    const scores = tf.mul(tf.matMul(split('toQ'), split('toK'), false, true), headDim ** -0.5);
    const mixed = tf.transpose(tf.matMul(tf.softmax(scores), split('toV')), [0, 2, 1, 3]);
    return this.linear(tf.reshape(mixed, [batch * tokens, width]), 'attention.toOut');
  }
}
