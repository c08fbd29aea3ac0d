import { describe, expect, it, vi } from 'vitest';
import { GlassFlamingoError } from '../../../src/tensor/index.ts';
import { openInWorker, serveModel } from '../../../src/worker.ts';

describe('a worker that is not as it should be', () => {
  const answers = (say: (call: { number: number; do: string }, post: (message: unknown) => void) => void) => {
    const wire = new MessageChannel();
    wire.port1.addEventListener('message', ({ data }) => say(data, (message) => wire.port1.postMessage(message)));
    wire.port1.start();
    return { wire, close: () => wire.port1.close() };
  };
  const opened = { device: 'simd', config: {}, gates: [], tokens: ['a'] };

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'ok'],
    ['another object', { device: 'simd' }],
    ['a null config', { ...opened, config: null }],
    ['tokens that are none', { ...opened, tokens: 3 }],
  ])('is told that it answered %s', async (_, given) => {
    const { wire, close } = answers(({ number }, post) => post({ number, is: 'given', given }));
    const error = await openInWorker(wire.port2).catch((error: unknown) => error);
    close();
    expect(error).toBeInstanceOf(GlassFlamingoError);
    expect(String(error)).toMatch(
      /the worker failed: it answered something else to 'open': .*; expected what serveModel/,
    );
  });

  it('may hear others talk on its wire, and is told of messages of no kind', async () => {
    const { wire, close } = answers(({ number }, post) => {
      for (const other of [null, 'x', 3, [], { is: 'given' }, { number: 'x' }, { number: 99, is: 'given' }])
        post(other);
      post({ number, is: 'sung' });
    });
    await expect(openInWorker(wire.port2)).rejects.toThrow('answered a message of the kind sung');
    close();
  });

  it('names failures that have no name', async () => {
    const { wire, close } = answers(({ number }, post) => post({ number, is: 'failed' }));
    await expect(openInWorker(wire.port2)).rejects.toBeInstanceOf(GlassFlamingoError);
    close();
  });

  it('that closes its wire fails what waits and what comes', async () => {
    const { wire, close } = answers(({ number, do: what }, post) =>
      what === 'open' ? post({ number, is: 'given', given: opened }) : close(),
    );
    const model = await openInWorker(wire.port2);
    for (let call = 0; call < 2; call++)
      await expect(model.prepare({ sequence: [{ text: 'x' }] })).rejects.toThrow(
        'the worker failed: it closed the wire',
      );
  });

  it('that fails before it said anything fails all calls; one that lives, those that wait', async () => {
    const listeners = new Map<string, (event: never) => void>();
    const sent: { number: number }[] = [];
    const wire = {
      postMessage: (message: { number: number }) => void sent.push(message),
      addEventListener: (type: string, listener: (event: never) => void) => void listeners.set(type, listener),
    };
    const first = openInWorker(wire);
    listeners.get('error')?.({ message: 'no such file' } as never);
    await expect(first).rejects.toThrow('the worker failed: no such file');

    const second = openInWorker(wire);
    const hear = (is: string, given?: unknown) =>
      listeners.get('message')?.({ data: { number: sent.at(-1)?.number, is, given } } as never);
    hear('given', opened);
    const model = await second;
    const prepared = model.prepare({ sequence: [{ text: 'x' }] });
    await Promise.resolve(); // until it is posted
    while (sent.length < 3) await new Promise(setImmediate);
    listeners.get('error')?.({ message: 'a slip' } as never);
    await expect(prepared).rejects.toThrow('a slip');
    const next = model.prepare({ sequence: [{ text: 'x' }] });
    while (sent.length < 4) await new Promise(setImmediate);
    hear('given', { prepared: 1, ids: [1], taps: [] });
    expect((await next).ids).toEqual([1]);
  });

  it('that never says anything is waited for a minute, or as long as a signal says', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const mute = { postMessage: () => undefined, addEventListener: () => undefined };
    const opening = openInWorker(mute).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(String(await opening)).toContain('it said nothing in 60 s; expected a file that calls serveModel()');
    vi.useRealTimers();
    const controller = new AbortController();
    const stopped = openInWorker(mute, undefined, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
  });

  it('may take long once it was heard', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let hear: (event: never) => void = () => undefined;
    const wire = {
      postMessage: ({ number }: { number: number }) => hear({ data: { number, is: 'heard' } } as never),
      addEventListener: (type: string, listener: (event: never) => void) => {
        if (type === 'message') hear = listener;
      },
    };
    const opening = openInWorker(wire as never);
    await vi.advanceTimersByTimeAsync(3_600_000);
    vi.useRealTimers();
    hear({ data: { number: 1, is: 'given', given: opened } } as never);
    expect((await opening).device).toBe('simd');
  });

  it("an error of who listens to the progress ends the opening, and is the caller's own", async () => {
    const { wire, close } = answers(({ number }, post) => post({ number, is: 'progress', loaded: 1, total: 2 }));
    const progress = () => {
      throw new Error('the bar broke');
    };
    await expect(openInWorker(wire.port2, undefined, { progress })).rejects.toThrow('the bar broke');
    close();
  });

  it('is given nothing of another kind', async () => {
    const { port2: wire } = new MessageChannel();
    const calls: readonly unknown[][] = [
      [wire, 3],
      [wire, {}],
      [wire, null],
      [wire, 'weights', { device: 3 }],
      [wire, 'weights', { progress: 'yes' }],
      [wire, 'weights', { signal: 3 }],
      [wire, 'weights', null],
    ];
    for (const given of calls)
      await expect(openInWorker(...(given as [never])), JSON.stringify(given[1])).rejects.toBeInstanceOf(
        GlassFlamingoError,
      );
    wire.close();
  });
});

it('a worker tells who asks for something else, and stays', async () => {
  const wire = new MessageChannel();
  serveModel(wire.port1);
  const told: { is: string; name?: string; message?: string }[] = [];
  wire.port2.addEventListener('message', ({ data }) => void told.push(data));
  wire.port2.start();
  for (const other of [null, 'x', [], { number: 1 }, { do: 'open' }]) wire.port2.postMessage(other);
  wire.port2.postMessage({ number: 1, do: 'toString', asked: {} });
  wire.port2.postMessage({ number: 2, do: 'prepare' });
  wire.port2.postMessage({ number: 3, do: 'run', asked: { prepared: 7, options: {} } });
  while (told.filter(({ is }) => is === 'failed').length < 3) await new Promise(setImmediate);
  const failed = told.filter(({ is }) => is === 'failed');
  expect(failed.map(({ name }) => name)).toEqual(Array(3).fill('GlassFlamingoError'));
  expect(failed[0]?.message).toContain("'toString' is no call; expected open,");
  wire.port1.close();
  for (const wrong of [null, 3, {}, globalThis]) expect(() => serveModel(wrong as never)).toThrow(GlassFlamingoError);
});
