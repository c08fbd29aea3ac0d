import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../zoo/open/weights.ts';
import { type Context, UsageError } from './context.ts';
import { serveFolders } from './explore/serve.ts';
import { DONE_OR_WRONG, type Help, helpText } from './help.ts';
import { sayIn } from './language.ts';
import { interruptible } from './stop-on-interrupt.ts';

/** What is served when nobody asks for another; where it is taken, any free one. */
const PORT = 5260;

const PACKAGE = new URL('../../', import.meta.url);

const HELP: Help = {
  about: {
    en: `Serves the explorer on this machine alone (127.0.0.1) and opens it in the browser. Nothing is sent anywhere, and once the
page has loaded it needs no network. Ctrl+C ends it.`,
    ko: `탐색기를 이 컴퓨터에서만 (127.0.0.1) 열고 브라우저로 보여 줘요. 아무 데도 보내지 않고, 페이지가 열린 뒤에는 네트워크가
필요 없어요. Ctrl+C로 끝내요.`,
  },
  examples: ['explore', 'explore --port 8080 --no-open', 'explore --weights runs/mine'],
  exits: DONE_OR_WRONG,
};

interface ExploreOptions {
  readonly port?: number;
  readonly weights?: string;
  readonly open: boolean;
}

export function register(program: Command, context: Context): void {
  const say = sayIn(context.lang);
  const where = say(`where to serve it; default ${PORT}, or any free one`, `쓸 포트. 기본값은 ${PORT}, 아니면 남는 것`);
  const own = say(
    'weights in this project’s own files; default those of the package',
    '이 프로젝트의 파일로 된 가중치. 기본값은 실린 가중치예요',
  );
  const command = program
    .command('explore')
    .option('--port <number>', where, port)
    .option('--weights <folder>', own)
    .option('--no-open', say('only print the address', '주소만 보여 줘요'))
    .addHelpText('after', helpText(HELP, context.lang));
  command.action((options: ExploreOptions) => explore(options, context));
}

async function explore({ port, weights, open }: ExploreOptions, context: Context): Promise<void> {
  const page = fileURLToPath(new URL('dist/explorer/', PACKAGE));
  if (!(await isFile(join(page, 'index.html'))))
    throw new UsageError(
      'the explorer is not built; run `npm run prepare`',
      '탐색기가 아직 만들어지지 않았어요. `npm run prepare`를 실행하세요',
    );
  const folder = weights === undefined ? fileURLToPath(new URL('weights/', PACKAGE)) : resolve(weights);
  await readConfig(pathToFileURL(`${folder}/`)); // what is not a folder of weights is said here, not in the page
  const server = await serveFolders(
    { '': page, weights: folder },
    { port: port ?? PORT, orFree: port === undefined, otherWeights: weights !== undefined },
  );
  const address = context.lang === 'en' ? server.address : `${server.address}#lang=${context.lang}`;
  context.out(`${address}\n`);
  if (open) openBrowser(address);
  await interruptible(
    (told) =>
      new Promise<void>((done) => {
        told.addEventListener('abort', () => done());
        context.ended?.then(done);
      }),
    () => {},
  );
  await server.close();
  context.err(`\n${sayIn(context.lang)('stopped', '멈췄어요')}\n`);
}

function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65535) throw new InvalidArgumentError('expected a port: 0 to 65535.');
  return value;
}

const isFile = (path: string): Promise<boolean> =>
  stat(path).then(
    (entry) => entry.isFile(),
    () => false,
  );

/** A machine without a browser still has the address on its screen. */
function openBrowser(address: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', address]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', address]
        : ['xdg-open', address];
  const child = spawn(command as string, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
