// Checks the package as others get it: packs it, lints the tarball, installs it in an empty folder, imports and runs it.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium as playwright } from 'playwright-core';
import { serveFolders } from '../src/cli/explore/serve.ts';
import { findChromium } from '../test/support/chromium.ts';
import { runInPage } from './run-in-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));

const run = (cwd, command, ...args) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

async function step(name, check) {
  try {
    console.log(`ok    ${name}${(await check()) ?? ''}`);
  } catch (error) {
    console.error(error.stdout ?? '');
    console.error(`FAILED  ${name}: ${error.message}`);
    process.exit(1);
  }
}

function expect(condition, complaint) {
  if (!condition) throw new Error(complaint);
}

const installed = join(work, 'node_modules', manifest.name);
let tarball;

await step('pack', () => {
  run(root, 'npm', 'pack', '--silent', '--pack-destination', work);
  tarball = join(
    work,
    readdirSync(work).find((name) => name.endsWith('.tgz')),
  );
  return `: ${(statSync(tarball).size / 2 ** 20).toFixed(1)} MB`;
});

await step('publint', () => {
  run(root, 'npx', 'publint', tarball, '--strict');
});

await step('install the tarball in an empty folder', () => {
  writeFileSync(join(work, 'package.json'), '{ "private": true, "type": "module" }');
  run(work, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error', tarball);
});

await step('neither gl nor webgpu comes along', () => {
  const manifests = readdirSync(join(work, 'node_modules'), { recursive: true }).filter((path) =>
    /(^|[\\/])node_modules[\\/](gl|webgpu)[\\/]package\.json$/.test(join('node_modules', path)),
  );
  for (const path of manifests) {
    const { name, version } = JSON.parse(readFileSync(join(work, 'node_modules', path), 'utf8'));
    expect(name === 'empty-npm-package', `${path} is ${name} ${version}`);
  }
  return `: ${manifests.length} empty stand-ins`;
});

await step('no sources of training data, tests or caches inside', () => {
  const unwanted = readdirSync(installed).filter((name) =>
    ['src', 'test', '.data', 'runs', 'site', 'notebooks', '.ci'].includes(name),
  );
  expect(unwanted.length === 0, `the package holds ${unwanted.join(', ')}`);
});

for (const [path, target] of Object.entries(manifest.exports)) {
  if (typeof target === 'string') continue;
  const specifier = manifest.name + path.slice(1);
  await step(`import ${specifier}`, () => {
    const script = `console.log(Object.keys(await import(${JSON.stringify(specifier)})).length)`;
    const count = Number(run(work, process.execPath, '--input-type=module', '--eval', script));
    expect(count > 0, 'exports nothing');
    return `: ${count} names`;
  });
}

const chromium = findChromium();
const openPage = chromium !== undefined || Boolean(process.env.CI);
if (openPage) {
  await step('a page bundles it and multiplies matrices', async () => {
    expect(chromium, 'no Chromium found: install it or set CHROMIUM to its path');
    const product = await runInPage(
      work,
      chromium,
      `import { openDevice, tensor } from '${manifest.name}/tensor';
       const device = await openDevice();
       const identity = tensor(device, [[1, 0], [0, 1]]);
       globalThis.result = Array.from(await tensor(device, [[1, 2], [3, 4]]).matmul(identity).data());`,
    );
    expect(String(product) === '1,2,3,4', `the page computed ${product}`);
  });
} else {
  console.log('NOT RUN  in a page: no Chromium found');
}

await step('glass-flamingo --help', () => {
  const help = run(work, 'npx', '--no-install', manifest.name, '--help');
  expect(help.includes('demo'), 'the help names no demo');
});

if (!existsSync(join(root, 'weights'))) {
  console.log('NOT RUN  what needs the weights: this copy has no weights/');
  process.exit(0);
}

await step('glass-flamingo names', () => {
  const found = run(work, 'npx', '--no-install', manifest.name, 'names', 'panda', 'flamingo');
  expect(/^panda .* known$/m.test(found) && /^flamingo .* held out$/m.test(found), `it says ${found}`);
});

const asking = ['ask', '--image', join(root, 'examples/pictures/panda.png'), '--text', 'name :'];

await step('npm install -g', () => {
  const prefix = join(work, 'global');
  run(work, 'npm', 'install', '-g', '--prefix', prefix, '--no-audit', '--no-fund', '--prefer-offline', tarball);
  const command = join(prefix, process.platform === 'win32' ? `${manifest.name}.cmd` : `bin/${manifest.name}`);
  const said = execFileSync(command, asking, { cwd: prefix, encoding: 'utf8', shell: process.platform === 'win32' });
  expect(said.includes('answer'), `it says ${said}`);
  return `: ${said.match(/answer +(.*)/)?.[1]}`;
});

await step('npx of the package, from an empty folder', () => {
  const empty = mkdtempSync(join(tmpdir(), 'glass-flamingo-npx-'));
  try {
    const said = run(empty, 'npx', '--yes', '--prefer-offline', '--package', tarball, '--', manifest.name, ...asking);
    expect(said.includes('answer'), `it says ${said}`);
  } finally {
    rmSync(empty, { recursive: true, force: true });
  }
});

await step('glass-flamingo demo', () => {
  const start = performance.now();
  const output = run(work, 'npx', '--no-install', manifest.name, 'demo');
  expect(output.trim() !== '', 'prints nothing');
  return `: ${((performance.now() - start) / 1000).toFixed(1)} s`;
});

/** Fetches the page at an address, and what it names: its scripts and styles, a picture and the weights. */
async function fetchExplorer(address) {
  const get = async (path) => {
    const response = await fetch(new URL(path, address));
    expect(response.ok, `${path} of the explorer: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const page = (await get('.')).toString();
  const parts = [...page.matchAll(/(?:src|href)="([^"]+)"/g)]
    .map(([, path]) => path)
    .filter((path) => !path.startsWith('data:'));
  expect(
    parts.some((path) => path.endsWith('.js')),
    'the explorer names no script',
  );
  const absolute = parts.filter((path) => path.startsWith('/'));
  expect(absolute.length === 0, `not for a sub-path: ${absolute.join(', ')}`);
  for (const part of [...parts, 'pictures/flamingo.png']) expect((await get(part)).length > 0, `${part} is empty`);
  const weights = await get('weights/model.safetensors');
  const same = weights.equals(readFileSync(join(installed, 'weights/model.safetensors')));
  expect(same, 'other weights are served than those of the package');
  return `: ${parts.length} parts and ${(weights.length / 2 ** 20).toFixed(1)} MB of weights`;
}

/** Opens the explorer as a reader does, takes the network away, and closes the gates of another scene. */
async function driveExplorer(address) {
  const browser = await playwright.launch({ executablePath: chromium, args: ['--no-sandbox'] });
  const complaints = [];
  try {
    const page = await browser.newPage({ locale: 'en-GB' });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    const settled = () => page.waitForFunction(() => document.documentElement.dataset.settled === 'true');
    page.setDefaultTimeout(120_000);
    await page.goto(address);
    await page.waitForSelector('[data-status="ready"]');
    await page.waitForLoadState('networkidle');
    await page.context().setOffline(true);
    await page.keyboard.press('4');
    await settled();
    const open = await page.locator('.caption').innerText();
    await page.getByRole('button', { name: 'Close all gates' }).click();
    await settled();
    const closed = await page.locator('.caption').innerText();
    expect(open !== closed, `the explorer says ${open} with its gates open and with them closed`);
    expect(complaints.length === 0, `the explorer's page complains: ${complaints.join('; ')}`);
    return `${JSON.stringify(open)}, with closed gates ${JSON.stringify(closed)}, offline`;
  } finally {
    await browser.close();
  }
}

await step('glass-flamingo explore', async () => {
  const command = join(installed, manifest.bin[manifest.name]);
  const server = spawn(process.execPath, [command, 'explore', '--no-open', '--port', '0'], {
    cwd: work,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  try {
    const ready = await Promise.race([once(server.stdout, 'data'), ended]);
    const address = String(ready[0]).trim();
    expect(/^http:\/\/127\.0\.0\.1:\d+\/$/.test(address), `the explorer printed ${address}`);
    const fetched = await fetchExplorer(address);
    return openPage ? `${fetched}; ${await driveExplorer(address)}` : fetched;
  } finally {
    server.kill('SIGTERM');
    const [code, signal] = await ended;
    expect(process.platform === 'win32' || code === 0, `the explorer ended with ${code ?? signal}`);
  }
});

if (openPage) {
  await step('the explorer answers under a sub-path of a static host', async () => {
    const host = join(work, 'host');
    cpSync(join(installed, 'dist/explorer'), join(host, 'deep/explorer'), { recursive: true });
    cpSync(join(installed, 'weights'), join(host, 'deep/explorer/weights'), { recursive: true });
    const served = await serveFolders({ '': host });
    try {
      return `: ${await driveExplorer(`${served.address}deep/explorer/index.html`)}`;
    } finally {
      await served.close();
    }
  });
}

const answering = (image, weights) => `
  import { load } from '${manifest.name}';
  const model = await load(${weights});
  const { text, alternatives } = await model.answer({ sequence: [{ image: '${image}' }, { text: 'name :' }] });
  globalThis.result = { text, alternatives };`;
let answer;

await step('load() answers about a picture', () => {
  cpSync(join(root, 'test/fixtures/pictures/rgb.png'), join(work, 'public/picture.png'));
  const script = `${answering('public/picture.png', '')}; console.log(JSON.stringify(globalThis.result));`;
  answer = JSON.parse(run(work, process.execPath, '--input-type=module', '--eval', script));
  return `: ${JSON.stringify(answer.text)}`;
});

if (openPage) {
  await step('load() answers the same in a page', async () => {
    cpSync(join(installed, 'weights'), join(work, 'public/weights'), { recursive: true });
    const inPage = await runInPage(work, chromium, answering('picture.png', "'weights'"));
    const same = answer.alternatives.every(({ token, probability }, i) => {
      const other = inPage.alternatives[i];
      return other?.token === token && Math.abs(other.probability - probability) < 1e-3;
    });
    expect(same && inPage.text === answer.text, `${JSON.stringify(inPage)} instead of ${JSON.stringify(answer)}`);
  });
}
