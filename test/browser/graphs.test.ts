import { checkGraphs } from '../support/graphs/suite.ts';

const count = Number((import.meta as unknown as { env: Record<string, string> }).env.GRAPHS); // from vitest.config.ts

checkGraphs('gpu:webgl2', count, 1e-5);
checkGraphs('gpu:webgpu', count, 1e-5);
