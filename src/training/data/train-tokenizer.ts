import type { TokenizerJson } from '../../model/tokenizer/json.ts';
import { SPECIAL_TOKENS, Tokenizer } from '../../model/tokenizer.ts';
import { Random } from '../../tensor/random.ts';
import { atOnce, type InSteps } from './at-once.ts';
import { CATEGORIES, CATEGORY_NAMES } from './categories.ts';
import type { Concept } from './concepts.ts';
import { nonceWord } from './nonce.ts';
import { FORMS, questionForms, YES_NO } from './prompts.ts';

/** Marks the start of a word, as in SentencePiece. */
const WORD_START = '▁';

/** How often each kind of text counts: what the model will read and write weighs more. */
const WEIGHTS = { demoName: 8, otherName: 2, tag: 1, prompt: 40, kind: 20, question: 2, nonce: 1 } as const;
const NONCE_WORDS = 1500;

/** Weighted words (without the word-start mark) of all names, tags, kinds, prompts and made-up words. */
function tokenizerCorpus(concepts: readonly Concept[], random: Random): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (text: string, weight: number): void => {
    for (const word of text.normalize('NFC').split(/\s+/))
      if (word !== '') counts.set(word, (counts.get(word) ?? 0) + weight);
  };
  for (const concept of concepts) {
    const weight = concept.category === null ? WEIGHTS.otherName : WEIGHTS.demoName;
    for (const name of [concept.name, concept.korean]) add(name, weight);
    for (const tag of [...concept.tags, ...concept.koreanTags]) add(tag, WEIGHTS.tag);
  }
  for (const kind of Object.entries(CATEGORIES).flat()) add(kind, WEIGHTS.kind);
  for (const prompt of Object.values(FORMS).flat()) add(prompt, WEIGHTS.prompt);
  for (const kind of CATEGORY_NAMES) {
    for (const question of [...questionForms(kind, 'en'), ...questionForms(kind, 'ko')])
      add(question, WEIGHTS.question);
  }
  for (const text of Object.values(YES_NO).flatMap((answers) => Object.values(answers))) add(text, WEIGHTS.prompt);
  for (let i = 0; i < NONCE_WORDS; i++) add(nonceWord(random), WEIGHTS.nonce);
  return counts;
}

interface Word {
  symbols: string[];
  readonly count: number;
}

/** Characters with a token of their own: printable ASCII, and what the corpus holds at least `minimum` times. */
function alphabetOf(counts: ReadonlyMap<string, number>, minimum: number): string[] {
  const characters = new Map<string, number>();
  for (const [word, count] of counts) {
    for (const character of word) characters.set(character, (characters.get(character) ?? 0) + count);
  }
  const ascii = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i));
  const frequent = [...characters].filter(([, count]) => count >= minimum).map(([character]) => character);
  return [...new Set([WORD_START, ...ascii, ...frequent.sort()])];
}

/** The most frequent neighbouring pair; ties go to the first in code-unit order. */
function bestPair(words: readonly Word[], known: ReadonlySet<string>): [string, string] | null {
  const pairs = new Map<string, { pair: [string, string]; count: number }>();
  for (const { symbols, count } of words) {
    for (let i = 0; i + 1 < symbols.length; i++) {
      const [left, right] = [symbols[i] as string, symbols[i + 1] as string];
      if (!known.has(left) || !known.has(right)) continue; // a character left to the byte tokens
      const key = `${left} ${right}`;
      const entry = pairs.get(key);
      if (entry) entry.count += count;
      else pairs.set(key, { pair: [left, right], count });
    }
  }
  let best: { key: string; pair: [string, string]; count: number } | null = null;
  for (const [key, { pair, count }] of pairs) {
    if (best === null || count > best.count || (count === best.count && key < best.key)) best = { key, pair, count };
  }
  return best?.pair ?? null;
}

function applyMerge(word: Word, left: string, right: string): void {
  const merged: string[] = [];
  for (let i = 0; i < word.symbols.length; i++) {
    const symbol = word.symbols[i] as string;
    if (symbol === left && word.symbols[i + 1] === right) {
      merged.push(left + right);
      i++;
    } else merged.push(symbol);
  }
  word.symbols = merged;
}

function tokenizerJson(vocabulary: readonly string[], merges: readonly [string, string][]): TokenizerJson {
  const special = Object.values(SPECIAL_TOKENS);
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      ...{ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true },
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'NFC' }, { type: 'Strip', strip_left: true, strip_right: true }],
    },
    pre_tokenizer: { type: 'Metaspace', replacement: WORD_START, prepend_scheme: 'always', split: true },
    post_processor: null,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: WORD_START }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      ...{ dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null },
      ...{ fuse_unk: false, byte_fallback: true, ignore_merges: false },
      vocab: Object.fromEntries(vocabulary.map((token, id) => [token, id])),
      merges,
    },
  };
}

/**
 * Trains byte-pair encoding (Sennrich et al. 2016) to `size` entries: 4 specials (ids 0 to 3), 256 byte tokens for
 * characters that have none of their own, so that any Unicode text can be written, an alphabet, and merges that
 * never cross a word start. The recipe's tokenizer has 1,300 entries and 3.3 tokens a name; the byte tokens are added.
 * The character ▁ itself cannot be told from a space.
 */
export function trainTokenizer(concepts: readonly Concept[], seed: number, size = 1536): TokenizerJson {
  return atOnce(tokenizerInSteps(concepts, seed, size));
}

/** `trainTokenizer`, which takes seconds for all concepts, in steps: one is a merge. */
export function* tokenizerInSteps(concepts: readonly Concept[], seed: number, size = 1536): InSteps<TokenizerJson> {
  const counts = tokenizerCorpus(concepts, new Random(seed).fork('tokenizer'));
  const bytes = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);
  const alphabet = alphabetOf(counts, 4);
  const vocabulary: string[] = [...Object.values(SPECIAL_TOKENS), ...bytes, ...alphabet];
  if (vocabulary.length > size)
    throw new RangeError(`${size} entries cannot hold the alphabet of ${vocabulary.length}`);
  const known = new Set(alphabet);
  const words: Word[] = [...counts].map(([text, count]) => ({ symbols: [WORD_START, ...text], count }));
  const merges: [string, string][] = [];
  while (vocabulary.length < size) {
    const pair = bestPair(words, known);
    if (pair === null) break;
    const [left, right] = pair;
    merges.push(pair);
    if (!known.has(left + right)) vocabulary.push(left + right);
    known.add(left + right);
    for (const word of words) applyMerge(word, left, right);
    yield;
  }
  const json = tokenizerJson(vocabulary, merges);
  verifyRoundTrip(json, counts.keys());
  return json;
}

/** What was trained must come back through the tokenizer that will be used. @throws Error naming the first text lost. */
function verifyRoundTrip(json: TokenizerJson, words: Iterable<string>): void {
  const tokenizer = new Tokenizer(json);
  for (const word of words) {
    const back = tokenizer.decode(tokenizer.encode(word));
    if (back !== word) throw new Error(`the trained tokenizer turns "${word}" into "${back}"`);
  }
}
