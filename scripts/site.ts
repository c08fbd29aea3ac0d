import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments, wholeNumber } from './arguments.ts';
import { checkSite } from './site/check.ts';
import { API, BUILT, ROOT, SITE } from './site/places.ts';
import { frontScene } from './site/scene.ts';
import { serveUnder } from './site/serve.ts';

const USAGE = `The site: everything that the project knows as one folder of pages, site/dist, which any static host can serve.

    npm run site                          builds it; what builds it is installed into site/ once, then without a network
    npm run site -- --serve [--port N]    builds it and serves it on this machine
    npm run site -- --check               builds it and tries it: links, searches, axe, size, under a sub-path, in Chromium

--keep-api leaves the programming interface as it was built last. Links are relative: the folder works under any path.`;

const { values } = readArguments(USAGE, {
  options: {
    'keep-api': { type: 'boolean', default: false },
    serve: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    port: { type: 'string', default: '4173' },
  },
});
const port = wholeNumber('--port', values.port, 0, 65535);

function stop(message: string): never {
  console.error(message);
  process.exit(2);
}

async function step(
  name: string,
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: object } = {},
): Promise<void> {
  const start = performance.now();
  const { status } = spawnSync(command, args, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  await new Promise((resolve) => setTimeout(resolve, 10)); // a Ctrl-C that ended it ends this too, and is no failure
  if (status !== 0) stop(`${name} failed`);
  said(name, start);
}

const said = (name: string, start: number): void =>
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);

const lock = readFileSync(join(SITE, 'package-lock.json'), 'utf8');
const installed = join(SITE, 'node_modules', '.of-lock.json');
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== lock) {
  console.log('Installing what builds the site into site/node_modules, once: 59 packages, 31 MB.');
  await step('installed', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'], { cwd: SITE });
  writeFileSync(installed, lock);
}

rmSync(BUILT, { recursive: true, force: true });
if (!values['keep-api'] || !existsSync(API)) {
  const typedoc = join(ROOT, 'node_modules/typedoc/bin/typedoc');
  await step('programming interface', process.execPath, [
    typedoc,
    '--options',
    join(SITE, 'typedoc.json'),
    '--out',
    API,
  ]);
}
const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
await step(
  'explorer',
  process.execPath,
  [vite, 'build', '--config', 'explorer/vite.config.ts', '--logLevel', 'error', '--outDir', join(BUILT, 'explorer')],
  { env: { EXPLORER_WEIGHTS: 'copy' } },
);
// Trained parts of steps on the way are larger than all else; the explorer says that they are not there.
rmSync(join(BUILT, 'explorer/weights/snapshots'), { recursive: true, force: true });
let start = performance.now();
const scene = await frontScene();
said('scene of the front page', start);
start = performance.now();
const { writePages } = await import('./site/content.ts');
await writePages(scene);
said('pages', start);
console.log('site/dist: ready for a static host, under any path');

if (values.check) process.exitCode = await checkSite();
if (values.serve) {
  const { address } = await serveUnder(BUILT, '/', port);
  console.log(`${address}   Ctrl+C stops`);
}
