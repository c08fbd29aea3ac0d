export {
  type AttentionInputs,
  type AttentionOptions,
  attend,
  extendCache,
  type KeyValueCache,
  MultiHeadAttention,
  mergeHeads,
  splitHeads,
} from './attention.ts';
export { type ByteSource, memorySource, WeightsFileError } from './byte-source.ts';
export { isFolder, type OpenCheckpointOptions, openCheckpoint, weightsIn } from './checkpoint.ts';
export type { Checkpoint, CheckpointFormat, PlainValue } from './checkpoint-source.ts';
export { type ElementType, type StoredValues, toFloat32 } from './element-types.ts';
export { FeedForward, type FeedForwardOptions } from './feed-forward.ts';
export {
  type Activation,
  activations,
  createNorm,
  Embedding,
  type Init,
  LayerNorm,
  Linear,
  type NormKind,
  RMSNorm,
  weights,
} from './layers.ts';
export { Module, parameterCount } from './module.ts';
export {
  AdamW,
  clipGradients,
  type Gradients,
  globalNorm,
  Muon,
  Optimizer,
  Optimizers,
  orthogonalise,
  type ParameterGroup,
  warmupConstant,
  warmupCosine,
} from './optim.ts';
export { besideFile, inFolder, isOnDisk, ResourceError } from './place.ts';
export {
  openSafetensors,
  type SafetensorsEntry,
  SafetensorsError,
  SafetensorsFile,
  type TensorValues,
  writeSafetensors,
} from './safetensors.ts';
export {
  type LoadOptions,
  loadStateDict,
  mapSource,
  readState,
  StateDictError,
  type StateSource,
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
export { type TorchEntry, writeTorchFile } from './torch-write.ts';
