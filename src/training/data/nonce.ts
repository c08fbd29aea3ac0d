import type { Random } from '../../tensor/random.ts';

/** Made-up words kept for evaluation; training never generates one (training-recipe, Data). */
export const RESERVED_WORDS: readonly string[] = [
  ...['dax', 'wug', 'blicket', 'toma', 'zib', 'fep', 'kivo', 'rula', 'gazzer', 'modi'],
  ...['tupa', 'lorp', 'zorch', 'pim', 'nade', 'kest', 'vorn', 'yeb', 'sulo', 'quim'],
];

const RESERVED: ReadonlySet<string> = new Set(RESERVED_WORDS);
const CONSONANTS: readonly string[] = [...'bcdfghjklmnprstvwyz', 'bl', 'ch', 'gr', 'qu', 'sh', 'tr', 'zh'];
const VOWELS: readonly string[] = [...'aeiou'];
const FINALS: readonly string[] = [...'bdgklmnprstxz', 'rp', 'st', 'ck'];

/** A random made-up word of one to three syllables CV(C); never a reserved one, nor one in `taken`. */
export function nonceWord(random: Random, taken: ReadonlySet<string> = new Set()): string {
  for (;;) {
    const syllables = random.pick([1, 2, 2, 2, 3]);
    let word = '';
    for (let i = 0; i < syllables; i++) {
      const closed = random.chance(i === syllables - 1 ? 0.5 : 0.15) || syllables === 1;
      word += random.pick(CONSONANTS) + random.pick(VOWELS) + (closed ? random.pick(FINALS) : '');
    }
    if (!RESERVED.has(word) && !taken.has(word)) return word;
  }
}

/** `count` different made-up words. */
export function nonceWords(random: Random, count: number): string[] {
  const words = new Set<string>();
  while (words.size < count) words.add(nonceWord(random, words));
  return [...words];
}
