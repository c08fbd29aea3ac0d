import { checkEveryPrimitive } from '../support/device-suite.ts';

checkEveryPrimitive('simd', { value: 3e-6, gradient: 3e-5, special: true });
checkEveryPrimitive('gpu:webgl2', { value: 1e-5, gradient: 1e-4, special: false });
checkEveryPrimitive('gpu:webgpu', { value: 1e-5, gradient: 1e-4, special: false });
