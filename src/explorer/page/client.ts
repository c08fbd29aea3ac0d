/** The worker as the page sees it. */

import type { Ask, FromWorker, ToWorker } from '../protocol.ts';

export interface Client {
  ask(ask: Ask): void;
  send(message: ToWorker): void;
  stop(): void;
}

/** @throws Error where there are no module workers */
export function startWorker(
  pictures: readonly string[],
  hear: (message: FromWorker) => void,
  crashed: (message: string) => void,
): Client {
  if (typeof Worker === 'undefined') throw new Error('');
  const worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' });
  // While it waits for its kernels it hears nothing.
  let waiting: ToWorker[] | null = [];
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
    if (data.is !== 'here') return hear(data);
    for (const message of waiting ?? []) worker.postMessage(message);
    waiting = null;
  };
  worker.onerror = (event) => crashed(event.message ?? '');
  const send = (message: ToWorker): void => void (waiting ? waiting.push(message) : worker.postMessage(message));
  send({ do: 'open', base: new URL('.', document.baseURI).href, pictures });
  return { send, ask: (ask) => send({ do: 'ask', ...ask }), stop: () => worker.terminate() };
}
