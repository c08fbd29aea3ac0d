import { describe, expect, it } from 'vitest';
import type { Edit } from '../../src/runs/edit.ts';
import { runFlamingo } from '../../src/runs/run.ts';
import { runSteps } from '../../src/runs/steps.ts';
import { openDevice, Random, randn } from '../../src/tensor/index.ts';
import { IMAGE, ids, tinyFlamingo } from '../flamingo/tiny.ts';

/** What a run and two steps give on a device, all their numbers in one list. */
async function numbers(name: 'simd' | 'gpu:cpu' | 'gpu:webasm') {
  const device = await openDevice(name);
  const model = tinyFlamingo(device);
  const inputs = { ids: ids(device, [1, 7, IMAGE, 8]), pixels: randn(device, [1, 1, 1, 3, 12, 12], new Random(1)) };
  const before = device.liveTensors;
  const unseen: Edit = { at: 'xattn.1.attention.weights', zero: true, where: { latent: 1, head: 0 } };
  const later: Edit = { at: 'lm.layers.2.residual.post', add: 0.5, where: { text: [-1, 4] } };
  const grad = { of: { logProbability: 4 }, at: ['resampler.out', 'xattn.*.gate.*'] };
  const run = await runFlamingo(model, inputs, { capture: ['**'], edit: [unseen, { at: 'logits', scale: 2 }], grad });
  const found = run.names.map((tap) => [tap, run.get(tap).data] as const);
  const derived = run.gradientNames.map((tap) => [`gradient ${tap}`, run.gradient(tap).data] as const);
  const steps: (readonly [string, Float32Array])[] = [];
  const options = { maxTokens: 2, stop: -1, capture: ['logits'], edit: [unseen, later] };
  for await (const step of runSteps(model, inputs, options))
    steps.push([`step ${steps.length}`, step.get('logits').data]);
  expect(device.liveTensors).toBeLessThanOrEqual(before);
  return new Map([...found, ...derived, ...steps]);
}

describe.each(['gpu:cpu', 'gpu:webasm'] as const)('runs on %s', (name) => {
  it('capture, change and derive what they do on simd', async () => {
    const [expected, got] = [await numbers('simd'), await numbers(name)];
    expect([...got.keys()]).toEqual([...expected.keys()]);
    for (const [key, values] of expected) {
      const scale = Math.max(1e-6, ...values.map(Math.abs));
      const off = Math.max(...values.map((value, i) => Math.abs(value - (got.get(key)?.[i] as number))));
      expect(off / scale, key).toBeLessThan(key.startsWith('gradient') ? 1e-4 : 1e-5);
    }
  });
});
