import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { load, Model, type Prepared } from '../../../src/flamingo.ts';
import { openInWorker, type RemoteModel, serveModel, type Wire } from '../../../src/worker.ts';

const panda = new URL('../../../examples/pictures/panda.png', import.meta.url);
const prompt = { sequence: [{ image: panda }, { text: 'name :' }], candidates: ['panda', 'cat'] };

// The wire is a MessageChannel here, and a real worker in a page: npm run example-page.
const { port1, port2 } = new MessageChannel();
let remote: RemoteModel;
let model: Model;
beforeAll(async () => {
  serveModel(port1);
  remote = await openInWorker(port2);
  model = await load();
});
afterAll(() => {
  port1.close();
  model.dispose();
});

describe('a model on the other end of a wire', () => {
  it('answers as the model does, with what was captured', async () => {
    const options = { capture: ['xattn.*.gate.*'], edit: [{ at: 'xattn.0.gate.dense', set: 0.5 }] } as const;
    const [found, expected] = [await remote.answer(prompt, options), await model.answer(prompt, options)];
    expect(found.text).toBe(expected.text);
    expect(found.logits).toEqual(expected.logits);
    expect(found.top(3)).toEqual(expected.top(3));
    expect(found.alternatives).toEqual(expected.alternatives);
    expect(found.candidates).toEqual(expected.candidates);
    expect(found.gates).toEqual(expected.gates);
    expect(found.run.get('xattn.0.gate.dense')).toEqual(expected.run.get('xattn.0.gate.dense'));
    expect(found.run.next?.top(2)).toEqual(expected.run.next?.top(2));
    expect(found.run.next?.piece).toBe(expected.run.next?.piece);
  });

  it('runs a prepared prompt many times, gradients included', async () => {
    const prepared = await remote.prepare(prompt);
    const own = await model.prepare(prompt);
    expect(prepared.ids).toEqual(own.ids);
    expect(prepared.taps).toEqual(own.taps);
    const options = { grad: { of: { logit: 5 }, at: ['xattn.*.gate.dense'] } };
    const [found, expected] = [await prepared.run(options), await own.run(options)];
    expect(found.gradientNames).toEqual(expected.gradientNames);
    expect(found.gradient('xattn.1.gate.dense')).toEqual(expected.gradient('xattn.1.gate.dense'));
    expect(found.objective).toBe(expected.objective);
    prepared.dispose();
    await expect(prepared.answer()).rejects.toThrow('disposed of');
    own.dispose();
  });

  it('says what it is', async () => {
    expect(remote.device).toBe(model.device.name);
    expect(remote.config).toEqual(model.config);
    expect(remote.gates).toEqual(await model.gates());
  });

  it('hands errors over by their name, and takes no functions', async () => {
    const missing = { sequence: [{ image: 'nothing.png' }] };
    await expect(remote.answer(missing)).rejects.toMatchObject({
      name: 'PictureError',
      message: expect.stringContaining('nothing.png does not exist'),
    });
    await expect(remote.answer({ sequence: [] })).rejects.toMatchObject({ name: 'PromptError' });
    const change = { edit: [{ at: 'xattn.0.gate.dense', change: () => 0 }] } as never;
    await expect(remote.answer(prompt, change)).rejects.toThrow('cannot be sent to a worker');
  });

  it('stops when a signal says so, and goes on with the next call', async () => {
    const controller = new AbortController();
    const call = remote.answer(prompt, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await expect(remote.answer(prompt, { signal: AbortSignal.abort(new Error('never')) })).rejects.toThrow('never');
    expect((await remote.answer(prompt)).text).toBe((await model.answer(prompt)).text);
  });

  it('keeps no prompt whose page gave up while word of it was on the way', async () => {
    const wire = new MessageChannel();
    const controller = new AbortController();
    const late: Wire = {
      postMessage: (message) => wire.port2.postMessage(message),
      addEventListener: (type, listener) =>
        wire.port2.addEventListener(type, (event) => {
          if (event.data?.given?.prepared !== undefined) controller.abort(new Error('enough'));
          listener(event);
        }),
      start: () => wire.port2.start(),
    };
    const made = vi.spyOn(Model.prototype, 'prepare');
    serveModel(wire.port1);
    const own = await openInWorker(late);
    await expect(own.prepare(prompt, { signal: controller.signal })).rejects.toThrow('enough');
    expect((await own.answer(prompt)).text).toBe('panda'); // all that was said before has been heard
    const [lost] = made.mock.results as { value: Promise<Prepared> }[];
    await expect((await lost?.value)?.run()).rejects.toThrow('was disposed of');
    made.mockRestore();
    wire.port1.close();
  });

  it('keeps no prompt that was made while it was given up', async () => {
    const controller = new AbortController();
    const { prepare } = Model.prototype;
    const disposed = vi.fn();
    const made = vi.spyOn(Model.prototype, 'prepare').mockImplementationOnce(async function (this: Model, ...given) {
      const prepared = await prepare.call(this, given[0]); // too far on to hear of it
      controller.abort(new Error('enough'));
      await new Promise((heard) => setTimeout(heard, 20));
      vi.spyOn(prepared, 'dispose').mockImplementation(disposed);
      return prepared;
    });
    await expect(remote.prepare(prompt, { signal: controller.signal })).rejects.toThrow('enough');
    expect((await remote.answer(prompt)).text).toBe('panda');
    await vi.waitFor(() => expect(disposed).toHaveBeenCalledOnce(), 5_000);
    made.mockRestore();
  });

  it('names weights that are not there', async () => {
    const wire = new MessageChannel();
    serveModel(wire.port1);
    await expect(openInWorker(wire.port2, 'nowhere')).rejects.toMatchObject({ name: 'WeightsError' });
    wire.port1.close();
  });
});
