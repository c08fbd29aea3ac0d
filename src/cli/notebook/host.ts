// The process in which a notebook runs: `node --import tsx host.ts MODULE`. It takes down what each cell prints and
// shows, and sends it to the process that started it.
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { Output } from './file.ts';
import { BEGIN, VALUE } from './join.ts';

export type Message =
  | { type: 'begin'; cell: number }
  | { type: 'output'; output: Output }
  | { type: 'error'; name: string; message: string; stack: string }
  | { type: 'done' };

/** Under this name a notebook finds the function that shows a MIME bundle. */
const DISPLAY = Symbol.for('glass-flamingo.display');

/** Jupyter's protocol in Deno: what knows how to show itself has this method. */
const JUPYTER = Symbol.for('Jupyter.display');

const send = (message: Message): Promise<void> =>
  new Promise((resolve) => {
    if (process.send) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });

function captureStream(name: 'stdout' | 'stderr'): void {
  process[name].write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    void send({ type: 'output', output: { output_type: 'stream', name, text: [text] } });
    const done = rest.at(-1);
    if (typeof done === 'function') done();
    return true;
  };
}

async function fail(cause: unknown): Promise<never> {
  const { name, message, stack = '' } = cause instanceof Error ? cause : new Error(String(cause));
  await send({ type: 'error', name, message, stack });
  process.exit(1);
}

process.on('uncaughtException', (cause) => void fail(cause));
process.on('unhandledRejection', (cause) => void fail(cause));
captureStream('stdout');
captureStream('stderr');

/** Shows data, a bundle by MIME type. */
const show = (data: Record<string, unknown>): void =>
  void send({ type: 'output', output: { output_type: 'display_data', data, metadata: {} } });

/** Shows what a cell ends with, as a kernel does: as it shows itself, else in words; nothing is shown of undefined. */
async function showValue(value: unknown): Promise<void> {
  if (value === undefined) return;
  const own = (value as { [JUPYTER]?: unknown } | null)?.[JUPYTER];
  show(typeof own === 'function' ? await own.call(value) : { 'text/plain': inspect(value) });
}

Object.assign(globalThis, {
  [BEGIN]: (cell: number) => void send({ type: 'begin', cell }),
  [VALUE]: showValue,
  [DISPLAY]: show,
});

await import(pathToFileURL(process.argv[2] as string).href).catch(fail);
await send({ type: 'done' });
process.exit(0); // devices may hold the process open
