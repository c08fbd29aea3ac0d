// Runs after `npm ci` and before `npm pack`: compiles the WASM kernels, then src to dist.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tools = ['assemblyscript/asc', 'typescript7/package.json'];

function installed(name) {
  try {
    return existsSync(fileURLToPath(import.meta.resolve(name)));
  } catch {
    return false;
  }
}

function run(...command) {
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

// npx runs this in a clone before anything is installed; failing there would leave npx's cache broken for good.
const missing = tools.filter((name) => !installed(name));
if (missing.length > 0) {
  console.log(`Nothing built: ${missing.join(' and ')} not installed yet. Run "npm ci" first.`);
  process.exit(0);
}

// npx links a clone into its cache once, and prepares it again before it runs the command; what is built is built.
if (process.env.npm_command === 'exec' && existsSync(new URL('../dist/cli/main.js', import.meta.url))) process.exit(0);

run('scripts/build-kernels.mjs');
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
run(fileURLToPath(new URL('bin/tsc', import.meta.resolve('typescript7/package.json'))), '-p', 'tsconfig.build.json');

// So that `npx glass-flamingo` finds the clone's own command where npm looks for that first.
const bin = new URL('../node_modules/.bin/', import.meta.url);
const link = new URL('glass-flamingo', bin);
mkdirSync(bin, { recursive: true });
rmSync(link, { force: true });
if (process.platform === 'win32')
  writeFileSync(new URL('glass-flamingo.cmd', bin), '@node "%~dp0..\\..\\bin\\glass-flamingo.js" %*\r\n');
else symlinkSync('../../bin/glass-flamingo.js', link);

// The explorer's page. Types are checked elsewhere, so that this stays quick.
if (installed('vite')) {
  const vite = fileURLToPath(new URL('bin/vite.js', new URL('../../', import.meta.resolve('vite'))));
  run(vite, 'build', '--config', 'explorer/vite.config.ts', '--logLevel', 'warn');
}
