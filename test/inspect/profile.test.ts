import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load, type Model, tapShapesOf } from '../../src/flamingo.ts';
import { flame, frames, ofAllLayers, type Profile, profile, profileRows } from '../../src/inspect/index.ts';
import { openDevice } from '../../src/tensor/index.ts';
import { panels, shapes } from './read-svg.ts';

const file = new URL('../../examples/pictures/panda.png', import.meta.url);
const prompt = { sequence: [{ image: file }, { text: 'name :' }] };

let model: Model;
let found: Profile;
beforeAll(async () => {
  model = await load();
  found = await profile(model, prompt, { repeats: 2, warmUp: 1 });
});
afterAll(() => model.dispose());

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

describe('a profile', () => {
  it('names every operation by a tap of the prompt, and leaves the model as it was', async () => {
    const prepared = await model.prepare(prompt);
    const names = new Set(prepared.taps.map(({ name }) => name));
    for (const { tap } of [...found.prompt.operations, ...found.token.operations]) expect(names).toContain(tap);
    expect(model.device.watcher).toBeNull();
    const before = model.device.liveTensors;
    await profile(model, prompt, { repeats: 1, warmUp: 0 });
    expect(model.device.liveTensors).toBeLessThanOrEqual(before);
    prepared.dispose();
  });

  it('lets events in between forwards, so that Ctrl-C is heard', async () => {
    let heard = 0;
    let measuring = true;
    const listen = (): void => {
      heard++;
      if (measuring) setImmediate(listen);
    };
    setImmediate(listen);
    await profile(model, prompt, { repeats: 20, warmUp: 20 });
    measuring = false;
    expect(heard).toBeGreaterThan(100); // warming up, measuring whole and measuring in parts, of prompt and of token
  });

  it('counts the floating-point operations that the shapes say', async () => {
    const prepared = await model.prepare(prompt);
    const said = tapShapesOf(model.flamingo, prepared.inputs).filter(({ name }) => /^(vision|resampler)\./.test(name));
    const counted = found.prompt.operations.filter(({ tap }) => /^(vision|resampler)\./.test(tap));
    expect(sum(counted.map(({ flops }) => flops))).toBe(sum(said.map(({ flops }) => flops)));
    prepared.dispose();
  });

  it('of a token holds no vision encoder and no resampler, and no keys of pictures', () => {
    const parts = new Set(found.token.operations.map(({ tap }) => tap.split('.')[0]));
    expect([...parts].sort()).toEqual(['lm', 'logits', 'mask', 'xattn']);
    expect(found.token.operations.length).toBeLessThan(130);
  });

  it('adds up by any name', () => {
    const { operations } = found.prompt;
    for (const name of [ofAllLayers, ({ op }: { op: string }) => op]) {
      const rows = profileRows(found.prompt, name);
      expect(sum(rows.map(({ count }) => count))).toBe(operations.length);
      expect(sum(rows.map(({ bytes }) => bytes))).toBe(sum(operations.map(({ bytes }) => bytes)));
      expect(rows.map(({ milliseconds }) => milliseconds)).toEqual(
        rows.map(({ milliseconds }) => milliseconds).toSorted((a, b) => b - a),
      );
    }
  });

  it('draws stretches of time that lie within those around them', async () => {
    const all = frames(found.prompt);
    const total = Math.max(...all.map(({ end }) => end));
    expect(total).toBeCloseTo(sum(found.prompt.operations.map(({ milliseconds }) => milliseconds)), 9);
    for (const { path, depth, start, end } of all) {
      const around = all.filter((frame) => frame.depth === depth - 1 && frame.start <= start && frame.end >= end);
      if (depth > 0) expect(around.map(({ path }) => path.join())).toContain(path.slice(0, -1).join());
      expect(end).toBeGreaterThanOrEqual(start);
    }
    const made = { milliseconds: 4, operations: [1, 3].map((milliseconds, i) => ({ ...operation(i), milliseconds })) };
    const [en, ko] = [
      await flame({ prompt: made, token: made }),
      await flame({ prompt: made, token: made }, { lang: 'ko' }),
    ];
    for (const text of ['Where the time goes', '>lm<', '>layer 0<', '>attention.out<', '>linear<'])
      expect(en).toContain(text);
    for (const panel of panels(en)) {
      const operations = shapes(panel, 'g[aria-label="rect"] rect').filter(({ title }) => title.includes('linear: '));
      expect(operations.map(({ title }) => title.replace(/.*: /, ''))).toEqual(['1.00 ms, 25.0%', '3.00 ms, 75.0%']);
      const [short, long] = operations.map(({ width }) => width) as [number, number];
      expect(long / short).toBeCloseTo(3, 1);
    }
    for (const text of ['시간이 쓰이는 곳', '>0번 층<']) expect(ko).toContain(text);
  });

  it('refuses a device that computes later than it is told', async () => {
    const later = await load(undefined, { device: await openDevice('gpu:cpu') });
    await expect(profile(later, prompt)).rejects.toThrow('expected the device simd');
    later.dispose();
  });
});

const operation = (layer: number) => ({
  op: 'linear',
  tap: `lm.layers.${layer}.attention.out`,
  shape: [1, 4, 128],
  bytes: 4096,
  flops: 1e6,
});
