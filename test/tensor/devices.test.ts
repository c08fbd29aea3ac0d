import { checkEveryPrimitive } from '../support/device-suite.ts';
import { checkPrecision } from '../support/precision-suite.ts';

checkEveryPrimitive('simd', { value: 3e-6, gradient: 3e-5, losesNaN: [] });
checkEveryPrimitive('gpu:cpu', { value: 3e-6, gradient: 3e-5, losesNaN: [] });
checkEveryPrimitive('gpu:webasm', { value: 3e-6, gradient: 3e-5, losesNaN: [] });

checkPrecision('simd', 1e-5);
checkPrecision('gpu:cpu', 1e-5);
checkPrecision('gpu:webasm', 1e-5);
