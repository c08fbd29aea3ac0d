export { attention } from './attention.ts';
export { add, div, equal, less, lessEqual, maximum, minimum, mul, pow, sub, where } from './elementwise.ts';
export { embedding, embeddingGradient, gather, oneHot, scatterAdd } from './indexing.ts';
export { linear, matmul } from './matmul.ts';
export { layerNorm, layerNormGradient, rmsNorm, rmsNormGradient } from './normalisation.ts';
export { argmax, cumsum, max, sum, topKIndices } from './reduction.ts';
export { concat, expand, permute, reshape, slice, toFloat, toInt, unslice } from './shape-ops.ts';
export { crossEntropyGradient, crossEntropyRows, type EmptyRows, softmax, softmaxGradient } from './softmax.ts';
export * from './unary.ts';
