/** Libraries to compare with, installed on first use: they are no dependency of this package. */

import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { require as loadModule } from 'tsx/cjs/api';
import type { Tensorflow } from './tensorflow.ts';

const FOLDER = fileURLToPath(new URL('.peers/', import.meta.url));

const PEERS = [
  { name: '@tensorflow/tfjs-core', version: '4.22.0', megabytes: 40 },
  { name: '@tensorflow/tfjs-backend-wasm', version: '4.22.0', megabytes: 14 },
  { name: '@tensorflow/tfjs-backend-cpu', version: '4.22.0', megabytes: 12 },
] as const;

async function installed(name: string): Promise<string | null> {
  try {
    const manifest = await readFile(join(FOLDER, 'node_modules', name, 'package.json'), 'utf8');
    return (JSON.parse(manifest) as { version: string }).version;
  } catch {
    return null;
  }
}

/** Installs what is missing, after saying what and how much. @throws Error when npm fails */
export async function ensurePeers(say: (line: string) => void): Promise<void> {
  const versions = await Promise.all(PEERS.map(({ name }) => installed(name)));
  if (PEERS.every(({ version }, i) => versions[i] === version)) return;
  say(`Peers to compare with, installed into bench/.peers (Apache-2.0):`);
  for (const { name, version, megabytes } of PEERS) say(`  ${`${name}@${version}`.padEnd(40)} ${megabytes} MB`);
  await mkdir(FOLDER, { recursive: true });
  const dependencies = Object.fromEntries(PEERS.map(({ name, version }) => [name, version]));
  await writeFile(join(FOLDER, 'package.json'), JSON.stringify({ private: true, dependencies }));
  await new Promise<void>((resolve, reject) => {
    const options = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const child = spawn('npm', options, { cwd: FOLDER, stdio: 'inherit', shell: process.platform === 'win32' });
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`npm install ended with ${code}`))));
  });
}

/** TensorFlow.js with its WebAssembly backend; `setBackend('cpu')` changes to plain JavaScript. */
export async function openTensorflow(): Promise<Tensorflow> {
  const require = createRequire(join(FOLDER, 'package.json'));
  const tf = require('@tensorflow/tfjs-core') as Tensorflow;
  const core = join(FOLDER, 'node_modules/@tensorflow/tfjs-core/dist');
  // The core's bundle for Node has no gradients; they register themselves from its modules.
  loadModule(join(core, 'register_all_gradients.js'), import.meta.url);
  const wasm = require('@tensorflow/tfjs-backend-wasm') as { setWasmPaths(folder: string): void };
  wasm.setWasmPaths(join(FOLDER, 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'));
  require('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('wasm');
  await tf.ready();
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new Error('tfjs-wasm runs without SIMD here');
  return tf;
}
