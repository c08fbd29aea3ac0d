import { checkGraphs } from '../support/graphs/suite.ts';

checkGraphs('gpu:webgl2', 300, 1e-5);
checkGraphs('gpu:webgpu', 300, 1e-5);
