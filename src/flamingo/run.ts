/** One run of a model with some of its taps captured. */

import { Capture, type Tap, TapError } from '../nn/index.ts';
import { type Device, scope, type Tensor } from '../tensor/index.ts';
import { axesOf } from './taps.ts';

/** What passed a tap. */
export interface Captured {
  readonly name: string;
  /** Names of the axes. */
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}

export class Run {
  private readonly values: ReadonlyMap<string, Captured>;

  constructor(values: ReadonlyMap<string, Captured>) {
    this.values = values;
  }

  /** What was captured, in the order in which it was computed. */
  get names(): string[] {
    return [...this.values.keys()];
  }

  /** @throws TapError when nothing of that name was captured */
  get(name: string): Captured {
    const found = this.values.get(name);
    if (!found) throw new TapError(`'${name}' was not captured; captured: ${this.names.join(', ') || 'nothing'}`);
    return found;
  }
}

/**
 * Runs `forward` and keeps what the patterns name (`*` one segment, `**` any number). Everything else is released.
 * @throws TapError when a pattern matches no tap of this run, with the nearest names
 */
export async function capture(
  device: Device,
  patterns: readonly string[],
  forward: (tap: Tap) => Tensor,
): Promise<Run> {
  const kept = new Capture(patterns);
  const tensors = scope(device, () => {
    forward(kept.tap);
    kept.check();
    return kept.values;
  });
  const values = new Map<string, Captured>();
  for (const [name, x] of tensors) {
    const data = Float32Array.from(await x.data());
    values.set(name, { name, dims: axesOf(name, x.shape.length), shape: x.shape, data });
  }
  for (const x of new Set(tensors.values())) x.dispose();
  return new Run(values);
}
