import { describe, expect, it } from 'vitest';
import { Capture, matcher, TapError } from '../../src/nn/tap.ts';
import { openDevice, tensor } from '../../src/tensor/index.ts';

describe('matcher', () => {
  it('takes * for one segment and ** for any number', () => {
    expect(matcher('xattn.*.gate.*')('xattn.3.gate.attention')).toBe(true);
    expect(matcher('xattn.*.gate.*')('xattn.3.1.gate.attention')).toBe(false);
    expect(matcher('resampler.**.weights')('resampler.layers.0.attention.weights')).toBe(true);
    expect(matcher('resampler.**.weights')('resampler.weights')).toBe(true);
    expect(matcher('**')('lm.norm.out')).toBe(true);
    expect(matcher('lm.**')('lm.norm.out')).toBe(true);
    expect(matcher('lm.**')('vision.out')).toBe(false);
    expect(matcher('a.b')('axb')).toBe(false);
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
