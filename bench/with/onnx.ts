/** What the benchmarks use of onnxruntime, the same in its native and its WebAssembly form: one thread, all of its fusions. */

export interface OnnxTensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export type OnnxFeeds = Readonly<Record<string, OnnxTensor>>;

export interface OnnxSession {
  run(feeds: OnnxFeeds): Promise<Readonly<Record<string, OnnxTensor>>>;
}

interface Library {
  readonly env: { readonly wasm: { numThreads?: number } };
  readonly Tensor: new (type: string, data: Float32Array | BigInt64Array, dims: readonly number[]) => OnnxTensor;
  readonly InferenceSession: { create(file: Uint8Array, options: object): Promise<OnnxSession> };
}

export interface Onnx {
  readonly name: string;
  open(file: Uint8Array): Promise<OnnxSession>;
  floats(data: Float32Array, dims: readonly number[]): OnnxTensor;
  ids(ids: readonly number[], dims?: readonly number[]): OnnxTensor;
}

const ONE_THREAD = { intraOpNumThreads: 1, interOpNumThreads: 1, graphOptimizationLevel: 'all', logSeverityLevel: 3 };

export function openOnnx(name: 'ORT-web' | 'ORT-node', { env, Tensor, InferenceSession }: Library): Onnx {
  const web = name === 'ORT-web';
  if (web) env.wasm.numThreads = 1;
  return {
    name,
    open: async (file) => {
      const session = await InferenceSession.create(file, {
        ...ONE_THREAD,
        executionProviders: [web ? 'wasm' : 'cpu'],
      });
      // onnxruntime-web defines it, and jax-js takes it for a page's, on whose threads it would wait.
      Reflect.deleteProperty(globalThis, 'Worker');
      return session;
    },
    floats: (data, dims) => new Tensor('float32', data.slice(), dims),
    ids: (ids, dims = [1, ids.length]) => new Tensor('int64', BigInt64Array.from(ids, BigInt), dims),
  };
}
