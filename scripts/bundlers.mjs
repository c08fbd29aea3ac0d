// Builds a page that imports the package with the bundlers that people use, each in a fresh project of its own, and shows
// what the page answers where a Chromium is found; and runs the same lines in Deno and Bun. Everything is installed in a
// temporary folder.
//   npm run bundlers                 all of them
//   npm run bundlers -- vite@5 deno  some
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium } from '../test/support/chromium.ts';
import { readArguments, refuse } from './arguments.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const vite = (version) => ({
  packages: [`vite@${version}`],
  build: ['vite', 'build', '--target', 'es2022', '--outDir', 'public', '--emptyOutDir', 'false'],
});
const BUNDLERS = {
  'vite@5': vite(5),
  'vite@6': vite(6),
  'vite@7': vite(7),
  'vite@8': vite(8),
  webpack: {
    packages: ['webpack@5', 'webpack-cli@6'],
    build: ['webpack', '--mode', 'production', '--entry', './main.js', '--output-path', 'public', '--no-performance'],
    page: 'main.js',
  },
  esbuild: {
    packages: ['esbuild@0.25'],
    build: ['esbuild', 'main.js', '--bundle', '--format=esm', '--splitting', '--outdir=public'],
    page: 'main.js',
  },
};

/** Other runtimes than Node: they run the package as it is installed. */
const RUNTIMES = {
  deno: { packages: ['deno@2'], command: ['deno', 'run', '--allow-all', 'main.js'] },
  bun: { packages: ['bun@1'], command: ['bun', 'main.js'] },
};

const main = (weights, show) => `import { load } from 'glass-flamingo';
const model = await load(${weights});
const { text } = await model.answer({ sequence: [{ image: 'panda.png' }, { text: 'name :' }] });
${show};
`;

/** What a build says that is not a fault of ours: the size of a model's code, and a decoder's own eval. */
const EXPECTED = /jimp-browser|eval|larger than|limit|compiled with|warning has/i;
const COMPLAINT = /\b(warning|error)\b|externalized|doesn.t exist|could not|critical dependency/i;

const run = (cwd, command, ...args) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

function project(name, tarball, packages) {
  const folder = join(work, name);
  mkdirSync(join(folder, 'public'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  run(
    folder,
    'npm',
    'install',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--loglevel=error',
    tarball,
    ...packages,
  );
  return folder;
}

function pageProject(name, tarball, { packages, page }) {
  const folder = project(name, tarball, packages);
  writeFileSync(join(folder, 'main.js'), main("'weights'", 'globalThis.result = text'));
  const html = `<!doctype html><script type="module" src="/${page ?? 'main.js'}"></script>`;
  writeFileSync(join(folder, page ? 'public/index.html' : 'index.html'), html);
  return folder;
}

/** @throws Error with what the bundler said, when it fails or complains */
function build(folder, command) {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', ...command], { cwd: folder, encoding: 'utf8' });
  const said = `${stdout}${stderr}`;
  if (status !== 0) throw new Error(said);
  const complaints = said.split('\n').filter((line) => COMPLAINT.test(line) && !EXPECTED.test(line));
  if (complaints.length > 0) throw new Error(`it complains:\n${complaints.join('\n')}`);
}

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.json': 'application/json', '.png': 'image/png' };

async function answerOf(folder, executablePath) {
  cpSync(join(root, 'weights'), join(folder, 'public/weights'), { recursive: true });
  cpSync(join(root, 'examples/pictures/panda.png'), join(folder, 'public/panda.png'));
  const server = createServer((request, response) => {
    const path = request.url === '/' ? 'index.html' : request.url.slice(1);
    try {
      const body = readFileSync(join(folder, 'public', path));
      response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const failed = new Promise((_, reject) => page.on('pageerror', reject));
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const done = page.waitForFunction(() => globalThis.result !== undefined, null, { timeout: 60_000 });
    await Promise.race([done, failed]);
    return await page.evaluate(() => globalThis.result);
  } finally {
    await browser.close();
    server.close();
  }
}

function answerIn(name, tarball, { packages, command }) {
  const folder = project(name, tarball, packages);
  writeFileSync(join(folder, 'main.js'), main('', 'console.log(text)'));
  cpSync(join(root, 'examples/pictures/panda.png'), join(folder, 'panda.png'));
  return run(folder, 'npx', '--no-install', ...command).trim();
}

async function answerInPage(name, tarball, bundler, executable) {
  const folder = pageProject(name, tarball, bundler);
  build(folder, bundler.build);
  return executable && (await answerOf(folder, executable));
}

const ALL = { ...BUNDLERS, ...RUNTIMES };
const { positionals } = readArguments(`npm run bundlers [-- NAME...]: ${Object.keys(ALL).join(', ')}; all by default`, {
  allowPositionals: true,
});
const chosen = positionals.length > 0 ? positionals : Object.keys(ALL);
const unknown = chosen.find((name) => !ALL[name]);
if (unknown) refuse(`there is no bundler or runtime '${unknown}' here; expected ${Object.keys(ALL).join(', ')}`);

run(root, 'npm', 'pack', '--silent', '--ignore-scripts', '--pack-destination', work);
const tarball = join(
  work,
  readdirSync(work).find((name) => name.endsWith('.tgz')),
);
const executable = findChromium();
if (!executable) console.log('No Chromium found: pages are built and not opened.');
for (const name of chosen) {
  try {
    const text = RUNTIMES[name]
      ? answerIn(name, tarball, RUNTIMES[name])
      : await answerInPage(name, tarball, BUNDLERS[name], executable);
    if (text !== undefined && text !== 'panda') throw new Error(`it answers ${JSON.stringify(text)}, expected "panda"`);
    console.log(`ok    ${name}: ${text === undefined ? 'builds' : 'answers panda'}`);
  } catch (error) {
    console.error(`FAILED  ${name}: ${error.message}`);
    process.exitCode = 1;
  }
}
