import { requireKinds } from '../files/kinds.ts';
import { requireArray, requireNumber, requireWhole } from '../tensor/errors.ts';
import { ArgumentError, formatShape, full, requireOptions, scope, type Tensor } from '../tensor/index.ts';
import { requireTensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';

/** Parameters that share a learning rate and a weight decay. */
export interface ParameterGroup {
  /** Each in this group alone. */
  readonly parameters: readonly Tensor[];
  /** Multiplied by the schedule's factor at each step. */
  readonly learningRate: number;
  /** Decoupled: p *= 1 - learningRate * weightDecay. Default 0. */
  readonly weightDecay?: number;
}

export type Gradients = ReadonlyMap<Tensor, Tensor>;

/** What training loops need of an optimiser. Its state is tensors in its fields, saved like a module's. */
export abstract class Optimizer extends Module {
  /** Changes the parameters by their gradients; `factor` multiplies the learning rates. */
  abstract step(gradients: Gradients, factor?: number): void;
  /** Steps taken so far. */
  steps = 0;

  /** Goes on after `steps` steps: with the tensors of the state loaded, as if it had never stopped. */
  resume(steps: number): void {
    requireWhole('resume', 'the number of steps', steps);
    this.steps = steps;
  }
}

/** An optimiser that updates the parameters of its groups one by one. */
export abstract class GroupOptimizer extends Optimizer {
  private readonly groups: readonly ParameterGroup[];

  /**
   * @param decays of running means, by their names
   * @throws ArgumentError for a group with unknown keys, rates that are no numbers from 0 on, and decays beyond [0, 1)
   */
  constructor(operation: string, groups: readonly ParameterGroup[], decays: Readonly<Record<string, number>>) {
    super();
    for (const [what, decay] of Object.entries(decays))
      if (requireNumber(operation, what, decay, 0) >= 1)
        throw new ArgumentError(operation, `${what} is ${decay}, expected less than 1`);
    requireArray(operation, 'the list of groups', groups);
    for (const group of groups) {
      requireOptions(operation, group, 'parameters learningRate weightDecay');
      requireNumber(operation, 'the learning rate', group.learningRate, 0);
      requireNumber(operation, 'the weight decay', group.weightDecay ?? 0, 0);
      requireArray(operation, 'the list of parameters', group.parameters);
      for (const p of group.parameters) requireTensor(operation, p);
    }
    this.groups = groups;
  }

  protected get parametersOfGroups(): Tensor[] {
    return this.groups.flatMap(({ parameters }) => parameters);
  }

  /** p, the `index`-th parameter, by its gradient g. */
  protected abstract update(p: Tensor, g: Tensor, index: number, rate: number, weightDecay: number): void;

  /**
   * One step, in place. Call it inside the training step's scope.
   * @param gradients by parameter, as `backward` gives them, one for each
   * @param factor of the schedule, which multiplies the learning rates; default 1
   * @throws ArgumentError when a gradient is missing
   */
  override step(gradients: Gradients, factor = 1): void {
    requireKinds('step', { gradients, factor }, '{get,values} amount');
    this.steps++;
    let index = 0;
    for (const { parameters, learningRate, weightDecay = 0 } of this.groups)
      for (const p of parameters) {
        const g = gradients.get(p);
        if (!g) throw new ArgumentError('optimizer', `no gradient for a parameter of shape ${formatShape(p.shape)}`);
        scope(p.device, () => this.update(p, g, index++, learningRate * factor, weightDecay));
      }
  }
}

export interface AdamWOptions {
  /** Decay of the two moments; default 0.9 and 0.999. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment; default 1e-8. */
  readonly eps?: number;
}

/**
 * AdamW (Loshchilov and Hutter 2019), torch.optim.AdamW's order of operations:
 * p *= 1 - lr wd; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= lr / (1 - b1^t) * m / (sqrt(v) / sqrt(1 - b2^t) + eps).
 * @example
 * ```ts
 * const w = ones(device, [2, 2]);
 * const optimizer = new AdamW([{ parameters: [w], learningRate: 0.1 }]);
 * optimizer.resume(100); // where its state was loaded: as if it had taken 100 steps
 * scope(device, () => optimizer.step(backward(w.square().sum(), [w])));
 * ```
 */
export class AdamW extends GroupOptimizer {
  first: Tensor[];
  second: Tensor[];
  private readonly betas: readonly [number, number];
  private readonly eps: number;

  /** @param groups what is trained, each parameter in one group */
  constructor(groups: readonly ParameterGroup[], options: AdamWOptions = {}) {
    requireOptions('AdamW', options, 'betas eps');
    const { betas = [0.9, 0.999], eps = 1e-8 } = options;
    super('AdamW', groups, { 'the first beta': betas[0], 'the second beta': betas[1] });
    this.betas = betas;
    this.eps = requireNumber('AdamW', 'eps', eps, 0);
    this.first = this.parametersOfGroups.map((p) => p.zerosLike());
    this.second = this.parametersOfGroups.map((p) => p.zerosLike());
  }

  protected override update(p: Tensor, g: Tensor, index: number, rate: number, weightDecay: number): void {
    const [b1, b2] = this.betas;
    const [m, v] = [this.first[index] as Tensor, this.second[index] as Tensor];
    m.assign(m.mul(b1).add(g.mul(1 - b1)));
    v.assign(v.mul(b2).add(g.square().mul(1 - b2)));
    const root = v.sqrt().mul((1 - b2 ** this.steps) ** -0.5);
    const decayed = weightDecay === 0 ? p : p.mul(1 - rate * weightDecay);
    p.assign(decayed.sub(m.div(root.add(this.eps)).mul(rate / (1 - b1 ** this.steps))));
  }
}

/**
 * Several optimisers as one: matrices by Muon, the rest by AdamW.
 * @example
 * ```ts
 * const [w, b] = [ones(device, [2, 2]), ones(device, [2])];
 * const both = new Optimizers([
 *   new Muon([{ parameters: [w], learningRate: 0.02 }]),
 *   new AdamW([{ parameters: [b], learningRate: 0.001 }]),
 * ]);
 * both.resume(0);
 * scope(device, () => both.step(backward(w.sum().add(b.sum()), [w, b]), 0.5)); // at half the learning rates
 * ```
 */
export class Optimizers extends Optimizer {
  members: readonly Optimizer[];

  /** @param members each with its own parameters */
  constructor(members: readonly Optimizer[]) {
    super();
    requireKinds('Optimizers', { members }, '[step]');
    this.members = members;
  }

  /** Goes on after `steps` steps, with all members. @param steps that were taken */
  override resume(steps: number): void {
    super.resume(steps);
    for (const member of this.members) member.resume(steps);
  }

  /**
   * A step of every member.
   * @param gradients by parameter, as `backward` gives them, one for each
   * @param factor of the schedule, which multiplies the learning rates; default 1
   */
  override step(gradients: Gradients, factor = 1): void {
    this.steps++;
    for (const member of this.members) member.step(gradients, factor);
  }
}

/**
 * Every gradient times min(1, maxNorm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_; the norm, [], is the
 * root of the sum of squares over all gradients.
 * @param gradients by parameter, as `backward` gives them
 * @param maxNorm the largest norm that stays as it is
 * @throws ArgumentError when there are no gradients
 * @example
 * ```ts
 * const w = tensor(device, [3, 4]);
 * const { gradients, norm } = clipGradients(new Map([[w, w]]), 1);
 * ```
 */
export function clipGradients(gradients: Gradients, maxNorm: number): { gradients: Map<Tensor, Tensor>; norm: Tensor } {
  if (maxNorm !== Infinity) requireNumber('clipGradients', 'maxNorm', maxNorm, 0);
  requireKinds('clipGradients', { gradients }, '{get,values}');
  const [first, ...rest] = Array.from(gradients.values(), (g) => requireTensor('clipGradients', g).square().sum());
  if (!first) throw new ArgumentError('clipGradients', 'there are no gradients');
  const norm = rest.reduce((total, square) => total.add(square), first).sqrt();
  const scale = full(norm.device, [], maxNorm).div(norm.add(1e-6)).minimum(1);
  const scaled = Array.from(gradients, ([p, gradient]): [Tensor, Tensor] => [p, gradient.mul(scale)]);
  return { gradients: new Map(scaled), norm };
}

/**
 * Learning-rate factor at a 0-based step: linear warm-up over `warmup` steps, then half a cosine down to `floor`, default 0,
 * at step `steps`.
 * @param step counted from 0
 * @example
 * ```ts
 * warmupCosine(0, { steps: 100, warmup: 10 }); // .1 of the learning rate
 * ```
 */
export function warmupCosine(step: number, options: { steps: number; warmup: number; floor?: number }): number {
  requireOptions('warmupCosine', options, 'steps warmup floor');
  const { steps, warmup, floor = 0 } = options;
  for (const [what, x] of Object.entries({ step, steps, warmup, floor })) requireNumber('warmupCosine', what, x, 0);
  if (step < warmup) return (step + 1) / warmup;
  const progress = (step - warmup) / Math.max(1, steps - warmup);
  return floor + ((1 - floor) * (1 + Math.cos(Math.PI * Math.min(1, progress)))) / 2;
}
