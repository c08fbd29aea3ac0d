/** The page's end of the wire: calls to the worker, their answers, and what is wrong with a worker. */

import { requireKinds } from '../../files/kinds.ts';
import { ArgumentError, GlassFlamingoError } from '../../tensor/index.ts';
import type { Calls, FromWorker, Wire } from './protocol.ts';

/** Until the first sign of life: a worker says at once that it heard a call, also where the answer takes long. */
const PATIENCE = 60_000;

interface Waiting {
  readonly resolve: (given: never) => void;
  readonly reject: (error: unknown) => void;
  readonly progress?: ((loaded: number, total: number) => void) | undefined;
}

type Ways = Pick<Waiting, 'progress'> & { readonly signal?: AbortSignal | undefined };

/** Calls to the worker and their answers. */
export class Line {
  private readonly worker: Wire;
  private readonly waiting = new Map<number, Waiting>();
  private calls = 0;
  /** Whether anything came from the worker. */
  private alive = false;
  /** Why nothing more will come. */
  private dead: GlassFlamingoError | null = null;

  constructor(worker: Wire) {
    this.worker = worker;
    const on = (type: string, hear: (event: MessageEvent) => void): void =>
      worker.addEventListener(type as 'message', hear);
    on('message', ({ data }) => this.hear(data));
    on('error', (event) => this.fail((event as Partial<ErrorEvent>).message ?? 'its file could not be loaded'));
    on('messageerror', () => this.fail('its answer could not be read'));
    on('close', () => this.end('it closed the wire'));
    worker.start?.();
  }

  /** @throws GlassFlamingoError with the worker's own error, or of the worker; what the signal was aborted with */
  async call<Do extends keyof Calls>(
    what: Do,
    asked: Calls[Do]['asked'],
    { signal, progress }: Ways = {},
  ): Promise<Calls[Do]['given']> {
    signal?.throwIfAborted();
    if (this.dead) throw this.dead;
    const number = ++this.calls;
    const abort = (): void => {
      this.worker.postMessage({ number, do: 'abort' });
      this.waiting.get(number)?.reject(signal?.reason);
    };
    const silence = setTimeout(() => this.alive || this.end(SILENT), PATIENCE);
    signal?.addEventListener('abort', abort);
    try {
      const given = await new Promise<Calls[Do]['given']>((resolve, reject) => {
        this.waiting.set(number, { resolve, reject, progress });
        this.post({ number, do: what, asked });
      });
      return requireGiven(what, given);
    } finally {
      clearTimeout(silence);
      signal?.removeEventListener('abort', abort);
      this.waiting.delete(number);
    }
  }

  private post(message: unknown): void {
    try {
      this.worker.postMessage(message);
    } catch (error) {
      const why = (error as Error).message;
      throw new ArgumentError(
        'openInWorker',
        `this cannot be sent to a worker: ${why}; expected data without functions`,
      );
    }
  }

  /** What is no answer to a call is somebody else's: others may talk on the same wire. */
  private hear(message: Partial<FromWorker> | null | undefined): void {
    const waiting = this.waiting.get(message?.number as number);
    if (!message || !waiting) return;
    this.alive = true;
    if (message.is === 'given') waiting.resolve(message.given as never);
    else if (message.is === 'failed')
      waiting.reject(Object.assign(new GlassFlamingoError(String(message.message)), { name: String(message.name) }));
    else if (message.is === 'progress') tell(waiting, message as Extract<FromWorker, { is: 'progress' }>);
    else if (message.is !== 'heard') waiting.reject(otherwise(`a message of the kind ${String(message.is)}`));
  }

  /** The worker's own code does not run, or stopped on the way: calls in between are lost, later ones may be heard. */
  private fail(why: string): void {
    if (!this.alive) this.end(why);
    else for (const { reject } of this.waiting.values()) reject(failure(why));
  }

  private end(why: string): void {
    this.dead = failure(why);
    for (const { reject } of this.waiting.values()) reject(this.dead);
  }
}

const SILENT = `it said nothing in ${PATIENCE / 1000} s; expected a file that calls serveModel()`;
const failure = (why: string): GlassFlamingoError => new GlassFlamingoError(`the worker failed: ${why}`);
const otherwise = (what: string): GlassFlamingoError =>
  failure(`it answered ${what}; expected what serveModel() of this version says`);

/** An error of who listens ends the call: nobody else would hear of it. */
function tell({ progress, reject }: Waiting, { loaded, total }: { loaded: number; total: number }): void {
  try {
    progress?.(loaded, total);
  } catch (error) {
    reject(error);
  }
}

/** The fields of each answer, and their kinds. */
const GIVEN: Readonly<Record<keyof Calls, readonly [fields: string, kinds: string]>> = {
  open: ['device config gates tokens', 'text {} list texts'],
  prepare: ['prepared ids taps', 'whole wholes list'],
  answer: [
    'text ids gates logits suppress temperature run',
    'text wholes list list wholes amount {values,gradients,next}',
  ],
  run: ['values gradients next', '[name,dims,shape,data] [name,dims,shape,data] {ids,text,piece,logits}?'],
  release: ['', ''],
};

/** @returns `given` @throws GlassFlamingoError unless it is an answer to `what` */
export function requireGiven<Do extends keyof Calls>(what: Do, given: Calls[Do]['given']): Calls[Do]['given'] {
  const [fields, kinds] = GIVEN[what];
  if (fields === '') return given;
  const entries = fields.split(' ').map((field) => [field, (Object(given) as Record<string, unknown>)[field]]);
  try {
    requireKinds(what, Object.fromEntries(entries), kinds);
  } catch (error) {
    throw otherwise(`something else to '${what}': ${(error as Error).message.replace(/^\[\w+\] /, '').split(';')[0]}`);
  }
  return given;
}
