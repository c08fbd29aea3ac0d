import { describe, expect, it } from 'vitest';
import { Flamingo } from '../../src/flamingo/flamingo.ts';
import { openDevice, Random } from '../../src/tensor/index.ts';
import { evaluateMovingShots, SHOT_SPECS, type ShotSpec } from '../../src/training/clips/shots.ts';
import { HELD_STYLE, type TrainingData } from '../../src/training/data/index.ts';
import { PICTURE_SIZE, Pictures } from '../../src/training/data/pictures.ts';
import { pictureKey } from '../../src/training/data/styles.ts';
import { CURVE_SHOTS } from '../../src/training/evaluation-rows.ts';
import { tokenizer } from './data/fixtures.ts';
import { bank, smallFlamingo } from './small-bridge.ts';

const random = new Random(3);
const square = (): Uint8Array => Uint8Array.from({ length: 4 * PICTURE_SIZE ** 2 }, () => random.integer(256));
const pictures = Pictures.from(new Map(bank.novel.map(({ name }) => [pictureKey(name, HELD_STYLE), square()])));
const data = { bank, pictures, tokenizer } as unknown as TrainingData;
const report = { begin: () => {}, step: () => {}, say: () => {}, end: () => {} };

const keyOf = ({ about, written, shots, rices, control, measure }: ShotSpec): string =>
  JSON.stringify([about, written, shots, rices, control, measure]);

describe('few-shot curves of clips and scenes', () => {
  it('have every number of shots, by both measures, at random and by RICES, with both controls, none twice', () => {
    expect(new Set(SHOT_SPECS.map(keyOf)).size).toBe(SHOT_SPECS.length);
    const shots = (wanted: Partial<ShotSpec>): number[] =>
      SHOT_SPECS.filter((spec) => Object.entries(wanted).every(([key, value]) => spec[key as keyof ShotSpec] === value))
        .map(({ shots }) => shots)
        .sort((a, b) => a - b);
    for (const about of ['clip', 'scene'] as const) {
      const written = CURVE_SHOTS.filter((count) => about === 'scene' || count <= 4); // more do not fit into 96 tokens
      for (const measure of ['rank', 'greedy'] as const) {
        const asked = { about, measure, control: null };
        expect(shots({ ...asked, written: true, rices: false })).toEqual(written);
        expect(shots({ ...asked, written: true, rices: true })).toEqual(written.slice(1));
        expect(shots({ ...asked, written: false, rices: false })).toEqual([1, 2, 4, 8]);
      }
      expect(shots({ about, written: true, control: 'shuffled labels' })).toEqual(written.slice(2));
      expect(shots({ about, written: true, control: 'text alone' })).toEqual(written);
    }
  });

  it('give the same points for the same seed, whatever other points are asked for', async () => {
    const config = smallFlamingo(1);
    const model = new Flamingo(
      { device: await openDevice('simd'), random: new Random(5) },
      { ...config, resampler: { ...config.resampler, frameEmbeddings: 8 } },
    );
    const wanted = SHOT_SPECS.filter(({ shots, rices }) => shots === 2 || (shots === 1 && rices));
    const rows = await evaluateMovingShots(model, data, { seed: 1, n: 2, report, specs: wanted });
    expect(rows.map(keyOf)).toEqual(wanted.map(keyOf));
    for (const { value, low, high, n } of rows) {
      expect([0, 0.5, 1]).toContain(value);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
      expect(n).toBe(2);
    }
    const some = rows.filter((_, i) => i % 5 === 0);
    const again = await evaluateMovingShots(model, data, { seed: 1, n: 2, report, specs: some });
    expect(again).toEqual(some);
    model.dispose();
  });
});
