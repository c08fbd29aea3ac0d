import { describe, expect, it } from 'vitest';
import { Random } from '../../src/tensor/random.ts';
import { EvaluationEpisodes, mostSimilarShots } from '../../src/training/data/index.ts';
import { TextBank } from '../../src/training/data/text-bank.ts';
import { CARD_ROWS, CURVE_ROWS, CURVE_SHOTS, RICES_SUPPORT } from '../../src/training/evaluation-rows.ts';
import { concepts, facts, split, tokenizer } from './data/fixtures.ts';

const source = new EvaluationEpisodes(new TextBank(tokenizer, concepts, split), facts);
const random = new Random(1).fork('evaluation');
const spec = {
  task: 'induction',
  language: null,
  concepts: 'seen',
  style: 'seen',
  ways: 0,
  shots: 2,
  control: null,
} as const;

describe('few-shot curves', () => {
  it('have every number of shots, ranked and greedy, none twice, and leave the card as it was', () => {
    const of = (task: string): number[] =>
      CURVE_ROWS.filter(
        (row) => row.task === task && row.control === null && row.measure === 'rank' && !row.support,
      ).map(({ shots, ways }) => shots * (ways || 1));
    expect(of('induction')).toEqual(CURVE_SHOTS);
    expect(of('binding')).toEqual(CURVE_SHOTS.filter((shots) => shots % 2 === 0));
    expect(new Set(CURVE_ROWS.map((row) => JSON.stringify(row))).size).toBe(CURVE_ROWS.length);
    expect(CARD_ROWS).toHaveLength(94);
    expect(CURVE_ROWS.every(({ shots, ways }) => shots * (ways || 1) <= 8)).toBe(true);
  });

  it('RICES keeps the query of the row without it, and the shots most like it, the most similar last', () => {
    const plain = source.episode(spec, random, 3);
    const wide = source.episode({ ...spec, support: RICES_SUPPORT }, random, 3);
    expect(wide.images).toHaveLength(RICES_SUPPORT + 1);
    expect(wide.images.at(-1)?.concept).toBe(plain.images.at(-1)?.concept);
    const features = wide.images.map((_, i) => Float32Array.of(1, i === 7 ? 0.1 : i === 20 ? 0 : 5 + i));
    features[RICES_SUPPORT] = Float32Array.of(1, 0);
    const { episode, kept } = mostSimilarShots(wide, features, 2, (text) => tokenizer.encode(text));
    expect(kept).toEqual([7, 20, RICES_SUPPORT]);
    expect(episode.images).toEqual(kept.map((place) => wide.images[place]));
    const textOf = (place: number): string => {
      const at = wide.parts.findIndex((part) => 'image' in part && part.image === place);
      return (wide.parts[at + 1] as { text: string }).text;
    };
    expect(episode.parts).toEqual([
      { image: 0 },
      { text: textOf(7) },
      { image: 1 },
      { text: textOf(20) },
      { image: 2 },
    ]);
    expect(episode.ids).toEqual(tokenizer.encode(`<BOS><image>${textOf(7)}<image>${textOf(20)}<image>`));
    expect(episode.candidates[episode.answer]).toBe(wide.candidates[wide.answer]);
  });
});
