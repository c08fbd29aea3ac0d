import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDevice } from '../../../src/tensor/index.ts';
import { readWeights, weightsSource } from '../../../src/zoo/open/weights.ts';

const folder = join(import.meta.dirname, '../../../weights');
const shipped = weightsSource(folder);

/** The shipped weights with one value of config.json changed, by the path to it. */
function changed(path: string, value: unknown) {
  const json = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
  const keys = path.split('.');
  const last = keys.pop() as string;
  keys.reduce((inside, key) => inside[key], json)[last] = value;
  const bytes = new TextEncoder().encode(JSON.stringify(json));
  return { file: async (name: string) => (name === 'config.json' ? bytes : shipped.file(name)) };
}

it.each<[string, unknown, string]>([
  ['model.resampler.latents', 1e6, 'config.json describes 131022856 parameters, model.safetensors holds 3023880'],
  ['model.languageModel.width', 2 ** 20, 'parameters, model.safetensors holds 3023880'],
  ['model.resampler.latents', 1e9, 'model.resampler.latents is 1000000000; expected a whole number from 1 to 16777216'],
  ['model.resampler.depth', 1e6, 'model.resampler.depth is 1000000; expected a whole number from 1 to 1024'],
])('a configuration with %s %j is refused before anything is allocated', async (path, value, message) => {
  const device = await openDevice('simd');
  await expect(readWeights(changed(path, value), device)).rejects.toThrow(message);
  expect(device.liveTensors).toBe(0);
});

it('a model whose weights do not fit is given back', async () => {
  const device = await openDevice('simd');
  await expect(readWeights(changed('model.resampler.latents', 9), device)).rejects.toThrow('do not fit the model');
  expect(device.liveTensors).toBe(0);
});

it('a configuration nested thousands deep is refused like any other', async () => {
  const deep = new TextEncoder().encode(`{"format":${'['.repeat(5000)}${']'.repeat(5000)}}`);
  const source = { file: async (name: string) => (name === 'config.json' ? deep : shipped.file(name)) };
  await expect(readWeights(source, await openDevice('simd'))).rejects.toThrow('config.json: format is an object that');
});
