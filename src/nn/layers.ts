import { requireNumber, requireWholes } from '../tensor/errors.ts';
import type { Device, Random, Tensor } from '../tensor/index.ts';
import { fromHost, hostZeros, linear, ones, randn, requireOptions, sizeOf, zeros } from '../tensor/index.ts';
import { requireWord } from '../tensor/options.ts';
import { requireTensor } from '../tensor/tensor.ts';
import { Module } from './module.ts';

/** Where new parameters live and how they are drawn. Without a generator they are zeros, to be loaded into. */
export interface Init {
  readonly device: Device;
  readonly random?: Random;
}

/**
 * Normal numbers of the given standard deviation, or, where nothing is drawn, zeros that take no memory until they are loaded.
 * @example
 * ```ts
 * const table = weights({ device, random: new Random(1) }, [10, 4], 0.02);
 * ```
 */
export function weights(init: Init, shape: readonly number[], std: number): Tensor {
  const device = deviceOf(init);
  requireNumber('weights', 'std', std, 0);
  return init.random ? randn(device, shape, init.random, std) : fromHost(device, hostZeros(sizeOf(shape)), shape);
}

/** @throws ArgumentError for what is no Init */
function deviceOf(init: Init): Device {
  requireOptions('weights', init, 'device random');
  return init.device;
}

/**
 * y = x weight^T + bias; weight [out, in] as in PyTorch. Drawn with standard deviation in^-0.5 unless said otherwise.
 * @example
 * ```ts
 * const init = { device, random: new Random(1) };
 * const layer = new Linear(init, 3, 5);
 * const y = layer.forward(ones(device, [2, 3])); // [2, 5]
 * ```
 */
export class Linear extends Module {
  weight: Tensor;
  bias: Tensor | null;

  constructor(init: Init, inFeatures: number, outFeatures: number, options: { bias?: boolean; std?: number } = {}) {
    super();
    requireOptions('Linear', options, 'bias std');
    requireWholes('Linear', { inFeatures, outFeatures });
    this.weight = weights(init, [outFeatures, inFeatures], options.std ?? Math.max(1, inFeatures) ** -0.5);
    this.bias = (options.bias ?? true) ? zeros(init.device, [outFeatures]) : null;
  }

  /** x [.., in] -> [.., out] */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias);
  }
}

/**
 * (x - mean) / sqrt(variance + eps) * weight + bias over the last axis.
 * @example
 * ```ts
 * const init = { device, random: new Random(1) };
 * const y = new LayerNorm(init, 4).forward(ones(device, [2, 4]));
 * ```
 */
export class LayerNorm extends Module {
  weight: Tensor;
  bias: Tensor | null;
  readonly eps: number;

  constructor(init: Init, width: number, options: NormOptions = {}) {
    super();
    requireOptions('LayerNorm', options, 'eps bias');
    this.eps = requireNumber('LayerNorm', 'eps', options.eps ?? 1e-5, 0);
    this.weight = ones(deviceOf(init), [width]);
    this.bias = (options.bias ?? true) ? zeros(init.device, [width]) : null;
  }

  forward(x: Tensor): Tensor {
    return requireTensor('LayerNorm', x).layerNorm(this.weight, this.bias, this.eps);
  }
}

/**
 * x / sqrt(mean(x^2) + eps) * weight over the last axis.
 * @example
 * ```ts
 * const init = { device, random: new Random(1) };
 * const y = new RMSNorm(init, 4).forward(ones(device, [2, 4]));
 * ```
 */
export class RMSNorm extends Module {
  weight: Tensor;
  readonly eps: number;

  constructor(init: Init, width: number, options: { eps?: number } = {}) {
    super();
    requireOptions('RMSNorm', options, 'eps');
    this.eps = requireNumber('RMSNorm', 'eps', options.eps ?? 1e-6, 0);
    this.weight = ones(deviceOf(init), [width]);
  }

  forward(x: Tensor): Tensor {
    return requireTensor('RMSNorm', x).rmsNorm(this.weight, this.eps);
  }
}

/**
 * x itself: what stands where a model has no norm.
 * @example
 * ```ts
 * const y = new Identity().forward(ones(device, [2])); // the same tensor
 * ```
 */
export class Identity extends Module {
  forward(x: Tensor): Tensor {
    return x;
  }
}

export type Norm = LayerNorm | RMSNorm | Identity;

/** Epsilon of the norm; whether it has a bias, where its kind may have one. */
export type NormOptions = { eps?: number; bias?: boolean };

/** Which of the two norms. */
export type NormKind = 'layer' | 'rms';

/**
 * A norm of the kind, or the identity for null.
 * @example
 * ```ts
 * const init = { device, random: new Random(1) };
 * const norm = createNorm(init, 'rms', 4);
 * ```
 */
export function createNorm(init: Init, kind: NormKind | null, width: number, options: NormOptions = {}): Norm {
  requireOptions('createNorm', options, 'eps bias');
  if (kind === null) return new Identity();
  requireWord('createNorm', 'the kind', kind, 'layer|rms');
  return kind === 'rms' ? new RMSNorm(init, width, { eps: options.eps }) : new LayerNorm(init, width, options);
}

/**
 * Rows of a table [rows, width] by int32 ids.
 * @example
 * ```ts
 * const init = { device, random: new Random(1) };
 * const vectors = new Embedding(init, 100, 8).forward(tensor(device, Int32Array.of(5, 7))); // [2, 8]
 * ```
 */
export class Embedding extends Module {
  weight: Tensor;

  constructor(init: Init, rows: number, width: number, options: { std?: number } = {}) {
    super();
    requireOptions('Embedding', options, 'std');
    requireWholes('Embedding', { rows, width });
    this.weight = weights(init, [rows, width], options.std ?? 0.02);
  }

  /** ids [..] -> [.., width] */
  forward(ids: Tensor): Tensor {
    return this.weight.embedding(ids);
  }
}

export type Activation = 'gelu' | 'geluTanh' | 'quickGelu' | 'relu' | 'squaredRelu' | 'silu';

export const activations: Readonly<Record<Activation, (x: Tensor) => Tensor>> = {
  gelu: (x) => x.geluErf(),
  geluTanh: (x) => x.geluTanh(),
  quickGelu: (x) => x.quickGelu(),
  relu: (x) => x.relu(),
  squaredRelu: (x) => x.squaredRelu(),
  silu: (x) => x.silu(),
};
