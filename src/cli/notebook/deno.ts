import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fitted } from '../../inspect/particles.ts';
import { type Context, UsageError } from '../context.ts';
import { sayIn } from '../language.ts';
import { ROOT } from './tools.ts';

/** Exactly this one: 2.9.6 lacks a platform's package, 2.8.2 and 2.8.3 lose results, older ones crash on gpu.js. */
const VERSION = '2.9.5';
const FOLDER = join(ROOT, '.deno');
const KERNELS = join(FOLDER, 'share', 'jupyter');

/** Installs Deno by npm and registers its Jupyter kernel, both in .deno/, and says what to do next. */
export async function installKernel(context: Context): Promise<void> {
  const say = sayIn(context.lang);
  if (installedVersion() !== VERSION) {
    context.out(
      say(
        `Installing Deno ${VERSION} (MIT, about 50 MB to fetch) from npm into .deno/, for its Jupyter kernel ...\n`,
        `Jupyter 커널을 쓰려고 Deno ${VERSION}(MIT, 받을 것 50 MB쯤)을 npm에서 .deno/에 설치해요 ...\n`,
      ),
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
  if (!existsSync(join(ROOT, 'dist')))
    context.err(
      say(
        'dist/ is missing, which the kernel imports: run npm run prepare\n',
        '커널이 읽는 dist/가 없어요. npm run prepare를 실행하세요\n',
      ),
    );
  context.out(
    [
      say(
        `The kernel "Deno" is in ${KERNELS}. The notebooks open with it in`,
        `"Deno" 커널이 ${KERNELS}에 있어요. 노트북은 이렇게 열어요`,
      ),
      '',
      say('  VS Code (with its Jupyter extension):', '  VS Code (Jupyter 확장이 있어야 해요):'),
      `    JUPYTER_PATH=${quoted(KERNELS)} code ${quoted(ROOT)}`,
      '  JupyterLab (pip install jupyterlab):',
      `    JUPYTER_PATH=${quoted(KERNELS)} jupyter lab ${quoted(join(ROOT, 'notebooks'))}`,
      '',
      `${say('To have it everywhere without JUPYTER_PATH', 'JUPYTER_PATH 없이 어디서나 쓰려면')}: ${quoted(deno)} jupyter --install`,
      say(
        'After changes: npm run notebook -- run saves the outputs, npm run notebook -- check compares them.',
        '고친 뒤에는 npm run notebook -- run이 출력을 저장하고, npm run notebook -- check가 비교해요.',
      ),
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
    const fail = (why: string, ko = why) => {
      const what = `${command} ${argv[0]}`;
      reject(new UsageError(`${what} failed: ${why}`, fitted`${what}가 안 됐어요: ${ko}`));
    };
    child.on('error', ({ message }) => fail(message));
    child.on('close', (code) =>
      code === 0 ? resolve() : fail(`it ended with code ${code}`, fitted`코드 ${String(code)}로 끝났어요`),
    );
  });
}
