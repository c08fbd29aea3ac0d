import { describe, it } from 'vitest';
import { expectSameAnswer } from '../support/shipped.ts';

const served = async (path: string): Promise<Uint8Array> =>
  new Uint8Array(await (await fetch(new URL(`/${path}`, location.href))).arrayBuffer());
const weights = { file: (name: string) => served(`weights/${name}`) };
const picture = (name: string): Promise<Uint8Array> => served(`examples/pictures/${name}.png`);

describe('the shipped model in a page', () => {
  it.each(['simd', 'gpu:webgl2', 'gpu:webgpu'])('runs whole on %s', async (device) => {
    await expectSameAnswer(weights, device, [
      await picture('flamingo'),
      await picture('trumpet'),
      await picture('flamingo-2'),
    ]);
  });
});
