import { describe, expect, it } from 'vitest';
import { noTap, type Tap } from '../../src/nn/tap.ts';
import { Capture, matcher, matchingNames, TapError } from '../../src/runs/patterns.ts';
import { openDevice, type Tensor, tensor } from '../../src/tensor/index.ts';

describe('matcher', () => {
  it('takes * for one segment and ** for any number', () => {
    expect(matcher('xattn.*.gate.*')('xattn.3.gate.attention')).toBe(true);
    expect(matcher('xattn.*.gate.*')('xattn.3.1.gate.attention')).toBe(false);
    expect(matcher('resampler.**.weights')('resampler.layers.0.attention.weights')).toBe(true);
    expect(matcher('resampler.**.weights')('resampler.weights')).toBe(true);
    expect(matcher('**')('lm.norm.out')).toBe(true);
    for (const name of ['a\nb', 'a\u2028b', 'a\rb.c']) expect(matcher('**')(name)).toBe(true);
    expect(matcher('a.**')('a.b\nc')).toBe(true);
    expect(matcher('lm.**')('lm.norm.out')).toBe(true);
    expect(matcher('lm.**')('vision.out')).toBe(false);
    expect(matcher('a.b')('axb')).toBe(false);
    expect(matcher('**.**')('lm.norm.out')).toBe(true);
    expect(matcher('lm.**.**.out')('lm.norm.out')).toBe(true);
    expect(matcher('lm.**.**.**.out')('lm.out')).toBe(true);
    expect(matcher('lm.**.**')('vision.out')).toBe(false);
  });
});

describe('a tap that nobody asked for', () => {
  /** What a layer does with its taps. */
  const pass = (tap: Tap, x: Tensor, calls: number): number => {
    let same = 0;
    for (let i = 0; i < calls; i++) {
      const own = tap.at('lm.layers', i);
      if (own('attention.out', x) === x && !own.wants('attention.weights')) same++;
    }
    return same;
  };
  const CALLS = 200_000;

  it('hands its value on, costs less than 100 ns and allocates nothing', async () => {
    const x = tensor(await openDevice('simd'), [1]);
    expect(noTap.at('lm.layers', 3)).toBe(noTap);
    expect(pass(noTap, x, CALLS)).toBe(CALLS); // compiled by now
    const cpu = process.cpuUsage();
    const heap = process.memoryUsage().heapUsed;
    pass(noTap, x, CALLS);
    const grown = process.memoryUsage().heapUsed - heap;
    const { user, system } = process.cpuUsage(cpu);
    expect((1000 * (user + system)) / (3 * CALLS)).toBeLessThan(100); // microseconds to nanoseconds, three calls each
    expect(grown).toBeLessThan(CALLS); // less than a byte each
  });
});

describe('matchingNames', () => {
  const names = ['vision.out', 'xattn.0.gate.attention', 'xattn.0.gate.dense', 'xattn.1.gate.attention', 'logits'];

  it('keeps the order of the names and refuses a pattern that matches none', () => {
    expect(matchingNames(['logits', 'xattn.*.gate.attention'], names)).toEqual([names[1], names[3], names[4]]);
    expect(() => matchingNames(['logits', 'xattn.*.gate.atention'], names)).toThrow(
      "no tap matches 'xattn.*.gate.atention'; nearest: xattn.0.gate.attention,",
    );
    expect(() => matchingNames(['logit'], names)).toThrow('nearest: logits');
    expect(() => matchingNames(['x'], [])).toThrow('nearest: none');
  });
});

describe('Capture', () => {
  it('keeps what matches, under nested names', async () => {
    const device = await openDevice('simd');
    const capture = new Capture(['layers.*.out']);
    const x = tensor(device, [1]);
    const tap = capture.tap.at('layers').at('0');
    expect(tap.wants('out')).toBe(true);
    expect(tap('out', x)).toBe(x);
    tap('other', x);
    expect([...capture.values.keys()]).toEqual(['layers.0.out']);
    capture.check();
  });

  it('names the nearest taps when a pattern matches nothing', async () => {
    const device = await openDevice('simd');
    const capture = new Capture(['xattn.*.gates']);
    capture.tap.at('xattn').at('0')('gate.attention', tensor(device, [1]));
    expect(() => capture.check()).toThrow(TapError);
    expect(() => capture.check()).toThrow('xattn.0.gate.attention');
  });
});
