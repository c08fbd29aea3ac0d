/** What the benchmarks use of TensorFlow.js, which is not there when types are checked. */

export interface TfTensor {
  readonly shape: readonly number[];
  dataSync(): Float32Array;
  dispose(): void;
}

export interface TfVariable extends TfTensor {
  readonly name: string;
}

export interface Tensorflow {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  env(): { getAsync(flag: string): Promise<boolean | number> };
  tidy<T>(make: () => T): T;
  dispose(tensors: unknown): void;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  variable(initial: TfTensor): TfVariable;
  variableGrads(loss: () => TfTensor): { value: TfTensor; grads: Record<string, TfTensor> };
  matMul(a: TfTensor, b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  readonly fused: { matMul(options: { a: TfTensor; b: TfTensor; bias: TfTensor }): TfTensor };
  add(a: TfTensor, b: TfTensor | number): TfTensor;
  sub(a: TfTensor, b: TfTensor | number): TfTensor;
  mul(a: TfTensor, b: TfTensor | number): TfTensor;
  square(x: TfTensor): TfTensor;
  sigmoid(x: TfTensor): TfTensor;
  rsqrt(x: TfTensor): TfTensor;
  softmax(x: TfTensor): TfTensor;
  erf(x: TfTensor): TfTensor;
  mean(x: TfTensor, axis?: number, keepDims?: boolean): TfTensor;
  moments(x: TfTensor, axis: number, keepDims: boolean): { mean: TfTensor; variance: TfTensor };
  reshape(x: TfTensor, shape: readonly number[]): TfTensor;
  transpose(x: TfTensor, axes: readonly number[]): TfTensor;
  readonly train: {
    adam(
      learningRate: number,
      beta1: number,
      beta2: number,
      epsilon: number,
    ): { applyGradients(gradients: Record<string, TfTensor>): void };
  };
}
