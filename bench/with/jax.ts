/** What the benchmarks use of jax-js. Every function takes its arguments over; `.ref` keeps one for later. */

export interface JaxArray {
  readonly ref: JaxArray;
  readonly shape: readonly number[];
  dispose(): void;
  data(): Promise<Float32Array>;
  blockUntilReady(): Promise<JaxArray>;
  add(other: JaxArray | number): JaxArray;
  sub(other: JaxArray | number): JaxArray;
  mul(other: JaxArray | number): JaxArray;
  div(other: JaxArray | number): JaxArray;
  reshape(shape: readonly number[]): JaxArray;
  transpose(axes: readonly number[]): JaxArray;
}

export interface Jax {
  init(...devices: string[]): Promise<string[]>;
  defaultDevice(device: string): string;
  jit<A extends unknown[], R>(f: (...args: A) => R): (...args: A) => R;
  valueAndGrad<A extends unknown[]>(f: (...args: A) => JaxArray): (...args: A) => [JaxArray, A[0]];
  readonly numpy: {
    array(values: Float32Array, options?: { shape: readonly number[] }): JaxArray;
    matmul(a: JaxArray, b: JaxArray): JaxArray;
    mean(x: JaxArray): JaxArray;
    square(x: JaxArray): JaxArray;
    sqrt(x: JaxArray): JaxArray;
  };
  readonly nn: {
    softmax(x: JaxArray, axis: number): JaxArray;
    gelu(x: JaxArray, options: { approximate: boolean }): JaxArray;
    standardize(x: JaxArray, axis: number, options: { epsilon: number }): JaxArray;
  };
}
