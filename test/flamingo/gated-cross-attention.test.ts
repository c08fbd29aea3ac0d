import { describe, expect, it } from 'vitest';
import { mediaSeen } from '../../src/flamingo/dialects/documents.ts';
import { GatedCrossAttention } from '../../src/flamingo/gated-cross-attention.ts';
import { mediaMask } from '../../src/flamingo/media-mask.ts';
import { noTap, type Tap } from '../../src/nn/index.ts';
import { Capture } from '../../src/runs/patterns.ts';
import { backward, full, openDevice, ShapeError, type Tensor, tensor } from '../../src/tensor/index.ts';
import { changed, drawing, largestDifference, values } from './support.ts';

const device = await openDevice('simd');
const [D, W, MEDIA, LATENTS] = [12, 10, 2, 3];
const ROW = [0, 0, 1, 0, 0, 1, 0]; // two tokens before the first picture, three that see picture 1, two picture 2

/** A block with open gates, a text and two pictures. */
function scene(seed: number, gate = 0.7) {
  const { init, normal } = drawing(device, seed);
  const block = new GatedCrossAttention(init, { width: D, visualWidth: W, heads: 2, headDim: 8 });
  block.attentionGate.assign(full(device, [1], gate));
  block.denseGate.assign(full(device, [1], -gate));
  const text = normal([1, ROW.length, D]);
  const media = normal([1, MEDIA, LATENTS, W]);
  const mask = mediaMask(tensor(device, [ROW]), { media: MEDIA, latents: LATENTS });
  return { block, text, media, mask, normal };
}

const rowsOf = (data: readonly number[], from: number, to: number): number[] => data.slice(from * D, to * D);

/** Media with every number of one picture changed. */
const withOther = (media: Tensor, picture: number): Promise<Tensor> =>
  changed(media, (data) => {
    for (let i = picture * LATENTS * W; i < (picture + 1) * LATENTS * W; i++) data[i] = -3 * (data[i] as number) + 1;
  });

describe('GatedCrossAttention', () => {
  it('is the identity bit for bit while both gates are 0, as they begin', async () => {
    const { text, media, mask } = scene(1);
    const fresh = new GatedCrossAttention(drawing(device, 2).init, { width: D, visualWidth: W, heads: 2 });
    expect(await values(fresh.forward(text, media, mask))).toEqual(await values(text));
    expect(await values(fresh.forward(text, media))).toEqual(await values(text));
  });

  it('is not the identity when only one gate is 0: the dense part acts on tokens without a picture too', async () => {
    const { block, text, media, mask } = scene(3);
    block.attentionGate.assign(full(device, [1], 0));
    const out = await values(block.forward(text, media, mask));
    const before = await values(text);
    for (let token = 0; token < ROW.length; token++) {
      expect(rowsOf(out, token, token + 1)).not.toEqual(rowsOf(before, token, token + 1));
    }
  });

  it('keeps text before the first picture apart from all pictures', async () => {
    const { block, text, media, mask } = scene(4);
    const out = await values(block.forward(text, media, mask));
    const other = await values(block.forward(text, await changed(media, (data) => data.reverse()), mask));
    expect(rowsOf(other, 0, 2)).toEqual(rowsOf(out, 0, 2));
    expect(rowsOf(other, 2, 7)).not.toEqual(rowsOf(out, 2, 7));
  });

  it('shows each token the latest picture only', async () => {
    const { block, text, media, mask } = scene(5);
    const out = await values(block.forward(text, media, mask));
    const first = await values(block.forward(text, await withOther(media, 0), mask));
    const second = await values(block.forward(text, await withOther(media, 1), mask));
    expect(rowsOf(first, 5, 7)).toEqual(rowsOf(out, 5, 7));
    expect(rowsOf(first, 2, 5)).not.toEqual(rowsOf(out, 2, 5));
    expect(rowsOf(second, 2, 5)).toEqual(rowsOf(out, 2, 5));
    expect(rowsOf(second, 5, 7)).not.toEqual(rowsOf(out, 5, 7));
  });

  it('gives rows without a picture weights of 0, and all others weights that sum to 1', async () => {
    const { block, text, media, mask } = scene(6);
    const capture = new Capture(['attention.weights']);
    block.forward(text, media, mask, capture.tap);
    const sums = await values((capture.values.get('attention.weights') as Tensor).sum(-1)); // [1, heads, n]
    sums.forEach((sum, i) => {
      expect(sum).toBeCloseTo(i % ROW.length < 2 ? 0 : 1, 6);
    });
    expect(sums[0]).toBe(0);
  });

  it('lets a token after more <image> than pictures read the mean of all, as the public implementations do', async () => {
    const { block, text, media } = scene(7);
    const mask = mediaMask(tensor(device, [[1, 1, 1, 0, 0, 0, 0]]), { media: MEDIA, latents: LATENTS });
    const capture = new Capture(['attention.weights']);
    block.forward(text, media, mask, capture.tap);
    const weights = await values(
      (capture.values.get('attention.weights') as Tensor).slice([
        [0, 1],
        [0, 1],
        [2, 3],
      ]),
    );
    for (const weight of weights) expect(weight).toBeCloseTo(1 / (MEDIA * LATENTS), 6);
  });

  it('answers the same whether or not someone looks', async () => {
    const { block, text, media, mask } = scene(8);
    const watched = block.forward(text, media, mask, new Capture(['**']).tap);
    const alone = block.forward(text, media, mask);
    expect(await largestDifference(alone, watched)).toBeLessThan(1e-6);
    const targets = [text, media, ...block.parameters().values()];
    const a = backward(alone.square().sum(), targets);
    const b = backward(watched.square().sum(), targets);
    for (const target of targets) {
      const [x, y] = [a.get(target) as Tensor, b.get(target) as Tensor];
      expect(await largestDifference(x, y)).toBeLessThan(1e-5 * (1 + (await x.abs().max().item())));
    }
  });

  it('reads a text in chunks, from what it made of the pictures before, as it reads it whole', async () => {
    const { block, text, media, mask } = scene(9);
    const whole = await values(block.forward(text, media, mask));
    const cached = block.remember(media);
    for (const cut of [1, 3, 6]) {
      const options = { media: MEDIA, latents: LATENTS };
      const before = mediaMask(tensor(device, [ROW.slice(0, cut)]), options);
      const after = mediaMask(tensor(device, [ROW.slice(cut)]), { ...options, mediaBefore: mediaSeen(before) });
      const head = await values(block.forward(text.slice([[null], [0, cut]]), cached, before));
      const tail = await values(block.forward(text.slice([[null], [cut, ROW.length]]), cached, after));
      [...head, ...tail].forEach((value, i) => {
        expect(value).toBeCloseTo(whole[i] as number, 5);
      });
    }
  });

  it('takes the gates that a tap returns', async () => {
    const { block, text, media, mask } = scene(10);
    const close = (name: string, x: Tensor): Tensor => (name.startsWith('gate.') ? x.mul(0) : x);
    const tap: Tap = Object.assign(close, { at: () => tap, wants: noTap.wants });
    expect(await values(block.forward(text, media, mask, tap))).toEqual(await values(text));
  });

  it('refuses media of another width', () => {
    const { block, text, normal } = scene(11);
    expect(() => block.forward(text, normal([1, 1, LATENTS, W + 1]))).toThrow(ShapeError);
  });
});
