// Checks the package as others get it: packs it, lints the tarball, installs it in an empty folder, imports and runs it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from '../test/support/chromium.ts';
import { checkPage } from './check-page.mjs';

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
if (chromium !== undefined || process.env.CI) {
  await step('a page bundles it and multiplies matrices', () => {
    expect(chromium, 'no Chromium found: install it or set CHROMIUM to its path');
    return checkPage(work, chromium);
  });
} else {
  console.log('NOT RUN  in a page: no Chromium found');
}

await step('glass-flamingo --help', () => {
  const help = run(work, 'npx', '--no-install', 'glass-flamingo', '--help');
  expect(help.includes('demo'), 'the help names no demo');
});

if (existsSync(join(root, 'weights'))) {
  await step('glass-flamingo demo', () => {
    const start = performance.now();
    const output = run(work, 'npx', '--no-install', 'glass-flamingo', 'demo');
    expect(output.trim() !== '', 'prints nothing');
    return `: ${((performance.now() - start) / 1000).toFixed(1)} s`;
  });
} else {
  console.log('NOT RUN  glass-flamingo demo: this copy has no weights/');
}
