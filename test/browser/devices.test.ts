import { expect, it } from 'vitest';
import { openDevice } from '../../src/tensor/index.ts';
import { checkArguments } from '../support/argument-suite.ts';
import { checkEveryPrimitive } from '../support/device-suite.ts';
import { checkGpuDevice } from '../support/gpu-suite.ts';
import { checkPrecision } from '../support/precision-suite.ts';

checkEveryPrimitive('simd', { value: 3e-6, gradient: 3e-5, losesNaN: [] });
checkEveryPrimitive('gpu:webgl2', { value: 1e-5, gradient: 1e-4, losesNaN: ['exp', 'log', 'softplus'] });
checkEveryPrimitive('gpu:webgpu', { value: 1e-5, gradient: 1e-4, losesNaN: ['exp', 'log', 'softplus'] });

checkPrecision('gpu:webgl2', 1e-5);
checkPrecision('gpu:webgpu', 1e-5);

checkArguments('gpu:webgl2');
checkArguments('gpu:webgpu');

checkGpuDevice('webgl2');
checkGpuDevice('webgpu');
checkGpuDevice('webasm');

it('auto passes over software graphics, gpu takes the best mode that runs', async () => {
  expect((await openDevice('auto')).name).toMatch(/^simd/);
  expect((await openDevice('gpu')).name).toBe('gpu:webgpu');
  await expect(openDevice('gpu:headlessgl')).rejects.toThrow('in a page use gpu:webgl2');
});
