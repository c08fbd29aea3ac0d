import { checkGraphs } from '../support/graphs/suite.ts';

checkGraphs('gpu:webgl2', 1e-5);
checkGraphs('gpu:webgpu', 1e-5);
