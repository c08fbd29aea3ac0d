import { modulesMatchGoldens } from './modules.ts';

modulesMatchGoldens('gpu:webasm');
