import { checkEveryPrimitive } from '../support/device-suite.ts';

checkEveryPrimitive('simd', { value: 3e-6, gradient: 3e-5, special: true });
checkEveryPrimitive('gpu:cpu', { value: 3e-6, gradient: 3e-5, special: true });
checkEveryPrimitive('gpu:webasm', { value: 3e-6, gradient: 3e-5, special: true });
