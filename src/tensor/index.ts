export { backward } from './autograd.ts';
export type { NumberArray } from './create.ts';
export { causalMask, fromHost, full, type Nested, ones, randn, range, tensor, zeros } from './create.ts';
export {
  Device,
  type Dtype,
  type GpuKernel,
  gpuKernels,
  type Inputs,
  type Operation,
  type TensorData,
  type TensorType,
} from './devices/device.ts';
export { GpuDevice } from './devices/gpu.ts';
export { type HostValues, hostValues, hostZeros, type Precision } from './devices/host-values.ts';
export { flopsOf, ShapeDevice } from './devices/shape-device.ts';
export { SimdDevice } from './devices/simd.ts';
export { ArgumentError, DeviceError, formatShape, GlassFlamingoError, NonFiniteError, ShapeError } from './errors.ts';
export { format } from './format.ts';
export * from './functions.ts';
export { heed, macrotask, requireSignal } from './heed.ts';
export { inspectedAs } from './inspected.ts';
export { type DeviceName, type GpuMode, gpuModes, openDevice } from './open-device.ts';
export type { EmptyRows } from './ops/index.ts';
export * as primitives from './ops/index.ts';
export type { Op, SliceRange, Value } from './ops/op.ts';
export { type OptionNames, requireOptions } from './options.ts';
export { Pointwise } from './pointwise.ts';
export * from './positions.ts';
export { Random, type RandomState } from './random.ts';
export { scope, stage } from './scope.ts';
export { type Shape, sizeOf } from './shape.ts';
export { type Axes, type Source, Tensor } from './tensor.ts';
