/** The worker as the page sees it. */

import type { Ask, FromWorker, ToWorker } from '../protocol.ts';

export interface Client {
  ask(ask: Ask): void;
  send(message: ToWorker): void;
  stop(): void;
}

/** @throws where there are no module workers */
export function startWorker(
  pictures: readonly string[],
  hear: (message: FromWorker) => void,
  crashed: (message: string) => void,
): Client {
  const worker = new Worker(new URL('../worker/worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => hear(data);
  worker.onerror = (event) => crashed(event.message);
  const send = (message: ToWorker): void => worker.postMessage(message);
  send({ do: 'open', base: new URL('.', document.baseURI).href, pictures });
  return { send, ask: (ask) => send({ do: 'ask', ...ask }), stop: () => worker.terminate() };
}
