export { type ByteSource, memorySource, WeightsFileError } from '../files/byte-source.ts';
export { isFolder, type OpenCheckpointOptions, openCheckpoint, weightsIn } from '../files/checkpoint.ts';
export type { Checkpoint, CheckpointFormat, PlainValue, StateSource } from '../files/checkpoint-source.ts';
export { type ElementType, type StoredValues, toFloat32 } from '../files/element-types.ts';
export { besideFile, inFolder, isOnDisk, ResourceError } from '../files/location.ts';
export {
  openSafetensors,
  type SafetensorsEntry,
  SafetensorsError,
  SafetensorsFile,
  type TensorValues,
  writeSafetensors,
} from '../files/safetensors.ts';
export { type TorchEntry, writeTorchFile } from '../files/torch-write.ts';
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
} from './attention.ts';
export { FeedForward, type FeedForwardOptions } from './feed-forward.ts';
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
  RMSNorm,
  weights,
} from './layers.ts';
export { Module, parameterCount } from './module.ts';
export {
  AdamW,
  type AdamWOptions,
  clipGradients,
  type Gradients,
  globalNorm,
  Muon,
  type MuonOptions,
  Optimizer,
  Optimizers,
  orthogonalise,
  type ParameterGroup,
  warmupConstant,
  warmupCosine,
} from './optim.ts';
export {
  type LoadOptions,
  loadStateDict,
  mapSource,
  readState,
  StateDictError,
  stateDict,
} from './state-dict.ts';
export {
  Capture,
  matcher,
  matchingName,
  matchingNames,
  nearestNames,
  noTap,
  type Tap,
  TapError,
  type TapListener,
  tapFor,
} from './tap.ts';
