// Builds the explorer to dist/explorer, and serves it while it is worked on: `npm run explorer`.
import { createReadStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultClientConditions, type Plugin, type UserConfig } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const WEIGHTS = ['config.json', 'tokenizer.json', 'model.safetensors', 'training-log.jsonl', 'snapshots.json'];

/** Files that are not code, by their place beside the page. */
function assets(): Map<string, string> {
  const snapshots = join(root, 'weights', 'snapshots'); // a package has none
  const steps = existsSync(snapshots) ? readdirSync(snapshots).map((name) => `snapshots/${name}`) : [];
  const files = [...WEIGHTS, ...steps].map((name) => [`weights/${name}`, join(root, 'weights', name)] as const);
  const folder = join(root, 'examples', 'pictures');
  const pictures = readdirSync(folder).map((name) => [`pictures/${name}`, join(folder, name)] as const);
  return new Map([...files, ...pictures].filter(([, file]) => existsSync(file)));
}

/** Later steps of a training log, one in five: a figure of gates has fewer pixels than a run has steps. */
const thinned = (log: string): string =>
  log
    .trim()
    .split('\n')
    .filter((_, i, lines) => i < 100 || i % 5 === 0 || i === lines.length - 1)
    .join('\n');

/** Weights stay where the package has them: the server of the command gives them from there. */
function beside(): Plugin {
  return {
    name: 'beside-the-page',
    // The development server writes styles and code into the page.
    transformIndexHtml: {
      order: 'pre',
      handler: (html, { server }) => (server ? html.replace(/<meta http-equiv[^>]*>/, '') : html),
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const file = assets().get((request.url ?? '').slice(1).split('?')[0] ?? '');
        if (!file) return next();
        response.setHeader('content-type', file.endsWith('.png') ? 'image/png' : 'application/octet-stream');
        createReadStream(file).pipe(response);
      });
    },
    generateBundle() {
      for (const [fileName, file] of assets()) {
        if (fileName.startsWith('weights/') && process.env.EXPLORER_WEIGHTS !== 'copy') continue;
        const source = readFileSync(file);
        const log = fileName.endsWith('training-log.jsonl');
        this.emitFile({ type: 'asset', fileName, source: log ? thinned(source.toString()) : source });
      }
    },
  };
}

/** What the explorer never calls: it writes no pictures, opens no public model and runs on the SIMD kernels. */
function absent(): Plugin {
  const names = /^(#jimp|jimp-browser|gpu\.js|@zip\.js\/.*|node:.*|.*\/file-source\.ts)$/;
  return {
    name: 'absent-in-the-page',
    enforce: 'pre',
    resolveId: (id) => (names.test(id) ? '\0absent' : null),
    load: (id) => (id === '\0absent' ? 'export default {};' : null),
  };
}

/** The kernels as files: base64 in the worker would cost a third more, and of the two only one is needed. */
async function kernelFiles(): Promise<string> {
  const kernels = await import('../src/tensor/devices/simd/module.ts');
  const folder = mkdtempSync(join(tmpdir(), 'explorer-kernels-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['fma', 'simd'] as const)
    writeFileSync(join(folder, `${name}.wasm`), Buffer.from(kernels[`${name}Module`], 'base64'));
  return `
import fma from ${JSON.stringify(join(folder, 'fma.wasm?url'))};
import simd from ${JSON.stringify(join(folder, 'simd.wasm?url'))};
const bytesOf = async (place) => {
  const response = await fetch(place);
  if (!response.ok) throw new Error('the kernels did not come: the server says ' + response.status);
  return new Uint8Array(await response.arrayBuffer());
};
const text = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
const fused = await bytesOf(fma);
export const fmaModule = text(fused);
export const simdModule = globalThis.WebAssembly?.validate(fused) ? '' : text(await bytesOf(simd));
`;
}

/**
 * In the worker: the tokenizer library's parts for the project's own files, which it checks as it makes them, no other device, the readers of one's own
 * pictures in a chunk of its own, and the kernels as files.
 */
function slim(): Plugin {
  const own = (name: string): string => join(root, 'src', 'explorer', 'worker', name);
  const instead: readonly [id: RegExp, from: RegExp, file: string][] = [
    [/^@huggingface\/tokenizers$/, /src\/model\/tokenizer\/(library|expressions)\.ts$/, own('tokenizers.ts')],
    [/\/(parts|patterns|expressions)\.ts$/, /src\/model\/tokenizer\/json\.ts$/, own('no-parts.ts')],
    [/\/charsmap\.ts$/, /tokenizer\/normalizers\.ts$/, own('no-parts.ts')],
    [/\/unigram\.ts$/, /tokenizer\/library\.ts$/, own('no-parts.ts')],
    [/\/json-position\.ts$/, /zoo\/open\/json-file\.ts$/, own('no-parts.ts')],
    [/picture\/read\.ts$/, /src\/model\/image\.ts$/, own('read-picture.ts')],
    [/devices\/gpu\.ts$/, /src\/tensor\/open-device\.ts$/, own('no-gpu.ts')],
    [/\/module\.ts$/, /devices\/simd\/kernels\.ts$/, '\0kernels'],
  ];
  return {
    name: 'slim-worker',
    enforce: 'pre',
    resolveId: (id, from = '') => instead.find(([name, by]) => name.test(id) && by.test(from))?.[2] ?? null,
    load: (id) => (id === '\0kernels' ? kernelFiles() : null),
  };
}

const config: UserConfig = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  resolve: { conditions: ['source', ...defaultClientConditions] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es', plugins: () => [absent(), slim()] },
  build: {
    target: 'es2022',
    outDir: join(root, 'dist', 'explorer'),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    // Who installs the project cannot do anything about the builder's own times.
    rolldownOptions: { input: join(root, 'explorer', 'index.html'), checks: { bundlerTimings: false } },
  },
  plugins: [beside(), absent()],
  define: {
    __PICTURES__: JSON.stringify(
      [...assets().keys()].filter((n) => n.startsWith('pictures/')).map((n) => basename(n, '.png')),
    ),
  },
};

export default config;
