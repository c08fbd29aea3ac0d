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
 * @param shape of the parameter
 * @param std the standard deviation
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
 * y = x weight^T + bias; weight [out, in] as in PyTorch. Drawn with the standard deviation `std`, by default in^-0.5;
 * without `bias` there is none.
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

  /**
   * @param inFeatures width of the input's last axis
   * @param outFeatures width of the output's last axis
   */
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

  /** @param width of the last axis, over which it norms */
  constructor(init: Init, width: number, options: NormOptions = {}) {
    super();
    requireOptions('LayerNorm', options, 'eps bias');
    this.eps = requireNumber('LayerNorm', 'eps', options.eps ?? 1e-5, 0);
    this.weight = ones(deviceOf(init), [width]);
    this.bias = (options.bias ?? true) ? zeros(init.device, [width]) : null;
  }

  /** Normalises every vector. @param x [.., width] */
  forward(x: Tensor): Tensor {
    return requireTensor('LayerNorm', x).layerNorm(this.weight, this.bias, this.eps);
  }
}

/**
 * x / sqrt(mean(x^2) + eps) * weight over the last axis; `eps` is 1e-6 by default.
 * @example
 * ```ts
 * const init = { device, random: new Random(1) };
 * const y = new RMSNorm(init, 4).forward(ones(device, [2, 4]));
 * ```
 */
export class RMSNorm extends Module {
  weight: Tensor;
  readonly eps: number;

  /** @param width of the last axis, over which it norms */
  constructor(init: Init, width: number, options: { eps?: number } = {}) {
    super();
    requireOptions('RMSNorm', options, 'eps');
    this.eps = requireNumber('RMSNorm', 'eps', options.eps ?? 1e-6, 0);
    this.weight = ones(deviceOf(init), [width]);
  }

  /** Normalises every vector. @param x [.., width] */
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
  /** Does nothing. @param x any tensor; it comes back as it is */
  forward(x: Tensor): Tensor {
    return x;
  }
}

export type Norm = LayerNorm | RMSNorm | Identity;

/** `eps` is added to the variance, default 1e-5, of RMSNorm 1e-6; `bias`: whether one is learned, where the kind has one, default true. */
export type NormOptions = { eps?: number; bias?: boolean };

/** Which of the two norms. */
export type NormKind = 'layer' | 'rms';

/**
 * A norm of the kind, or the identity for null.
 * @param width of the last axis, over which it norms
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
 * Rows of a table [rows, width] by int32 ids. Drawn with the standard deviation `std`, by default 0.02.
 * @example
 * ```ts
 * const init = { device, random: new Random(1) };
 * const vectors = new Embedding(init, 100, 8).forward(tensor(device, Int32Array.of(5, 7))); // [2, 8]
 * ```
 */
export class Embedding extends Module {
  weight: Tensor;

  /**
   * @param rows how many ids there are
   * @param width of each row
   */
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
