import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import type { TestProjectConfiguration, ViteUserConfig } from 'vitest/config';
import { findChromium } from './test/support/chromium.ts';
import { LongFirst } from './test/support/long-first.ts';

// Projects do not inherit these. Only what hangs takes ten minutes, on a slow and busy machine too: no test needs another limit.
const shared = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
  expect: { poll: { timeout: 500_000 } },
  setupFiles: ['test/support/equal-bytes.ts'],
  // Random graphs on gpu:web*, which compiles 2,400 kernels for 300 of them: up to a minute of a processor on each device.
  provide: { graphs: Number(process.env.GRAPHS ?? 20) },
};

const setupInNode = { setupFiles: [...shared.setupFiles, 'test/support/after-the-page.ts'] };

// Both projects resolve the package's own name to the sources: with dist there would be two copies of every class.
const inNode = { ssr: { resolve: { conditions: ['source', ...defaultServerConditions] } } };

// Measure the memory or the speed of their process, take WebAssembly away from it, or give it thousands of WebAssembly's
// memories, which its garbage collector goes through again and again.
const ALONE = [
  'test/parity/modules-gpu-webasm.test.ts',
  'test/files/picture-bombs.test.ts',
  'test/runs/patterns.test.ts',
  'test/tensor/no-simd.test.ts',
];

const node: readonly TestProjectConfiguration[] = [
  {
    ...inNode,
    test: {
      name: 'node',
      include: ['test/**/*.test.ts'],
      exclude: ['test/browser/**', ...ALONE],
      globalSetup: ['test/explorer/shared-build.ts'],
      isolate: false, // the library has no state of its own: loading it anew for every file takes two minutes of a processor
      ...shared,
      ...setupInNode,
    },
  },
  { ...inNode, test: { name: 'alone', include: ALONE, ...shared, ...setupInNode } },
];

// Software WebGL2 and WebGPU, so that a machine without a graphics card runs every kernel too.
const launchArguments = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  // WebGL2 compiles each kernel for one way of drawing only, and when it draws: a third less of a processor.
  '--disable-angle-features=warmUpPipelineCacheAtLink,supportsGraphicsPipelineLibrary,cacheCompiledShader',
];

function browserProject(executablePath: string): TestProjectConfiguration {
  return {
    resolve: { conditions: ['source', ...defaultClientConditions] },
    optimizeDeps: {
      include: ['gpu.js', 'jimp-browser', '@huggingface/tokenizers', '@zip.js/zip.js/lib/zip-core-reader.js'],
    },
    test: {
      name: 'chromium',
      ...shared,
      include: ['test/browser/**/*.test.ts'],
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        instances: [{ browser: 'chromium' }],
        provider: playwright({ launchOptions: { executablePath, args: launchArguments } }),
      },
    },
  };
}

const chromium = findChromium();
if (chromium === undefined && process.env.CI) {
  throw new Error('No Chromium found: the browser tests must run in CI. Install it or set CHROMIUM to its path.');
}
if (chromium === undefined) {
  console.warn('No Chromium found: the browser tests are left out. Install it or set CHROMIUM to its path.');
}

const config: ViteUserConfig = {
  test: {
    // By default a core is left idle, which on a machine with two is half of it.
    maxWorkers: '100%',
    sequence: { sequencer: LongFirst },
    // Read here and not in the project. A browser waits until its dependencies are bundled.
    browser: { connectTimeout: 300_000 },
    reporters: ['default', './test/support/closing-line.ts'],
    projects: chromium === undefined ? [...node] : [...node, browserProject(chromium)],
  },
};

export default config;
