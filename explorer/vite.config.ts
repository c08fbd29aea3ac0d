// Builds the explorer to dist/explorer, and serves it while it is worked on: `npm run explorer`.
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultClientConditions, type Plugin, type UserConfig } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const WEIGHTS = ['config.json', 'tokenizer.json', 'model.safetensors', 'training-log.jsonl'];

/** Files that are not code, by their place beside the page. */
function assets(): Map<string, string> {
  const files = WEIGHTS.map((name) => [`weights/${name}`, join(root, 'weights', name)] as const);
  const folder = join(root, 'examples', 'pictures');
  const pictures = readdirSync(folder).map((name) => [`pictures/${name}`, join(folder, name)] as const);
  return new Map([...files, ...pictures].filter(([, file]) => existsSync(file)));
}

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
        this.emitFile({ type: 'asset', fileName, source: readFileSync(file) });
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

const config: UserConfig = {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  resolve: { conditions: ['source', ...defaultClientConditions] },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es', plugins: () => [absent()] },
  build: {
    target: 'es2022',
    outDir: join(root, 'dist', 'explorer'),
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
    rolldownOptions: { input: join(root, 'explorer', 'index.html') },
  },
  plugins: [beside(), absent()],
  define: {
    __PICTURES__: JSON.stringify(
      [...assets().keys()].filter((n) => n.startsWith('pictures/')).map((n) => basename(n, '.png')),
    ),
  },
};

export default config;
