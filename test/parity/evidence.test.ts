import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../src/parity/evidence.ts';

const SCORES = 'tap.resampler.layers.0.attention.scores';
const values = (shape: number[], ...data: number[]) => ({ shape, data });

describe('what a tap says by itself', () => {
  it('knows latents that are missing by what is left, of weights too', () => {
    const scores = values([1, 2, 5], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10); // 3 media tokens, 2 latents
    const missing = { mistake: 'latents-missing' };
    expect(evidenceOf(SCORES, scores, values([1, 2, 3], 1, 2, 3, 6, 7, 8))).toMatchObject(missing);
    expect(evidenceOf(SCORES, scores, values([1, 2, 3], 1, 2, 3, 6, 7, 9))).toBeUndefined();
    const weights = values([1, 1, 3], 0.2, 0.3, 0.5);
    const left = values([1, 1, 2], 0.4, 0.6);
    expect(evidenceOf('tap.resampler.layers.2.attention.weights', weights, left)).toMatchObject(missing);
  });

  it('knows latents that stand before media', () => {
    const scores = values([1, 2, 5], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    const exchanged = values([1, 2, 5], 4, 5, 1, 2, 3, 9, 10, 6, 7, 8);
    expect(evidenceOf(SCORES, scores, exchanged)).toMatchObject({ mistake: 'media-and-latents-swapped' });
    expect(evidenceOf(SCORES, scores, values([1, 2, 5], 5, 4, 1, 2, 3, 9, 10, 6, 7, 8))).toBeUndefined();
  });

  it('knows counts that begin elsewhere, or leave <image> itself out', () => {
    const counts = values([2, 4], 0, 1, 1, 2, 1, 1, 1, 1);
    const says = (...data: number[]) => evidenceOf('tap.mask.text_time', counts, values([2, 4], ...data))?.says;
    expect(says(1, 2, 2, 3, 2, 2, 2, 2)).toContain('one more');
    expect(says(-1, 0, 0, 1, 0, 0, 0, 0)).toContain('one less');
    expect(says(0, 0, 1, 1, 0, 1, 1, 1)).toContain('not counted itself');
    expect(says(0, 1, 1, 3, 1, 1, 1, 1)).toBeUndefined();
  });

  it('knows a token that sees the image beside its own, whatever text before the first sees', () => {
    const sight = values([1, 4, 2], 0, 0, 1, 0, 1, 0, 0, 1);
    const says = (...data: number[]) => evidenceOf('tap.mask.allowed', sight, values([1, 4, 2], ...data))?.says;
    expect(says(1, 0, 0, 1, 0, 1, 0, 0)).toContain('after its own');
    expect(says(0, 0, 0, 0, 0, 0, 1, 0)).toContain('before its own');
    expect(says(0, 0, 0, 0, 1, 0, 1, 0)).toContain('what the one before it should');
    expect(says(0, 0, 1, 1, 1, 0, 0, 1)).toBeUndefined();
  });

  it('says nothing of other taps', () => {
    expect(evidenceOf('tap.logits', values([2], 1, 2), values([2], 2, 3))).toBeUndefined();
  });
});
