// Every exported kernel. Pointers are byte offsets, sizes and strides are counted in 4-byte elements, and an
// output may be the same buffer as an elementwise input. No kernel allocates: all memory is the caller's.

export * from './gemm';
export * from './elementwise';
export * from './gradients';
export * from './reduce';
export * from './softmax';
export * from './attention';
export * from './norm';
export * from './copy';
export * from './widen';
