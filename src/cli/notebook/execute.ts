import { fork } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { linesOf, type Output } from './file.ts';
import type { Message } from './host.ts';
import { formatPlace, type Joined } from './join.ts';
import { toolPath } from './tools.ts';

export type Execution = { outputs: Output[][] } | { failure: string };

interface ExecuteOptions {
  /** Told each cell as it begins, from 1. */
  readonly begin: (cell: number) => void;
  /** Seconds after which it is ended. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

const EXTENSION = import.meta.url.slice(import.meta.url.lastIndexOf('.'));

/** Runs a joined module, written as `path`, in a process of its own, in the folder of its notebook. */
export function execute(
  { path, folder }: { readonly path: string; readonly folder: string },
  joined: Joined,
  cells: number,
  { begin, limit, signal }: ExecuteOptions,
): Promise<Execution> {
  const host = fileURLToPath(new URL(`./host${EXTENSION}`, import.meta.url));
  const outputs = Array.from({ length: cells }, (): Output[] => []);
  let current = 1;
  let failure = '';
  let done = false;
  return new Promise((resolve) => {
    const { FORCE_COLOR, NODE_OPTIONS, ...env } = process.env; // colours would be saved; loaders come from here only
    const child = fork(host, [path], {
      cwd: folder,
      env: { ...env, NO_COLOR: '1' },
      execArgv: ['--import', pathToFileURL(toolPath('tsx')).href, '--conditions=source'],
      silent: true,
      timeout: limit * 1000,
      killSignal: 'SIGKILL', // a cell that never ends takes no other
    });
    const stop = (): boolean => child.kill('SIGKILL');
    signal?.addEventListener('abort', stop);
    let lastWords = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      lastWords += chunk.toString('utf8');
    });
    child.on('message', (message: Message) => {
      if (message.type === 'begin') {
        current = message.cell;
        begin(current);
      } else if (message.type === 'output') append(outputs[current - 1] as Output[], message.output);
      else if (message.type === 'error') failure ||= describeError(message, path, joined, current);
      else done = true;
    });
    child.on('close', (code, killed) => {
      signal?.removeEventListener('abort', stop);
      if (!done && !failure) {
        const end = endOf(code, killed !== null, limit);
        failure = `${formatPlace({ cell: current, line: 1 }, 1)} ${end}${lastWords ? `\n${lastWords.trimEnd()}` : ''}`;
      }
      resolve(failure ? { failure } : { outputs: outputs.map((own) => own.map(withLines)) });
    });
  });
}

/** Exit code of Node for a top-level await that nothing can end. */
const NEVER_SETTLED = 13;

function endOf(code: number | null, killed: boolean, limit: number): string {
  if (killed) return `was stopped after ${limit} s; --limit gives it more`;
  return code === NEVER_SETTLED ? 'awaits what never comes' : `ended the process with code ${code}`;
}

/** Joins what is printed piece by piece. */
function append(outputs: Output[], output: Output): void {
  const last = outputs.at(-1);
  if (output.output_type === 'stream' && last?.output_type === 'stream' && last.name === output.name) {
    for (const text of output.text) last.text.push(text);
  } else outputs.push(output);
}

/** Texts as nbformat saves them: lists of lines. */
function withLines(output: Output): Output {
  if (output.output_type === 'stream') return { ...output, text: linesOf(output.text.join('')) };
  const data = Object.entries(output.data).map(([mime, value]) => [
    mime,
    typeof value === 'string' && mime !== 'application/json' ? linesOf(value) : value,
  ]);
  return { ...output, data: Object.fromEntries(data) };
}

/** The first line of the stack that is the notebook's own tells where. */
function describeError(
  { name, message, stack }: Extract<Message, { type: 'error' }>,
  path: string,
  joined: Joined,
  current: number,
): string {
  const file = (pathToFileURL(path).href.split('/').at(-1) ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const own = new RegExp(`${file}:(\\d+):(\\d+)`).exec(stack);
  const place = own
    ? formatPlace(joined.locate(Number(own[1])), own[2] as string)
    : formatPlace({ cell: current, line: 1 }, 1);
  return `${place} ${name}: ${message}`;
}
