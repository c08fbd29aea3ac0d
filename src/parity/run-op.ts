import type { TensorValues } from '../files/safetensors.ts';
import type { Device, Tensor } from '../tensor/index.ts';

export type Inputs = Readonly<Record<string, Tensor>>;
/** Outputs by name, or the one output `y`; `values` are the inputs before they became tensors. */
export type RunOp = (
  inputs: Inputs,
  attributes: never,
  device: Device,
  values: Readonly<Record<string, TensorValues>>,
) => Tensor | Readonly<Record<string, Tensor>>;
