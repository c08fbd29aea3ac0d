/** What holds options, ids or gradients is refused by name where it is none: parts of the model and functions around it. */

import { expect, it } from 'vitest';
import { quote } from '../../src/files/quote.ts';
import { Flamingo, GatedCrossAttention, labelsOf, logLikelihoods, Model, ResamplerLayer } from '../../src/flamingo.ts';
import { shippedConfig } from '../../src/model/config.ts';
import { attend, clipGradients } from '../../src/nn.ts';
import { formatShape, GlassFlamingoError, ones, rotation, SimdDevice } from '../../src/tensor/index.ts';
import { thrownBy } from '../support/thrown-by.ts';

const NONE: readonly unknown[] = [undefined, null, 3, 'x', new Map(), () => 0];
const x = ones(new SimdDevice(), [2, 2]);
const { model: config } = shippedConfig({ size: 1300, special: { image: 3, eoc: 2 } });
const init = { device: new SimdDevice() };

it.each<[string, (wrong: never) => unknown, string]>([
  ['GatedCrossAttention', (wrong) => new GatedCrossAttention(init, wrong), '[GatedCrossAttention] the options are'],
  ['ResamplerLayer', (wrong) => new ResamplerLayer(init, wrong), '[PerceiverResampler] the options are'],
  ['labelsOf', (wrong) => labelsOf([1], [1], 'text', wrong), '[labelsOf] the options are'],
  ['Flamingo', (wrong) => new Flamingo(init, { ...config, crossAttention: wrong }), 'expected a'],
  ['Flamingo', (wrong) => new Flamingo(init, { ...config, languageModel: wrong }), 'expected a'],
  ['Flamingo', (wrong) => new Flamingo(init, { ...config, tokens: wrong }), 'expected a'],
  ['Model', (wrong) => new Model(wrong), '[Model] what was loaded is'],
  ['attend', (wrong) => attend(x, x, x, wrong), '[attend] heads is undefined'],
  ['formatShape', (wrong) => formatShape(wrong), '[formatShape] the shape is'],
  ['clipGradients', (wrong) => clipGradients(new Map([[wrong, wrong]]), 1), '[clipGradients] expected a tensor'],
])('%s says what it was given', (_name, call, says) => {
  for (const wrong of NONE) {
    const error = thrownBy(() => call(wrong as never));
    expect(error, String(wrong)).toBeInstanceOf(GlassFlamingoError);
    expect(String(error)).toContain(says);
  }
});

it('tokens of a Flamingo that are missing are told', () => {
  expect(() => new Flamingo(init, { ...config, tokens: {} as never })).toThrow('[Flamingo] image is undefined');
  expect(() => new Flamingo(init, { ...config, tokens: { image: 3 } as never })).toThrow('endOfChunk is undefined');
  expect(() => new Flamingo(init, { ...config, tokens: null as never })).toThrow('tokens is null, expected an object');
});

it('positions may be a typed array, as every list of numbers', async () => {
  const { cos } = rotation(init.device, Float32Array.of(0, 1) as never, { dims: 2 });
  expect([...(await cos.data())]).toEqual([1, Math.fround(Math.cos(1))]);
});

it.each([[[1]], [[null]], [Float32Array.of(1)], [[[1]]]])(
  'candidates that are %o are no lists of tokens',
  async (wrong) => {
    const told = logLikelihoods({} as never, { ids: [[1]] }, wrong as never);
    await expect(told).rejects.toThrow('[logLikelihoods] candidates is');
  },
);

it('a message shows what has a class by its name: the memory of a device is gigabytes', () => {
  const given = { kind: 'x', device: init.device, list: new Array(1e6).fill(1), at: new Map() };
  expect(quote({ ...given, list: [] })).toBe(
    '{"kind":"x","device":"an object of class SimdDevice","list":[],"at":"an object …',
  );
  expect(quote(given)).toMatch(/^.{79}…$/);
  expect(quote(Float32Array.of(1))).toBe('"an object of class Float32Array"');
});
