/** What holds options, ids or gradients is refused by name where it is none: parts of the model and functions around it. */

import { expect, it } from 'vitest';
import { GatedCrossAttention, labelsOf, ResamplerLayer } from '../../src/flamingo.ts';
import { clipGradients } from '../../src/nn.ts';
import { GlassFlamingoError, SimdDevice } from '../../src/tensor/index.ts';
import { thrownBy } from '../support/thrown-by.ts';

const NONE: readonly unknown[] = [undefined, null, 3, 'x', new Map(), () => 0];
const init = { device: new SimdDevice() };

it.each<[string, (wrong: never) => unknown, string]>([
  ['GatedCrossAttention', (wrong) => new GatedCrossAttention(init, wrong), '[GatedCrossAttention] the options are'],
  ['ResamplerLayer', (wrong) => new ResamplerLayer(init, wrong), '[PerceiverResampler] the options are'],
  ['labelsOf', (wrong) => labelsOf([1], [1], 'text', wrong), '[labelsOf] the options are'],
  ['clipGradients', (wrong) => clipGradients(new Map([[wrong, wrong]]), 1), '[clipGradients] expected a tensor'],
])('%s says what it was given', (_name, call, says) => {
  for (const wrong of NONE) {
    const error = thrownBy(() => call(wrong as never));
    expect(error, String(wrong)).toBeInstanceOf(GlassFlamingoError);
    expect(String(error)).toContain(says);
  }
});
