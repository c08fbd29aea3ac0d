import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../zoo/open/weights.ts';
import { type Context, UsageError } from './context.ts';
import { serveFolders } from './explore/serve.ts';

/** What is served when nobody asks for another; where it is taken, any free one. */
const PORT = 5260;

const PACKAGE = new URL('../../', import.meta.url);

const HELP = `
Serves the explorer on this machine alone (127.0.0.1) and opens it in the browser. Nothing is sent anywhere, and once the
page has loaded it needs no network. Ctrl+C ends it.

Examples:
  $ glass-flamingo explore
  $ glass-flamingo explore --port 8080 --no-open
  $ glass-flamingo explore --weights runs/mine

Exit codes: 0 done; 2 wrong usage or input.`;

interface ExploreOptions {
  readonly port?: number;
  readonly weights?: string;
  readonly open: boolean;
}

export function register(program: Command, context: Context): void {
  const command = program
    .command('explore')
    .option('--port <number>', `where to serve it; default ${PORT}, or any free one`, port)
    .option('--weights <folder>', 'weights in this project’s own files; default those of the package')
    .option('--no-open', 'only print the address')
    .addHelpText('after', HELP);
  command.action((options: ExploreOptions) => explore(options, context));
}

async function explore({ port, weights, open }: ExploreOptions, context: Context): Promise<void> {
  const page = fileURLToPath(new URL('dist/explorer/', PACKAGE));
  if (!(await isFile(join(page, 'index.html'))))
    throw new UsageError('the explorer is not built; run: npm run prepare');
  const folder = weights === undefined ? fileURLToPath(new URL('weights/', PACKAGE)) : resolve(weights);
  await readConfig(pathToFileURL(`${folder}/`)); // what is not a folder of weights is said here, not in the page
  const server = await serveFolders({ '': page, weights: folder }, { port: port ?? PORT, orFree: port === undefined });
  context.out(`${server.address}\n`);
  if (open) openBrowser(server.address);
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
    context.ended?.then(done);
  });
  await server.close();
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
