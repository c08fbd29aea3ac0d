import { describe, expect, it } from 'vitest';
import { Random } from '../../src/tensor/random.ts';

const draw = (random: Random, n: number): number[] => Array.from({ length: n }, () => random.uniform());

describe('Random', () => {
  it('repeats by seed, and differs between seeds', () => {
    expect(draw(new Random(7), 20)).toEqual(draw(new Random(7), 20));
    expect(draw(new Random(7), 20)).not.toEqual(draw(new Random(8), 20));
    expect(draw(new Random(2 ** 40), 3)).not.toEqual(draw(new Random(0), 3));
  });

  it('matches the published xoshiro128** from a known state', () => {
    // by hand from state [1, 2, 3, 4]: rotl(2 * 5, 7) * 9 = 11520, then 0
    const random = Random.restore([1, 2, 3, 4]);
    expect([random.bits(), random.bits()]).toEqual([11520, 0]);
  });

  it('goes on as the published xoshiro128** does, in integers of any size', () => {
    const words: [bigint, bigint, bigint, bigint] = [0x9e3779b9n, 0xffffffffn, 0x80000001n, 0x12345678n];
    const cut = (x: bigint): bigint => BigInt.asUintN(32, x);
    const turn = (x: bigint, bits: bigint): bigint => cut((x << bits) | (x >> (32n - bits)));
    const random = Random.restore(words.map(Number) as [number, number, number, number]);
    for (let i = 0; i < 1000; i++) {
      const expected = cut(turn(cut(words[1] * 5n), 7n) * 9n);
      expect(random.bits()).toBe(Number(expected));
      const shifted = cut(words[1] << 9n);
      words[2] ^= words[0];
      words[3] ^= words[1];
      words[1] ^= words[2];
      words[0] ^= words[3];
      words[2] ^= shifted;
      words[3] = turn(words[3], 11n);
    }
  });

  it('gives the numbers that it always gave: weights and data are made again from their seeds', () => {
    const root = new Random(1);
    const generators = [new Random(0), root, new Random(-1), new Random(2 ** 40)];
    const forks = ['a', 7, '가'].map((label) => new Random(1).fork(label));
    expect([...generators, ...forks].map((random) => [random.bits(), random.bits()])).toEqual([
      [3663316046, 3370673857],
      [3998148024, 1268818706],
      [1716000181, 2668900577],
      [2447117658, 3942893965],
      [3281494404, 2003569959],
      [3234139392, 685209656],
      [2155305382, 4127991871],
    ]);
  });

  it('continues from saved JSON', () => {
    const random = new Random(3);
    draw(random, 5);
    random.normal();
    const copy = Random.restore(JSON.parse(JSON.stringify(random.save())));
    expect(draw(copy, 50)).toEqual(draw(random, 50));
    expect(() => Random.restore([0, 0, 0, 0])).toThrow(/state/);
  });

  it('forks without advancing, one stream a label', () => {
    const random = new Random(1);
    const before = random.save();
    const a = draw(random.fork('a'), 10);
    expect(a).toEqual(draw(random.fork('a'), 10));
    expect(a).not.toEqual(draw(random.fork('b'), 10));
    expect(random.save()).toEqual(before);
  });

  it('has the moments it should', () => {
    const random = new Random(11);
    const n = 100_000;
    const normals = Array.from({ length: n }, () => random.normal());
    const mean = normals.reduce((a, b) => a + b) / n;
    const variance = normals.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(0.015);
    expect(Math.abs(variance - 1)).toBeLessThan(0.02);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const drawn = random.integer(5);
      counts[drawn] = (counts[drawn] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count / n - 0.2)).toBeLessThan(0.01);
  });

  it('draws one number for each place but the last of a shuffle', () => {
    const [shuffled, counted] = [new Random(2), new Random(2)];
    shuffled.shuffle(['a', 'b', 'c', 'd']);
    for (let i = 0; i < 3; i++) counted.bits();
    expect(shuffled.save()).toEqual(counted.save());
  });

  it('shuffles and samples without loss', () => {
    const items = Array.from({ length: 30 }, (_, i) => i);
    expect(new Random(2).shuffle(items).toSorted((a, b) => a - b)).toEqual(items);
    expect(new Set(new Random(2).sample(items, 10)).size).toBe(10);
    expect(new Random(2).sample(items, 30).toSorted((a, b) => a - b)).toEqual(items);
    expect(() => new Random(2).sample(items, 31)).toThrow(/the count is 31, expected a whole number from 0 to 30/);
  });
});
