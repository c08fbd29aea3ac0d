import { checkGraphs } from '../support/graphs/suite.ts';

// WebGL2 translates each kernel in software: 300 graphs would take 75 s of processor time, 200 take 50 s; WebGPU's 300 take 25 s.
checkGraphs('gpu:webgl2', 200, 1e-5);
checkGraphs('gpu:webgpu', 300, 1e-5);
