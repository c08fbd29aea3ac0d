import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load, type Model } from '../../../src/flamingo.ts';
import { openInWorker, type RemoteModel, serveModel } from '../../../src/worker.ts';

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

  it('names weights that are not there', async () => {
    const wire = new MessageChannel();
    serveModel(wire.port1);
    await expect(openInWorker(wire.port2, 'nowhere')).rejects.toMatchObject({ name: 'WeightsError' });
    wire.port1.close();
  });
});
