import { describe, expect, it } from 'vitest';
import { Random } from '../../src/tensor/random.ts';
import { type Episode, Episodes } from '../../src/training/data/index.ts';
import { TextBank } from '../../src/training/data/text-bank.ts';
import { drawRows, MIXTURES, type Mixture } from '../../src/training/mixture.ts';
import { concepts, facts, split, tokenizer } from './data/fixtures.ts';

const episodes = new Episodes(new TextBank(tokenizer, concepts, split), facts, 2);
const random = new Random(1);
const sum = (rows: readonly Episode[]): number => rows.flatMap(({ weights }) => weights).reduce((a, b) => a + b, 0);
const mixture: Mixture = { how: 'accumulate', weights: { binding: 3, questions: 1 } };

/** The kind that each row is drawn of. */
function kindsOf(mix: Mixture, step: number, size: number): string[] {
  const asked: string[] = [];
  const spy: Pick<Episodes, 'episode'> = {
    episode: (draw, limits, kind) => {
      asked.push(String(kind));
      return episodes.episode(draw, limits, kind);
    },
  };
  drawRows(spy, random, step, [0, size, size], mix);
  return asked.slice(0, size);
}

describe('a mixture of kinds of episodes', () => {
  it('gives every kind its share of the loss, however many tokens it scores', () => {
    const rows = drawRows(episodes, random, 0, [0, 8, 8], mixture);
    expect(sum(rows)).toBeCloseTo(1, 10);
    expect(sum(rows.filter((_, row) => row % 2 === 0))).toBeCloseTo(0.75, 10);
    expect(kindsOf(mixture, 0, 4)).toEqual(['binding', 'questions', 'binding', 'questions']);
  });

  it('weighs tokens of one kind as they are weighed without a mixture', () => {
    const [first] = drawRows(episodes, random, 0, [0, 1, 8], mixture) as [Episode];
    const plain = episodes.episode(random.fork(0), undefined, 'binding');
    const scale = (first.weights.at(-1) as number) / (plain.weights.at(-1) as number);
    expect(first.ids).toEqual(plain.ids);
    first.weights.forEach((weight, i) => {
      expect(weight).toBeCloseTo(scale * (plain.weights[i] as number), 12);
    });
  });

  it.each([mixture, MIXTURES['round-robin'], undefined])('draws the same rows however the batch is cut: %j', (mix) => {
    const cut = [0, 3, 4, 8]
      .slice(1)
      .flatMap((to, i) => drawRows(episodes, random, 5, [[0, 3, 4][i] as number, to, 8], mix));
    expect(cut).toEqual(drawRows(episodes, random, 5, [0, 8, 8], mix));
  });

  it('has one kind a step in turn, or draws it', () => {
    const kinds = [0, 1, 2].map((step) => [...new Set(kindsOf(MIXTURES['round-robin'], step, 4))]);
    expect(kinds).toEqual([['binding'], ['questions'], ['binding']]);
    expect(drawRows(episodes, random, 0, [2, 4, 8])).toEqual([2, 3].map((row) => episodes.episode(random.fork(row))));
  });

  it.each([
    [{ how: 'accumulate', weights: {} }, 'no kind of episodes'],
    [{ how: 'accumulate', weights: { binding: 0 } }, 'the weight of binding in the mixture is 0'],
    [{ how: 'round-robin', weights: { questions: Number.NaN } }, 'the weight of questions in the mixture is NaN'],
  ] as const)('refuses %j', (mix, message) => {
    expect(() => drawRows(episodes, random, 0, [0, 4, 4], mix)).toThrow(message);
    expect(() => drawRows(episodes, random, 0, [0, 1, 1], mixture)).toThrow('a batch of 1 has no room for 2 kinds');
  });
});
