/** The worker's side: a model that a page asks. */

import { requireKinds } from '../../files/kinds.ts';
import type { Model } from '../../model/model.ts';
import type { Prepared } from '../../model/prepared.ts';
import type { Captured, Run } from '../../runs/captured.ts';
import { GlassFlamingoError } from '../../tensor/index.ts';
import { load } from '../load.ts';
import type { AnswerData, Calls, FromWorker, Opened, PreparedPrompt, RunData, ToWorker, Wire } from './protocol.ts';

/**
 * Lets a page ask for a model in this worker: all that the worker's own file needs to say.
 *
 * @example
 * ```ts
 * import { serveModel } from 'glass-flamingo/worker';
 * serveModel();
 * ```
 *
 * @param wire default the worker's own global
 */
export function serveModel(wire: Wire = globalThis as unknown as Wire): void {
  requireKinds('serveModel', { wire }, '{addEventListener,postMessage}');
  const served = new Served((message) => wire.postMessage(message));
  wire.addEventListener('message', ({ data }) => {
    // Others may talk on the same wire.
    if (Number.isSafeInteger(Object(data).number) && 'do' in data) void served.hear(data as ToWorker);
  });
  wire.start?.();
}

type Answering = { [Do in keyof Calls]: (asked: Calls[Do]['asked'], call: Call) => Promise<Calls[Do]['given']> };

interface Call {
  readonly number: number;
  readonly signal: AbortSignal;
}

class Served {
  private model: Model | null = null;
  private readonly prompts = new Map<number, Prepared>();
  private readonly calls = new Map<number, AbortController>();
  private readonly say: (message: FromWorker) => void;

  constructor(say: (message: FromWorker) => void) {
    this.say = say;
  }

  async hear(message: ToWorker): Promise<void> {
    const { number } = message;
    if (message.do === 'abort') {
      this.release(number); // a prompt whose page gave up while word of it was on the way: nobody knows its number
      return this.calls.get(number)?.abort();
    }
    const controller = new AbortController();
    this.calls.set(number, controller);
    this.say({ number, is: 'heard' });
    try {
      if (!Object.hasOwn(this.answering, message.do) || Object(message.asked) !== message.asked)
        throw new GlassFlamingoError(`'${String(message.do)}' is no call; expected ${Object.keys(this.answering)}`);
      const answer = this.answering[message.do] as (asked: unknown, call: Call) => Promise<unknown>;
      const given = await answer(message.asked, { number, signal: controller.signal });
      this.say({ number, is: 'given', given });
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new GlassFlamingoError(String(error));
      this.say({ number, is: 'failed', name, message });
    } finally {
      this.calls.delete(number);
    }
  }

  private readonly answering: Answering = {
    open: async ({ location, device }, { number }) => {
      const progress = (loaded: number, total: number): void => this.say({ number, is: 'progress', loaded, total });
      this.model = await load(location, { progress, ...(device !== undefined && { device }) });
      return openedOf(this.model);
    },
    prepare: async ({ prompt }, { number, signal }) => {
      if (!this.model) throw new GlassFlamingoError('the model is not open yet');
      const prepared = await this.model.prepare(prompt, { signal });
      if (signal.aborted) prepared.dispose();
      signal.throwIfAborted();
      this.prompts.set(number, prepared);
      return { prepared: number, ids: prepared.ids, taps: prepared.taps } satisfies PreparedPrompt;
    },
    answer: async ({ prepared, options }, { signal }) => {
      const answer = await this.prompt(prepared).answer({ ...options, signal });
      const { text, ids, gates, logits, suppress, temperature, candidates = null, likely, run } = answer;
      return {
        text,
        ids,
        gates,
        logits,
        suppress,
        temperature,
        candidates,
        run: runData(run),
        ...(likely && { likely }),
      } satisfies AnswerData;
    },
    run: async ({ prepared, options }, { signal }) => runData(await this.prompt(prepared).run({ ...options, signal })),
    release: async ({ prepared }) => {
      this.release(prepared);
      return undefined;
    },
  };

  private release(number: number): void {
    this.prompts.get(number)?.dispose();
    this.prompts.delete(number);
  }

  private prompt(number: number): Prepared {
    const prepared = this.prompts.get(number);
    if (!prepared) throw new GlassFlamingoError('the prompt was disposed of');
    return prepared;
  }
}

async function openedOf(model: Model): Promise<Opened> {
  const tokens = Array.from({ length: model.tokenizer.size }, (_, id) => model.tokenizer.token(id));
  return { device: model.device.name, config: model.config, gates: await model.gates(), tokens };
}

function runData(run: Run): RunData {
  const plain = ({ name, dims, shape, data }: Captured): Captured => ({ name, dims, shape, data });
  const { objective, next } = run;
  return {
    values: run.names.map((name) => plain(run.get(name))),
    gradients: run.gradientNames.map((name) => plain(run.gradient(name))),
    objective,
    next: next && { ids: next.ids, text: next.text, piece: next.piece, logits: next.logits },
  };
}
