/** Libraries to compare with: `npm run bench:peers` installs them into bench/peers. They are no dependency of this package. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { require as loadModule } from 'tsx/cjs/api';
import type { Jax } from './jax.ts';
import { type Onnx, openOnnx } from './onnx.ts';
import type { Tensorflow } from './tensorflow.ts';
import { openTorch, type Torch } from './torch.ts';

const FOLDER = fileURLToPath(new URL('../peers/', import.meta.url));
const MODULES = join(FOLDER, 'node_modules');

/** js-pytorch, as far as it is used: nested lists, one at a time. */
export interface JsPytorch {
  tensor(data: unknown): JsPytorchTensor;
  matmul(a: JsPytorchTensor, b: JsPytorchTensor): JsPytorchTensor;
  readonly nn: { readonly Softmax: new () => { forward(x: JsPytorchTensor, axis: number): JsPytorchTensor } };
}

export interface JsPytorchTensor {
  readonly data: unknown;
}

/** Who takes part; null for who is not installed. */
export interface Peers {
  readonly tensorflow: Tensorflow | null;
  readonly jax: Jax | null;
  readonly onnxWeb: Onnx | null;
  readonly onnxNode: Onnx | null;
  readonly jsPytorch: JsPytorch | null;
  readonly torch: Torch | null;
}

/** Packages with the names that tables call them by. */
const NAMES = {
  'tfjs-wasm': '@tensorflow/tfjs-backend-wasm',
  'jax-js': '@jax-js/jax',
  'ORT-web': 'onnxruntime-web',
  'ORT-node': 'onnxruntime-node',
  'js-pytorch': 'js-pytorch',
} as const;

/** The version of each peer that is installed, null for one that is not. */
export function peerVersions(): Map<string, string | null> {
  return new Map(Object.entries(NAMES).map(([name, module]) => [name, versionOf(module)]));
}

function versionOf(module: string): string | null {
  try {
    return (JSON.parse(readFileSync(join(MODULES, module, 'package.json'), 'utf8')) as { version: string }).version;
  } catch {
    return null;
  }
}

/** Opens those of `names` that are installed; `python` is the command of one that has torch. */
export async function openPeers(python: string | null, names: readonly string[] = Object.keys(NAMES)): Promise<Peers> {
  const require = createRequire(join(FOLDER, 'package.json'));
  const there = new Map([...peerVersions()].filter(([name]) => names.includes(name)));
  // In this order: both call themselves the back end 'cpu', and the first keeps the name.
  const node = there.get('ORT-node') ? openOnnx('ORT-node', require('onnxruntime-node')) : null;
  const web = there.get('ORT-web') ? openOnnx('ORT-web', require('onnxruntime-web')) : null;
  const pytorch = there.get('js-pytorch') ? (require('js-pytorch') as { torch: JsPytorch }).torch : null;
  return {
    tensorflow: there.get('tfjs-wasm') ? await openTensorflow(require) : null,
    jax: there.get('jax-js') ? await openJax() : null,
    onnxWeb: web,
    onnxNode: node,
    jsPytorch: pytorch,
    torch: python ? await openTorch(python) : null,
  };
}

/** TensorFlow.js with its WebAssembly backend. @throws Error where that runs without SIMD */
async function openTensorflow(require: NodeJS.Require): Promise<Tensorflow> {
  const tf = require('@tensorflow/tfjs-core') as Tensorflow;
  // The core's bundle for Node has no gradients; they register themselves from its modules.
  loadModule(join(MODULES, '@tensorflow/tfjs-core/dist/register_all_gradients.js'), import.meta.url);
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void };
  wasm.setWasmPaths(join(MODULES, '@tensorflow/tfjs-backend-wasm/dist/'));
  await tf.setBackend('wasm');
  await tf.ready();
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('tfjs-wasm runs without SIMD here');
  return tf;
}

async function openJax(): Promise<Jax> {
  const jax = (await import(pathToFileURL(join(MODULES, '@jax-js/jax/dist/index.js')).href)) as Jax;
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return jax;
}
