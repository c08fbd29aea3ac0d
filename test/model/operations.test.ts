/** What a generated token costs: the prompt's pictures, gates and weights are not worked on again. */

import { expect, it } from 'vitest';
import { Flamingo, Model } from '../../src/flamingo.ts';
import { Random, SimdDevice } from '../../src/tensor/index.ts';
import { shippedModel } from '../cli/support.ts';

/** The operations of the third token after a prompt with three pictures. */
async function operationsOfAToken(): Promise<Map<string, number>> {
  const { config, tokenizer } = await shippedModel();
  const device = new SimdDevice();
  const flamingo = new Flamingo({ device, random: new Random(1) }, config.model);
  const counted = new Map<string, number>();
  let readings = 0;
  const next = flamingo.next.bind(flamingo);
  flamingo.next = (inputs, count) => {
    readings++;
    return next(inputs, count);
  };
  device.watcher = ({ name }, compute) => {
    if (readings === 3) counted.set(name, (counted.get(name) ?? 0) + 1);
    return compute();
  };
  const picture = { width: 2, height: 1, rgba: new Uint8Array([9, 50, 90, 255, 120, 30, 200, 255]), notes: [] };
  const sequence = [
    { image: picture },
    { text: 'dax<EOC>' },
    { image: picture },
    { text: 'wug<EOC>' },
    { image: picture },
  ];
  await new Model({ flamingo, tokenizer, config }).answer({ sequence, generate: { maxTokens: 3 } });
  flamingo.dispose();
  return counted;
}

it('makes neither gates nor masks nor keys and values of pictures again for a token', async () => {
  const counted = await operationsOfAToken();
  expect(counted.get('tanh')).toBeUndefined(); // gates
  const { layers } = (await shippedModel()).config.model.languageModel;
  // A layer's four maps of attention and two of its feed-forward network; in a block toQ, toOut and the same two; the head.
  const products = (counted.get('linear') ?? 0) + (counted.get('matmul') ?? 0);
  expect(products).toBe((6 + 4) * layers + 1);
  expect(counted.get('attention')).toBe(2 * layers);
  const all = [...counted.values()].reduce((sum, count) => sum + count, 0);
  expect(all).toBeLessThanOrEqual(113);
});
