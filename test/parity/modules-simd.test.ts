import { modulesMatchGoldens } from './modules.ts';

modulesMatchGoldens('simd');
