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
export { FeedForward } from './feed-forward.ts';
export { type Activation, activations, Embedding, type Init, LayerNorm, Linear, RMSNorm, weights } from './layers.ts';
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
export { Capture, matcher, noTap, type Tap, TapError } from './tap.ts';
