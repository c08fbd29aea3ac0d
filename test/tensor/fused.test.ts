import { beforeAll, describe, expect, it } from 'vitest';
import * as t from '../../src/tensor/index.ts';
import { backward, type Device, openDevice, Random, randn, type Tensor, tensor } from '../../src/tensor/index.ts';

let device: Device;
const random = new Random(11);
beforeAll(async () => {
  device = await openDevice('simd');
});

/** Largest difference over scale, of values and of gradients by every input. */
async function difference(inputs: readonly Tensor[], fused: () => Tensor, composed: () => Tensor): Promise<number> {
  const [y, oracle] = [fused(), composed()];
  const cotangent = randn(device, y.shape, new Random(5));
  const [gradients, expected] = [y, oracle].map((out) => backward(out.mul(cotangent).sum(), inputs)) as [
    Map<Tensor, Tensor>,
    Map<Tensor, Tensor>,
  ];
  const pairs: [Tensor, Tensor][] = [
    [y, oracle],
    ...inputs.map((x): [Tensor, Tensor] => [gradients.get(x) as Tensor, expected.get(x) as Tensor]),
  ];
  let worst = 0;
  for (const [actual, wanted] of pairs) {
    const [a, b] = [await actual.data(), await wanted.data()];
    const scale = Math.max(1e-6, ...Array.from(b, Math.abs));
    worst = Math.max(worst, ...Array.from(a, (value, i) => Math.abs(value - (b[i] as number)) / scale));
  }
  return worst;
}

/** Attention by the steps of which a tap may ask for the first two. */
function inSteps(q: Tensor, k: Tensor, v: Tensor, options: t.AttentionOptions): Tensor {
  return t.attentionWeights(t.attentionScores(q, k, options), options).matmul(v);
}

const meanOf = (x: Tensor): Tensor => x.mean(-1, true);

describe('fused operations equal their composed form, gradients too', () => {
  it('softmax', async () => {
    const x = randn(device, [5, 13], random, 3);
    const composed = () =>
      x
        .sub(x.detach().max(-1, true))
        .exp()
        .div(x.sub(x.detach().max(-1, true)).exp().sum(-1, true));
    expect(await difference([x], () => x.softmax(), composed)).toBeLessThan(2e-6);
  });

  it('masked softmax, with a row that sees nothing', async () => {
    const x = randn(device, [2, 3, 9], random, 2);
    const mask = tensor(
      device,
      Float32Array.from({ length: 27 }, (_, i) => (i < 9 || i % 3 === 0 ? 0 : 1)),
      [3, 9],
    );
    const composed = () => mask.mul(x.maskedFill(mask.logicalNot(), -1e30).softmax());
    expect(await difference([x], () => x.maskedSoftmax(mask, { emptyRows: 'zero' }), composed)).toBeLessThan(2e-6);
  });

  it('layer norm', async () => {
    const [x, weight, bias] = [
      randn(device, [4, 3, 21], random),
      randn(device, [21], random),
      randn(device, [21], random),
    ];
    const composed = () => {
      const centred = x.sub(meanOf(x));
      return centred.mul(meanOf(centred.square()).add(1e-5).rsqrt()).mul(weight).add(bias);
    };
    expect(await difference([x, weight, bias], () => x.layerNorm(weight, bias, 1e-5), composed)).toBeLessThan(4e-6);
  });

  it('RMS norm', async () => {
    const [x, weight] = [randn(device, [6, 17], random), randn(device, [17], random)];
    const composed = () => x.mul(meanOf(x.square()).add(1e-6).rsqrt()).mul(weight);
    expect(await difference([x, weight], () => x.rmsNorm(weight, 1e-6), composed)).toBeLessThan(4e-6);
  });

  it('cross entropy', async () => {
    const logits = randn(device, [7, 19], random, 3);
    const targets = tensor(device, Int32Array.from([0, 18, 3, -100, 5, 5, 11]));
    const counted = targets.toFloat().notEqual(-100);
    const chosen = tensor(device, Int32Array.from([0, 18, 3, 0, 5, 5, 11])).oneHot(19);
    const composed = () => logits.logSoftmax().mul(chosen).sum(-1).neg().mul(counted).sum().div(6);
    expect(await difference([logits], () => t.crossEntropy(logits, targets), composed)).toBeLessThan(2e-6);
  });

  it('attention: causal, masked, biased, with rows that see nothing', async () => {
    const [q, k, v] = [
      randn(device, [2, 3, 5, 4], random),
      randn(device, [2, 3, 7, 4], random),
      randn(device, [2, 3, 7, 6], random),
    ];
    const bias = randn(device, [3, 5, 7], random);
    const mask = tensor(
      device,
      Float32Array.from({ length: 14 }, (_, i) => (i < 7 ? 0 : i % 2)),
      [2, 1, 1, 7],
    );
    const options = { causal: 'end', mask, bias, emptyRows: 'zero', scale: 0.7 } as const;
    expect(
      await difference(
        [q, k, v, bias],
        () => t.attention(q, k, v, options),
        () => inSteps(q, k, v, options),
      ),
    ).toBeLessThan(4e-6);
  });

  it('attention: hides by adding, so that rows that see nothing pass a gradient', async () => {
    const [q, k, v] = [3, 5, 5].map((n) => randn(device, [2, n, 4], random)) as [t.Tensor, t.Tensor, t.Tensor];
    const mask = tensor(
      device,
      Float32Array.from({ length: 15 }, (_, i) => (i < 5 ? 0 : i % 2)),
      [3, 5],
    );
    const added = mask.sub(1).mul(3.4028234663852886e38); // 0 where seen, -finfo.max where not
    const composed = (): t.Tensor => q.matmul(k, { transposeB: true }).mul(0.5).add(added).softmax().matmul(v);
    const options = { mask, emptyRows: 'added' } as const;
    expect(await difference([q, k, v], () => t.attention(q, k, v, options), composed)).toBeLessThan(4e-6);
    expect(await difference([q, k, v], () => inSteps(q, k, v, options), composed)).toBeLessThan(4e-6);
  });

  it.each(['geluErf', 'geluTanh', 'quickGelu', 'silu'] as const)('%s', async (name) => {
    const x = randn(device, [67], random, 3);
    const composed = {
      geluErf: () => x.mul(x.mul(Math.SQRT1_2).erf().add(1)).mul(0.5),
      geluTanh: () =>
        x
          .mul(
            x
              .add(x.pow(3).mul(0.044715))
              .mul(Math.sqrt(2 / Math.PI))
              .tanh()
              .add(1),
          )
          .mul(0.5),
      quickGelu: () => x.mul(x.mul(1.702).sigmoid()),
      silu: () => x.mul(x.sigmoid()),
    };
    expect(await difference([x], () => x[name](), composed[name])).toBeLessThan(4e-6);
  });
});
