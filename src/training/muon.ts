/** Muon, by which this project trains matrices; the paper trains with AdamW. */

import { GroupOptimizer, type ParameterGroup } from '../nn/index.ts';
import { requireOptions, ShapeError, type Tensor } from '../tensor/index.ts';
import { requireForm } from '../tensor/shape.ts';

const NEWTON_SCHULZ = [3.4445, -4.775, 2.0315] as const;

/**
 * Nearly the closest orthogonal matrix to u, by five Newton-Schulz steps on u / |u|:
 * A = y y^T, y = a y + (b A + c A A) y (Jordan et al. 2024, Muon).
 * @param u a matrix [rows, columns]
 * @example
 * ```ts
 * const o = orthogonalise(randn(device, [3, 3], new Random(1))); // nearly orthogonal
 * ```
 */
export function orthogonalise(u: Tensor): Tensor {
  const [rows, columns] = requireForm('orthogonalise', 'u', u, ['rows', 'columns']);
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
 * @example
 * ```ts
 * const w = ones(device, [2, 2]); // a matrix
 * const optimizer = new Muon([{ parameters: [w], learningRate: 0.02 }]);
 * scope(device, () => optimizer.step(backward(w.square().sum(), [w])));
 * ```
 */
export class Muon extends GroupOptimizer {
  momenta: Tensor[];
  private readonly momentum: number;

  /** @param groups matrices to train, each in one group @throws ShapeError when a parameter is not a matrix */
  constructor(groups: readonly ParameterGroup[], options: MuonOptions = {}) {
    requireOptions('Muon', options, 'momentum');
    const { momentum = 0.95 } = options;
    super('Muon', groups, { momentum });
    this.momentum = momentum;
    for (const { shape } of this.parametersOfGroups)
      if (shape.length !== 2) throw new ShapeError('Muon', 'only matrices can be orthogonalised', shape);
    this.momenta = this.parametersOfGroups.map((p) => p.zerosLike());
  }

  protected override update(p: Tensor, g: Tensor, index: number, rate: number, weightDecay: number): void {
    const m = this.momenta[index] as Tensor;
    m.assign(m.mul(this.momentum).add(g.mul(1 - this.momentum)));
    const y = orthogonalise(g.mul(1 - this.momentum).add(m.mul(this.momentum)));
    const [rows, columns] = p.shape as [number, number];
    p.assign(p.mul(1 - rate * weightDecay).sub(y.mul(rate * Math.sqrt(Math.max(1, rows / columns)))));
  }
}
