import { checkEveryPrimitive } from '../support/device-suite.ts';

checkEveryPrimitive('simd', { value: 3e-6, gradient: 3e-5, losesNaN: [] });
checkEveryPrimitive('gpu:cpu', { value: 3e-6, gradient: 3e-5, losesNaN: [] });
checkEveryPrimitive('gpu:webasm', { value: 3e-6, gradient: 3e-5, losesNaN: [] });
