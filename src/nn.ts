export { type ByteSource, memorySource, WeightsFileError } from './files/byte-source.ts';
export { type OpenCheckpointOptions, openCheckpoint } from './files/checkpoint.ts';
export type { Checkpoint, CheckpointFormat, PlainValue, StateSource } from './files/checkpoint-source.ts';
export { type ElementType, type StoredValues, toFloat32 } from './files/element-types.ts';
export { ResourceError } from './files/location.ts';
export {
  openSafetensors,
  type SafetensorsEntry,
  SafetensorsFile,
  type TensorValues,
  type WritableDtype,
  writeSafetensors,
} from './files/safetensors.ts';
export { type TorchEntry, writeTorchFile } from './files/torch-write.ts';
export {
  type AttentionInputs,
  type AttentionOptions,
  attend,
  extendCache,
  type KeyValueCache,
  MultiHeadAttention,
  mergeHeads,
  splitHeads,
  splitKeyValues,
} from './nn/attention.ts';
export { FeedForward, type FeedForwardOptions } from './nn/feed-forward.ts';
export {
  type Activation,
  activations,
  createNorm,
  Embedding,
  Identity,
  type Init,
  LayerNorm,
  Linear,
  type Norm,
  type NormKind,
  type NormOptions,
  RMSNorm,
  weights,
} from './nn/layers.ts';
export { Module, parameterCount } from './nn/module.ts';
export {
  AdamW,
  type AdamWOptions,
  clipGradients,
  type Gradients,
  Optimizer,
  Optimizers,
  type ParameterGroup,
  warmupCosine,
} from './nn/optim.ts';
export {
  type LoadOptions,
  loadStateDict,
  mapSource,
  type Parameterised,
  readState,
  StateDictError,
} from './nn/state-dict.ts';
export { noTap, type Tap, type TapListener, tapFor } from './nn/tap.ts';
export { Capture, matcher, matchingName, matchingNames, nearestNames, TapError } from './runs/patterns.ts';
export { Muon, type MuonOptions, orthogonalise } from './training/muon.ts';
