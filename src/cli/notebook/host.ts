// The process in which a notebook runs: `node --import tsx host.ts MODULE`. It takes down what each cell prints and
// shows, and sends it to the process that started it.
import { pathToFileURL } from 'node:url';
import type { Output } from './file.ts';
import { BEGIN } from './join.ts';

export type Message =
  | { type: 'begin'; cell: number }
  | { type: 'output'; output: Output }
  | { type: 'error'; name: string; message: string; stack: string }
  | { type: 'done' };

/** Under this name a notebook finds the function that shows a MIME bundle. */
const DISPLAY = Symbol.for('glass-flamingo.display');

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
Object.assign(globalThis, {
  [BEGIN]: (cell: number) => void send({ type: 'begin', cell }),
  [DISPLAY]: (data: Record<string, unknown>) =>
    void send({ type: 'output', output: { output_type: 'display_data', data, metadata: {} } }),
});

await import(pathToFileURL(process.argv[2] as string).href).catch(fail);
await send({ type: 'done' });
process.exit(0); // devices may hold the process open
