import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Context, UsageError } from '../context.ts';
import { ROOT } from './tools.ts';

/** Exactly this one: 2.9.6 lacks a platform's package, 2.8.2 and 2.8.3 lose results, older ones crash on gpu.js. */
const VERSION = '2.9.5';
const FOLDER = join(ROOT, '.deno');
const KERNELS = join(FOLDER, 'share', 'jupyter');

/** Installs Deno by npm and registers its Jupyter kernel, both in .deno/, and says what to do next. */
export async function installKernel(context: Context): Promise<void> {
  if (installedVersion() !== VERSION) {
    context.out(
      `Installing Deno ${VERSION} (MIT, about 50 MB to fetch) from npm into .deno/, for its Jupyter kernel ...\n`,
    );
    await run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [
      'install',
      '--prefix',
      FOLDER,
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      `deno@${VERSION}`,
    ]);
  }
  const deno = join(FOLDER, 'node_modules', '.bin', process.platform === 'win32' ? 'deno.cmd' : 'deno');
  await run(deno, ['jupyter', '--install', '--force'], {
    XDG_DATA_HOME: join(FOLDER, 'share'),
    JUPYTER_DATA_DIR: KERNELS,
  });
  if (!existsSync(join(ROOT, 'dist'))) context.err('dist/ is missing, which the kernel imports: run npm run prepare\n');
  context.out(
    [
      `The kernel "Deno" is in ${KERNELS}. The notebooks open with it in`,
      '',
      '  VS Code (with its Jupyter extension):',
      `    JUPYTER_PATH=${quoted(KERNELS)} code ${quoted(ROOT)}`,
      '  JupyterLab (pip install jupyterlab):',
      `    JUPYTER_PATH=${quoted(KERNELS)} jupyter lab ${quoted(join(ROOT, 'notebooks'))}`,
      '',
      `To have it everywhere without JUPYTER_PATH: ${quoted(deno)} jupyter --install`,
      'After changes: npm run notebook -- run saves the outputs, npm run notebook -- check compares them.',
      '',
    ].join('\n'),
  );
}

/** As a shell reads it, spaces included. */
export const quoted = (path: string): string =>
  /^[\w./:@+~-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

function installedVersion(): string | undefined {
  const manifest = join(FOLDER, 'node_modules', 'deno', 'package.json');
  if (!existsSync(manifest)) return undefined;
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function run(command: string, argv: readonly string[], env: Record<string, string> = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, { stdio: 'inherit', env: { ...process.env, ...env } });
    const fail = (why: string) => reject(new UsageError(`${command} ${argv[0]} failed: ${why}`));
    child.on('error', ({ message }) => fail(message));
    child.on('close', (code) => (code === 0 ? resolve() : fail(`it ended with code ${code}`)));
  });
}
