// Checks the package as others get it: packs it, lints the tarball, installs it in an empty folder, imports and runs it.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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

for (const [resolution, module, types] of [
  ['nodenext', 'nodenext', ['*']],
  ['bundler', 'esnext', []],
]) {
  await step(`types are sound, those of dependencies too (${resolution})`, () => {
    const options = {
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      target: 'es2022',
      lib: ['es2023', 'dom'],
      types,
    };
    const compilerOptions = { ...options, module, moduleResolution: resolution };
    writeFileSync(join(work, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['typed.ts'] }));
    const names = Object.keys(manifest.exports).filter((path) => path !== './package.json');
    const all = names.map((path, i) => `export * as all${i} from '${manifest.name}${path.slice(1)}';`);
    const answering = `import { load } from '${manifest.name}';
      export const text: string = (await (await load()).answer({ sequence: [{ text: 'name :' }] })).text;`;
    writeFileSync(join(work, 'typed.ts'), [...all, answering].join('\n'));
    run(work, process.execPath, join(root, 'node_modules/typescript/bin/tsc'), '--project', work);
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

await step('glass-flamingo demo', () => {
  const start = performance.now();
  const output = run(work, 'npx', '--no-install', manifest.name, 'demo');
  expect(output.trim() !== '', 'prints nothing');
  return `: ${((performance.now() - start) / 1000).toFixed(1)} s`;
});

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
