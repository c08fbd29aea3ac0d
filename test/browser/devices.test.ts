import { checkEveryPrimitive } from '../support/device-suite.ts';
import { checkGpuDevice } from '../support/gpu-suite.ts';

checkEveryPrimitive('simd', { value: 3e-6, gradient: 3e-5, losesNaN: [] });
checkEveryPrimitive('gpu:webgl2', { value: 1e-5, gradient: 1e-4, losesNaN: ['exp', 'log', 'softplus'] });
checkEveryPrimitive('gpu:webgpu', { value: 1e-5, gradient: 1e-4, losesNaN: ['exp', 'log', 'softplus'] });

checkGpuDevice('webgl2');
checkGpuDevice('webgpu');
checkGpuDevice('webasm');
