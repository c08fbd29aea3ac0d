import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generate, load, logLikelihoods, type Model, type Prepared } from '../../src/flamingo.ts';

const panda = new URL('../../examples/pictures/panda.png', import.meta.url);
const prompt = { sequence: [{ image: panda }, { text: 'name :' }], candidates: ['panda', 'cat'] };

let model: Model;
let prepared: Prepared;
beforeAll(async () => {
  model = await load();
  prepared = await model.prepare(prompt);
  await prepared.answer(); // latents are kept from here on
});
afterAll(() => {
  prepared.dispose();
  model.dispose();
});

const aborted = AbortSignal.abort(new Error('enough'));
/** What the event loop aborts as soon as it is let in. */
function soon(): AbortSignal {
  const controller = new AbortController();
  setImmediate(() => controller.abort(new Error('enough')));
  return controller.signal;
}

const calls: [string, (signal: AbortSignal | undefined) => Promise<unknown>][] = [
  ['model.answer', (signal) => model.answer(prompt, { signal })],
  ['model.run', (signal) => model.run(prompt, { signal })],
  ['model.prepare', (signal) => model.prepare(prompt, { signal })],
  ['model.generate', (signal) => model.generate(prompt, { signal }).next()],
  ['prepared.answer', (signal) => prepared.answer({ signal })],
  ['prepared.answer with edits', (signal) => prepared.answer({ signal, edit: [{ at: 'xattn.*.gate.*', set: 0 }] })],
  ['prepared.run', (signal) => prepared.run({ signal })],
  ['generate', (signal) => generate(model.flamingo, { ids: [[1]] }, { stop: -1, maxTokens: 50, signal })],
  ['beam search', (signal) => generate(model.flamingo, { ids: [[1]] }, { stop: -1, maxTokens: 50, beams: 2, signal })],
  ['ranking', (signal) => logLikelihoods(model.flamingo, { ids: [[1]] }, [[[5, 6]]], { signal })],
];

describe('a signal', () => {
  it.each(calls)('ends %s with its reason, and leaves nothing on the device', async (_, call) => {
    const held = [model.device.liveTensors, model.device.liveBytes];
    await expect(call(aborted)).rejects.toThrow('enough');
    await expect(call(soon())).rejects.toThrow('enough');
    expect([model.device.liveTensors, model.device.liveBytes]).toEqual(held);
  });

  it('ends a generation between two tokens', async () => {
    const controller = new AbortController();
    let seen = 0;
    const read = async (): Promise<void> => {
      for await (const _ of prepared.generate({ signal: controller.signal })) {
        seen++;
        setImmediate(() => controller.abort(new Error('enough')));
      }
    };
    await expect(read()).rejects.toThrow('enough');
    expect(seen).toBe(1);
  });

  it.each(calls)('need not be there for %s to let events in, of which one may be Ctrl-C', async (_, call) => {
    let heard = false;
    setImmediate(() => {
      heard = true;
    });
    await call(undefined);
    expect(heard).toBe(true);
  });

  it('changes nothing as long as it is silent', async () => {
    const { signal } = new AbortController();
    expect(await prepared.answer({ signal })).toEqual(await prepared.answer());
  });

  it.each([null, true, {}, new AbortController()])('%o is refused where a signal is expected', async (signal) => {
    const as = signal as unknown as AbortSignal;
    await expect(prepared.answer({ signal: as })).rejects.toThrow('expected an AbortSignal');
    await expect(prepared.run({ signal: as })).rejects.toThrow('expected an AbortSignal');
    await expect(model.prepare(prompt, { signal: as })).rejects.toThrow('expected an AbortSignal');
  });
});

describe('captures with the caption', () => {
  const capture = ['vision.layers.0.**', 'resampler.out', 'xattn.*.gate.*', 'xattn.1.attention.weights', 'logits'];

  it('are those of a run of the same prompt, bit for bit', async () => {
    const fresh = await model.prepare(prompt);
    const { run, text } = await fresh.answer({ capture });
    const expected = await fresh.run({ capture });
    expect(run.names).toEqual(expected.names);
    for (const name of run.names) expect(run.get(name)).toEqual(expected.get(name));
    expect(text).toBe((await fresh.answer()).text);
    fresh.dispose();
  });

  it('come with edits too, and the first token with every answer', async () => {
    const edit = [{ at: 'xattn.*.gate.attention', set: 0 }] as const;
    const answer = await prepared.answer({ capture: ['xattn.2.gate.attention'], edit });
    expect(answer.run.get('xattn.2.gate.attention').data).toEqual(Float32Array.of(0));
    expect(answer.run.next?.id).toBe(answer.ids[0]);
    const plain = await prepared.answer();
    expect(plain.run.next?.id).toBe(plain.ids[0]);
  });

  it('are refused as those of a run are', async () => {
    await expect(prepared.answer({ capture: ['xatn.*'] })).rejects.toThrow("no tap matches 'xatn.*'");
    await expect(prepared.answer({ capture: ['**'], budget: 10 })).rejects.toThrow('budget');
  });
});
