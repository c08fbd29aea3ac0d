/** The transformer layer in jax-js, as its users write it: weights [in, out], `jit`, `valueAndGrad`, and Adam inside the step. */

import { transposed, type Weights } from '../onnx/parts.ts';
import type { BlockShape } from './block-tensorflow.ts';
import type { Jax, JaxArray } from './jax.ts';

type Parameters = Record<string, JaxArray>;

/** Parameters with Adam's two moving means of each. */
interface State {
  readonly parameters: Parameters;
  readonly first: Parameters;
  readonly second: Parameters;
}

/** What Adam's means are multiplied with in this step. */
type Scales = { readonly first: JaxArray; readonly second: JaxArray };

const EPS = 1e-5;
const FIRST = 0.9;
const SECOND = 0.999;

export class JaxBlock {
  private state: State;
  private steps = 0;
  private readonly jax: Jax;
  private readonly shape: BlockShape;
  private readonly x: JaxArray;
  private readonly target: JaxArray;
  private readonly compiledForward: (parameters: Parameters, x: JaxArray) => JaxArray;
  private readonly compiledStep: (state: State, x: JaxArray, target: JaxArray, scales: Scales) => [JaxArray, State];

  constructor(jax: Jax, weights: Weights, x: Float32Array, target: Float32Array, shape: BlockShape, rate: number) {
    this.jax = jax;
    this.shape = shape;
    const { array } = jax.numpy;
    const dims = [shape.batch, shape.tokens, shape.width];
    this.x = array(x, { shape: dims });
    this.target = array(target, { shape: dims });
    const make = (fill: (data: Float32Array) => Float32Array): Parameters =>
      Object.fromEntries(
        Array.from(weights, ([name, { shape: own, data }]) => {
          const [out, into] = own as [number, number?];
          const numbers = fill(into ? transposed(data, out, into) : data);
          return [name, array(numbers, { shape: into ? [into, out] : [out] })];
        }),
      );
    const none = (data: Float32Array): Float32Array => new Float32Array(data.length);
    this.state = { parameters: make((data) => data), first: make(none), second: make(none) };
    this.compiledForward = jax.jit((parameters: Parameters, inputs: JaxArray) => this.layer(parameters, inputs));
    this.compiledStep = jax.jit((...all: [State, JaxArray, JaxArray, Scales]) => this.update(rate, ...all));
  }

  async forward(): Promise<Float32Array> {
    return this.compiledForward(referred(this.state.parameters), this.x.ref).data();
  }

  async runForward(): Promise<void> {
    (await this.compiledForward(referred(this.state.parameters), this.x.ref).blockUntilReady()).dispose();
  }

  /** Forward, backward and one step of Adam; gives the loss. */
  async step(): Promise<number> {
    this.steps++;
    const scale = (mean: number): JaxArray =>
      this.jax.numpy.array(Float32Array.of(1 / (1 - mean ** this.steps)), { shape: [1] });
    const scales = { first: scale(FIRST), second: scale(SECOND) };
    const [loss, state] = this.compiledStep(this.state, this.x.ref, this.target.ref, scales);
    this.state = state;
    const all = [...Object.values(state.parameters), ...Object.values(state.first), ...Object.values(state.second)];
    await Promise.all(all.map((array) => array.blockUntilReady()));
    return (await loss.data())[0] as number;
  }

  private update(rate: number, state: State, x: JaxArray, target: JaxArray, scales: Scales): [JaxArray, State] {
    const { numpy, valueAndGrad } = this.jax;
    const loss = (parameters: Parameters): JaxArray => numpy.mean(numpy.square(this.layer(parameters, x).sub(target)));
    const [value, gradients] = valueAndGrad(loss)(referred(state.parameters));
    const [parameters, first, second]: [Parameters, Parameters, Parameters] = [{}, {}, {}];
    for (const [name, parameter] of Object.entries(state.parameters)) {
      const gradient = gradients[name] as JaxArray;
      const m = (state.first[name] as JaxArray).mul(FIRST).add(gradient.ref.mul(1 - FIRST));
      const v = (state.second[name] as JaxArray).mul(SECOND).add(numpy.square(gradient).mul(1 - SECOND));
      const root = numpy.sqrt(v.ref.mul(scales.second.ref)).add(1e-8);
      parameters[name] = parameter.sub(m.ref.mul(scales.first.ref).div(root).mul(rate));
      first[name] = m;
      second[name] = v;
    }
    scales.first.dispose();
    scales.second.dispose();
    return [value, { parameters, first, second }];
  }

  /** Pre-norm: x = x + attention(norm(x)); x = x + feedForward(norm(x)). Takes over all that it is given. */
  private layer(weights: Parameters, x: JaxArray): JaxArray {
    const { nn, numpy } = this.jax;
    const { batch, tokens, heads, width } = this.shape;
    const of = (name: string): JaxArray => weights[name] as JaxArray;
    const linear = (y: JaxArray, name: string): JaxArray =>
      numpy.matmul(y, of(`${name}.weight`)).add(of(`${name}.bias`));
    const norm = (y: JaxArray, name: string): JaxArray =>
      nn
        .standardize(y, -1, { epsilon: EPS })
        .mul(of(`${name}.weight`))
        .add(of(`${name}.bias`));
    const split = (y: JaxArray, name: string): JaxArray =>
      linear(y, `attention.${name}`)
        .reshape([batch, tokens, heads, width / heads])
        .transpose([0, 2, 1, 3]);
    const normed = norm(x.ref, 'attentionNorm');
    const [q, k, v] = [split(normed.ref, 'toQ'), split(normed.ref, 'toK'), split(normed, 'toV')];
    const scores = numpy.matmul(q, k.transpose([0, 1, 3, 2])).mul((width / heads) ** -0.5);
    const mixed = numpy.matmul(nn.softmax(scores, -1), v).transpose([0, 2, 1, 3]);
    const mid = x.add(linear(mixed.reshape([batch, tokens, width]), 'attention.toOut'));
    const hidden = nn.gelu(linear(norm(mid.ref, 'feedForwardNorm'), 'feedForward.up'), { approximate: true });
    return mid.add(linear(hidden, 'feedForward.down'));
  }
}

/** The same arrays, to be taken over by a call. */
const referred = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, array]) => [name, array.ref]));
