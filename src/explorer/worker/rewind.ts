/** Tensors as they were at some earlier steps, few enough to be held: 14 MB a step for the shipped model. */

import { ViewError } from '../../inspect/recorded.ts';
import { scope, type Tensor, tensor } from '../../tensor/index.ts';

const MOST = 5;

export class Rewind {
  private readonly tensors: readonly Tensor[];
  private kept: { readonly step: number; readonly values: readonly Float32Array[] }[] = [];
  /** Steps between those that are kept; it doubles when they become too many. */
  private every = 5;

  constructor(tensors: readonly Tensor[]) {
    this.tensors = tensors;
  }

  /** Keeps this step, if it is one to keep. */
  keep(step: number): void {
    if (step % this.every !== 0) return;
    this.kept.push({ step, values: this.tensors.map((x) => Float32Array.from(x.dataSync() as Float32Array)) });
    if (this.kept.length <= MOST) return;
    this.every *= 2;
    this.kept = this.kept.filter((one) => one.step % this.every === 0);
  }

  /** Puts back the last step that was kept up to this one. @returns which */
  restore(step: number): number {
    this.kept = this.kept.filter((one) => one.step <= step);
    const last = this.kept.at(-1);
    if (!last) throw new ViewError(`no step up to ${step} is kept`);
    this.tensors.forEach((x, i) => {
      scope(x.device, () => x.assign(tensor(x.device, last.values[i] as Float32Array, x.shape)));
    });
    return last.step;
  }
}
