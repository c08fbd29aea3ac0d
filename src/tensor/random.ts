import { ArgumentError, requireArray, requireNumber, requireWhole } from './errors.ts';

/** What `Random.save()` returns: the generator's four 32-bit words, as JSON. */
export type RandomState = readonly [number, number, number, number];

type Words = [number, number, number, number];

/** MurmurHash3's 32-bit finaliser: spreads every input bit over the whole word. */
function scramble(word: number): number {
  let x = word | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

const rotateLeft = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits));

/**
 * A seeded generator, passed explicitly wherever chance is needed; there is no global one.
 * xoshiro128** (Blackman and Vigna 2018), seeded by a Weyl sequence through MurmurHash3's finaliser.
 * @example
 * ```ts
 * const random = new Random(1);
 * const [a, b] = [random.uniform(), random.normal()];
 * const shuffled = random.fork('order').shuffle(['x', 'y', 'z']);
 * ```
 * @example
 * ```ts
 * const random = new Random(1);
 * const [die, heads, bits] = [1 + random.integer(6), random.chance(0.5), random.bits()];
 * const [one, two] = [random.pick(['x', 'y', 'z']), random.sample(['x', 'y', 'z'], 2)];
 * const again = Random.restore(random.save()); // gives what random gives from here on
 * ```
 */
export class Random {
  private words: Words;

  /** @param seed any integer up to 2^53 in size; equal seeds give equal streams. */
  constructor(seed: number) {
    requireWhole('Random', 'the seed', seed, Number.MIN_SAFE_INTEGER);
    const high = Math.floor(seed / 2 ** 32);
    let weyl = scramble(seed | 0) ^ scramble(high + 0x51ed270b);
    const next = (): number => {
      weyl = (weyl + 0x9e3779b9) | 0;
      return scramble(weyl);
    };
    this.words = [next(), next(), next(), next() | 1]; // never all zero
  }

  /** A generator that continues exactly where `save()` was called. @param state as `save` gave it */
  static restore(state: RandomState): Random {
    if (state?.length !== 4 || !state.every((word) => Number.isInteger(word)) || state.every((word) => word === 0))
      throw new ArgumentError('Random', `the state is [${state}]; expected four integers, not all 0`);
    const random = new Random(0);
    random.words = state.map((word) => word >>> 0) as Words;
    return random;
  }

  /** The whole state, ready for JSON. */
  save(): RandomState {
    return [...this.words];
  }

  /**
   * An independent generator named by `label`, derived from the present state without advancing it:
   * adding a fork somewhere changes no other stream.
   */
  fork(label: string | number): Random {
    if (typeof label !== 'string') requireNumber('Random.fork', 'the label', label);
    const name = hashText(String(label));
    const child = new Random(0);
    child.words = this.words.map((word, i) => scramble(word ^ scramble(name + i * 0x9e3779b9))) as Words;
    child.words[3] |= 1;
    for (let i = 0; i < 4; i++) child.bits();
    return child;
  }

  /** 32 random bits as an integer in [0, 2^32). */
  bits(): number {
    const s = this.words;
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] = (s[1] ^ s[2]) >>> 0;
    s[0] = (s[0] ^ s[3]) >>> 0;
    s[2] = (s[2] ^ shifted) >>> 0;
    s[3] = rotateLeft(s[3], 11) >>> 0;
    return result;
  }

  /**
   * Uniform in [low, high), of 2^32 equally spaced values.
   * @param low smallest number that comes; default 0
   * @param high is not reached; default 1
   */
  uniform(low = 0, high = 1): number {
    const from = requireNumber('Random.uniform', 'low', low);
    return from + (requireNumber('Random.uniform', 'high', high) - from) * (this.bits() / 2 ** 32);
  }

  /** True with the given probability. @param probability from 0 to 1 */
  chance(probability: number): boolean {
    if (requireNumber('Random.chance', 'the probability', probability, 0) <= 1) return this.uniform() < probability;
    throw new ArgumentError('Random.chance', `the probability is ${probability}, expected at most 1`);
  }

  /**
   * Normal by Box and Muller; the second value of the pair is dropped, so that the state stays four words.
   * @param mean default 0
   * @param std the standard deviation; default 1
   */
  normal(mean = 0, std = 1): number {
    const spread = requireNumber('Random.normal', 'std', std, 0);
    const radius = Math.sqrt(-2 * Math.log((this.bits() + 1) / 2 ** 32)); // argument in (0, 1]
    return requireNumber('Random.normal', 'mean', mean) + spread * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Uniform integer in [0, n), for n up to 2^32. @param n is not reached */
  integer(n: number): number {
    requireWhole('Random.integer', 'n', n, 1, 2 ** 32);
    return Math.floor(this.uniform() * n);
  }

  /** One element, each equally likely. @param items at least one */
  pick<T>(items: readonly T[]): T {
    requireArray('Random.pick', 'the list', items);
    if (items.length === 0) throw new ArgumentError('Random.pick', 'the list is empty');
    return items[this.integer(items.length)] as T;
  }

  /** A shuffled copy (Fisher and Yates). @param items stay as they are */
  shuffle<T>(items: readonly T[]): T[] {
    requireArray('Random.shuffle', 'the list', items);
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }

  /** `count` different elements, in random order. @param items at least `count` of them */
  sample<T>(items: readonly T[], count: number): T[] {
    requireArray('Random.sample', 'the list', items);
    requireWhole('Random.sample', 'the count', count, 0, items.length);
    const rest = [...items];
    for (let i = 0; i < count; i++) {
      const j = i + this.integer(rest.length - i);
      [rest[i], rest[j]] = [rest[j] as T, rest[i] as T];
    }
    return rest.slice(0, count);
  }
}
