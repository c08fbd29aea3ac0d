import { ArgumentError, full, requireOptions, ShapeError, type Tensor, zeros } from '../tensor/index.ts';
import { Module } from './module.ts';

/** Parameters that share a learning rate and a weight decay. */
export interface ParameterGroup {
  readonly parameters: readonly Tensor[];
  /** Multiplied by the schedule's factor at each step. */
  readonly learningRate: number;
  /** Decoupled: p *= 1 - learningRate * weightDecay. Default 0. */
  readonly weightDecay?: number;
}

export type Gradients = ReadonlyMap<Tensor, Tensor>;

/** What training loops need of an optimiser. Its state is tensors in its fields, saved like a module's. */
export abstract class Optimizer extends Module {
  abstract step(gradients: Gradients, factor?: number): void;
  /** Steps taken so far. */
  steps = 0;

  /** Goes on after `steps` steps: with the tensors of the state loaded, as if it had never stopped. */
  resume(steps: number): void {
    this.steps = steps;
  }
}

function gradientOf(gradients: Gradients, parameter: Tensor): Tensor {
  const gradient = gradients.get(parameter);
  if (!gradient)
    throw new ArgumentError('optimizer', `no gradient for a parameter of shape [${parameter.shape.join(', ')}]`);
  return gradient;
}

/** @throws ArgumentError for a group with unknown keys */
function requireGroups(operation: string, groups: readonly ParameterGroup[]): void {
  for (const group of groups)
    requireOptions(operation, group, { parameters: true, learningRate: true, weightDecay: true });
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
 */
export class AdamW extends Optimizer {
  first: Tensor[] = [];
  second: Tensor[] = [];
  private readonly groups: readonly ParameterGroup[];
  private readonly betas: readonly [number, number];
  private readonly eps: number;

  constructor(groups: readonly ParameterGroup[], options: AdamWOptions = {}) {
    super();
    requireOptions('AdamW', options, { betas: true, eps: true });
    requireGroups('AdamW', groups);
    this.groups = groups;
    this.betas = options.betas ?? [0.9, 0.999];
    this.eps = options.eps ?? 1e-8;
    for (const parameter of groups.flatMap((group) => group.parameters)) {
      this.first.push(zeros(parameter.device, parameter.shape));
      this.second.push(zeros(parameter.device, parameter.shape));
    }
  }

  /** One step, in place. Call it inside the training step's scope. @throws ArgumentError when a gradient is missing */
  override step(gradients: Gradients, factor = 1): void {
    this.steps++;
    const [b1, b2] = this.betas;
    const correction1 = 1 - b1 ** this.steps;
    const correction2 = 1 - b2 ** this.steps;
    let index = 0;
    for (const { parameters, learningRate, weightDecay = 0 } of this.groups) {
      const rate = learningRate * factor;
      for (const p of parameters) {
        const g = gradientOf(gradients, p);
        const [m, v] = [this.first[index] as Tensor, this.second[index] as Tensor];
        m.assign(m.mul(b1).add(g.mul(1 - b1)));
        v.assign(v.mul(b2).add(g.square().mul(1 - b2)));
        const scale = v
          .sqrt()
          .mul(correction2 ** -0.5)
          .add(this.eps);
        const decayed = weightDecay === 0 ? p : p.mul(1 - rate * weightDecay);
        p.assign(decayed.sub(m.div(scale).mul(rate / correction1)));
        index++;
      }
    }
  }
}

const NEWTON_SCHULZ = [3.4445, -4.775, 2.0315] as const;

/**
 * Nearly the closest orthogonal matrix to u, by five Newton-Schulz steps on u / |u|:
 * A = y y^T, y = a y + (b A + c A A) y (Jordan et al. 2024, Muon).
 */
export function orthogonalise(u: Tensor): Tensor {
  const [rows, columns] = u.shape as [number, number];
  const [a, b, c] = NEWTON_SCHULZ;
  const tall = rows > columns;
  let y = u.div(u.square().sum().sqrt().add(1e-7));
  if (tall) y = y.transpose();
  for (let i = 0; i < 5; i++) {
    const square = y.matmul(y, { transposeB: true }); // y y^T
    y = y.mul(a).add(square.mul(b).add(square.matmul(square).mul(c)).matmul(y));
  }
  return tall ? y.transpose() : y;
}

export interface MuonOptions {
  /** Decay of the momentum; default 0.95. */
  readonly momentum?: number;
}

/**
 * Muon for matrices: m = .95 m + .05 g; u = .05 g + .95 m; p = p (1 - lr wd) - lr sqrt(max(1, rows / columns)) orthogonal(u).
 */
export class Muon extends Optimizer {
  momenta: Tensor[] = [];
  private readonly groups: readonly ParameterGroup[];
  private readonly momentum: number;

  /** @throws ShapeError when a parameter is not a matrix */
  constructor(groups: readonly ParameterGroup[], options: MuonOptions = {}) {
    super();
    requireOptions('Muon', options, { momentum: true });
    requireGroups('Muon', groups);
    this.groups = groups;
    this.momentum = options.momentum ?? 0.95;
    for (const parameter of groups.flatMap((group) => group.parameters)) {
      if (parameter.shape.length !== 2)
        throw new ShapeError('Muon', 'only matrices can be orthogonalised', parameter.shape);
      this.momenta.push(zeros(parameter.device, parameter.shape));
    }
  }

  /** One step, in place. Call it inside the training step's scope. @throws ArgumentError when a gradient is missing */
  override step(gradients: Gradients, factor = 1): void {
    this.steps++;
    let index = 0;
    for (const { parameters, learningRate, weightDecay = 0 } of this.groups) {
      const rate = learningRate * factor;
      for (const p of parameters) {
        const g = gradientOf(gradients, p);
        const m = this.momenta[index++] as Tensor;
        m.assign(m.mul(this.momentum).add(g.mul(1 - this.momentum)));
        const y = orthogonalise(g.mul(1 - this.momentum).add(m.mul(this.momentum)));
        const [rows, columns] = p.shape as [number, number];
        p.assign(p.mul(1 - rate * weightDecay).sub(y.mul(rate * Math.sqrt(Math.max(1, rows / columns)))));
      }
    }
  }
}

/** Several optimisers as one: matrices by Muon, the rest by AdamW. */
export class Optimizers extends Optimizer {
  members: readonly Optimizer[];

  constructor(members: readonly Optimizer[]) {
    super();
    this.members = members;
  }

  override resume(steps: number): void {
    super.resume(steps);
    for (const member of this.members) member.resume(steps);
  }

  override step(gradients: Gradients, factor = 1): void {
    this.steps++;
    for (const member of this.members) member.step(gradients, factor);
  }
}

/** Root of the sum of squares over all gradients, as a tensor with one element. */
export function globalNorm(gradients: Gradients): Tensor {
  const squares = Array.from(gradients.values(), (gradient) => gradient.square().sum());
  const [first, ...rest] = squares;
  if (!first) throw new ArgumentError('clipGradients', 'there are no gradients');
  return rest.reduce((total, square) => total.add(square), first).sqrt();
}

/** Every gradient times min(1, maxNorm / (norm + 1e-6)), as torch.nn.utils.clip_grad_norm_. */
export function clipGradients(gradients: Gradients, maxNorm: number): { gradients: Map<Tensor, Tensor>; norm: Tensor } {
  const norm = globalNorm(gradients);
  const scale = full(norm.device, [], maxNorm).div(norm.add(1e-6)).minimum(1);
  return {
    gradients: new Map(Array.from(gradients, ([parameter, gradient]) => [parameter, gradient.mul(scale)])),
    norm,
  };
}

/** Learning-rate factor at a 0-based step: linear warm-up, then half a cosine down to `floor`. */
export function warmupCosine(
  step: number,
  { steps, warmup, floor = 0 }: { steps: number; warmup: number; floor?: number },
): number {
  if (step < warmup) return (step + 1) / warmup;
  const progress = (step - warmup) / Math.max(1, steps - warmup);
  return floor + ((1 - floor) * (1 + Math.cos(Math.PI * Math.min(1, progress)))) / 2;
}

/** Linear warm-up, then constant: the paper's schedule (0 to 1e-4 over 5,000 steps). */
export function warmupConstant(step: number, warmup: number): number {
  return Math.min(1, (step + 1) / Math.max(1, warmup));
}
