import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNamedTokens, readTokenizerFiles } from '../../src/model/tokenizer/files.ts';
import { byteLevelTokenizerJson } from '../../src/model/tokenizer/json.ts';
import { TextTokenizer, Tokenizer, TokenizerError } from '../../src/model/tokenizer.ts';
import { flamingoMiniTokens, ideficsTokens, openFlamingoTokens } from '../../src/zoo/tokenizer-setups.ts';

const read = (file: string): string =>
  readFileSync(new URL(`../fixtures/goldens/tokenizer/${file}`, import.meta.url), 'utf8');
const json = (model: string) => JSON.parse(read(`${model}/tokenizer.json`));

interface Golden {
  models: Record<string, { size: number; specials: Record<string, number> }>;
  cases: ({ text: string } & Record<string, { ids: number[]; decoded: string; decodedAll: string }>)[];
}
const golden = JSON.parse(read('cases.json')) as Golden;

/** A unigram in which paths tie, made for tokenizers 0.22.2, whose answers stand in the tests. */
const ties = (byteFallback: boolean) => ({
  decoder: { type: 'Sequence', decoders: [{ type: 'ByteFallback' }, { type: 'Fuse' }] },
  model: {
    type: 'Unigram',
    unk_id: 0,
    byte_fallback: byteFallback,
    vocab: [
      ['<unk>', 0],
      ...Array.from({ length: 256 }, (_, b) => [`<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`, -20]),
      ...[
        ['a', -1.1],
        ['b', -2.2],
        ['ab', -3.3],
        ['ba', -3.3],
        ['aba', -4.4],
        ['bab', -5.5],
      ],
    ],
  },
});

describe('TextTokenizer', () => {
  it('splits by Unicode white space, not by that of JavaScript', () => {
    const tokenizer = new TextTokenizer(json('byte-level'));
    expect(tokenizer.encode("\r\n's\ufeff's")).toEqual([202, 199, 7, 83, 172, 120, 124, 7, 83]);
    expect(tokenizer.encode('a \u0085\ufeff b')).toEqual([65, 221, 127, 228, 172, 120, 124, 268]);
  });

  it.each([
    ['abab', 'a bab'],
    ['ababab', 'a bab ab'],
    ['babab', 'ba bab'],
    ['abxyab', 'ab <0x78> <0x79> ab'],
    ['é', '<0xC3> <0xA9>'],
  ])('segments %s as the reference does where sums tie', (text, tokens) => {
    const tokenizer = new TextTokenizer(ties(true));
    const ids = tokenizer.encode(text);
    expect(ids.map((id) => tokenizer.token(id)).join(' ')).toBe(tokens);
    expect(tokenizer.decode(ids)).toBe(text);
  });

  it('makes one unknown token of neighbouring unknown characters without byte fallback', () => {
    expect(new TextTokenizer(ties(false)).encode('abxyab')).toEqual([259, 0, 259]);
  });

  it('leaves ids without a token out, and decodes nothing to an empty text', () => {
    const tokenizer = new TextTokenizer(json('llama-bpe'));
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode([50000, -1, 0.5])).toBe('');
    expect(tokenizer.decode([300, 50000])).toBe(tokenizer.decode([300]));
    expect(tokenizer.token(50000)).toBe('[50000]'); // an embedding table may be longer, and a model may choose from all of it
  });

  it('keeps every byte of any text', () => {
    const tokenizers = Object.keys(golden.models)
      .filter((name) => name !== 'unigram') // which reads the text <0x41> as a byte
      .map((name) => new TextTokenizer(json(name)));
    const text = fc.string({ unit: 'binary', maxLength: 20 }).filter((value) => !/[▁<]|^ |\p{Surrogate}/u.test(value));
    fc.assert(
      fc.property(text, (value) => {
        for (const tokenizer of tokenizers) expect(tokenizer.decode(tokenizer.encode(value))).toBe(value);
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  const model = (change: object) => ({ ...json('llama-bpe'), model: { ...json('llama-bpe').model, ...change } });
  it.each<[string, unknown, RegExp]>([
    ['nothing', null, /the file.*an object/],
    ['a list', [], /the file.*an object/],
    ['no model', {}, /model .*an object/],
    ['another model', model({ type: 'WordLevel' }), /model\.type.*BPE or Unigram/],
    ['an id as text', model({ vocab: { a: '1' } }), /model\.vocab\["a"\].*whole number/],
    ['a huge id', model({ vocab: { a: 2 ** 31 } }), /model\.vocab\["a"\].*whole number/],
    ['a merge of three', model({ merges: ['a b c'] }), /model\.merges\[0\].*two tokens/],
    ['a merge of strangers', model({ merges: [['홍', '☃']] }), /merges\[0\].*lacks "☃"/],
    ['a huge added id', { ...json('llama-bpe'), added_tokens: [{ id: 1e12, content: 'x' }] }, /added_tokens\[0\]\.id/],
    ['an empty added token', { ...json('llama-bpe'), added_tokens: [{ id: 1, content: '' }] }, /\[0\]\.content/],
    ['a prefix within words', model({ continuing_subword_prefix: '##' }), /continuing_subword_prefix.*none/],
    ['an unknown decoder', { ...json('llama-bpe'), decoder: { type: 'Magic' } }, /Magic/],
    ['a score that is none', { model: { ...ties(true).model, vocab: [['a', null]] } }, /vocab\[0\]/],
    ['an unknown beyond the end', { model: { ...ties(true).model, unk_id: 9999 } }, /unk_id/],
  ])('refuses %s', (_, value, message) => {
    expect(() => new TextTokenizer(value)).toThrow(TokenizerError);
    expect(() => new TextTokenizer(value)).toThrow(message);
  });

  /** What tokenizers 0.23.3 gives for the same files. */
  const bpe = (vocab: object, change: object = {}) => ({ model: { type: 'BPE', vocab, merges: [], ...change } });
  const pieces = (unk_id: number | null, ...names: string[]) => ({
    model: { type: 'Unigram', unk_id, vocab: names.map((name, i) => [name, -i]) },
  });
  const unknown = { unk_token: '<unk>' };
  it.each<[string, object, string, readonly number[] | RegExp, size?: number]>([
    ['an unknown token', bpe({ a: 0, b: 1, '<unk>': 2 }, unknown), 'aXYb', [0, 2, 2, 1]],
    ['one for all', bpe({ a: 0, b: 1, '<unk>': 2 }, { ...unknown, fuse_unk: true }), 'aXYb', [0, 2, 1]],
    ['an unknown token that is missing', bpe({ a: 0, b: 1 }, unknown), 'ab', [0, 1]],
    ['the same where it is needed', bpe({ a: 0, b: 1 }, unknown), 'aXb', /no token for "<unk>/],
    [
      'an unknown token that is only added',
      { ...bpe({ a: 0, b: 1 }, unknown), added_tokens: [{ id: 2, content: '<unk>' }] },
      'aXb',
      /no token for "<unk>, and model.vocab lacks it"/,
    ],
    ['no unknown token', bpe({ a: 0, b: 1 }), 'aXb', [0, 1]],
    ['no unknown piece', pieces(null, 'a', 'b'), 'aXb', /no token for "X"/],
    ['a hole', { ...bpe({ a: 0, b: 1, c: 7 }), added_tokens: [{ id: 8, content: '<n>' }] }, 'c<n>', [7, 3], 8],
    ['ids that start later', bpe({ a: 5, b: 6 }), 'ab', [5, 6], 7],
    ['a piece twice', pieces(0, '<unk>', 'a', 'b', 'a'), 'aXb', [3, 0, 2], 4],
    ['a merge twice', bpe({ a: 0, b: 1, ab: 2 }, { merges: ['a b', 'a b'] }), 'ab', [2], 3],
    ['the end of a word', bpe({ a: 0, b: 1, 'b</w>': 2 }, { end_of_word_suffix: '</w>' }), 'ab', [0, 2]],
    ['bytes that are missing', bpe({ a: 0, '<unk>': 1 }, { ...unknown, byte_fallback: true }), 'a한', [0, 1]],
  ])('reads %s as Hugging Face does', (_, file, text, ids, size) => {
    const tokenizer = new TextTokenizer(file);
    if (ids instanceof RegExp) expect(() => tokenizer.encode(text)).toThrow(ids);
    else expect(tokenizer.encode(text)).toEqual(ids);
    if (size) expect(tokenizer.size).toBe(size);
  });

  it('writes ids without a token as numbers, and refuses what is no id', () => {
    const tokenizer = new TextTokenizer(bpe({ a: 0, c: 7 }));
    expect([0, 3, 7, 50300].map((id) => tokenizer.token(id))).toEqual(['a', '[3]', 'c', '[50300]']);
    expect(tokenizer.decode([0, 3, 7])).toBe('a c');
    for (const id of [-1, 0.5, Number.NaN]) expect(() => tokenizer.token(id)).toThrow(TokenizerError);
  });

  it('says which text has no token', () => {
    const { model } = ties(false);
    expect(() => new TextTokenizer({ model: { ...model, unk_id: null } }).encode('é')).toThrow(/no token for "é"/);
  });
});

describe('added tokens', () => {
  /** The byte-level file with more of them; the ids are those of tokenizers 0.22.2. */
  const tokenizer = (normalizer: object | null, ...more: object[]) => {
    const file = json('byte-level');
    const added_tokens = [...file.added_tokens, ...more.map((token, i) => ({ id: 403 + i, special: false, ...token }))];
    return new TextTokenizer({ ...file, normalizer, added_tokens });
  };
  const plain = tokenizer(null);
  const image = plain.id('<image>');

  it('are found leftmost, then longest', () => {
    const spaces = tokenizer(null, { content: '  ' }, { content: '   ' });
    expect(spaces.encode('a     a')).toEqual([65, 404, 403, 65]);
  });

  it('that are words of their own are not found in longer ones', () => {
    const word = tokenizer(null, { content: 'dog', single_word: true });
    expect(word.encode('dog')).toEqual([403]);
    expect(word.encode('dog!dog')).toEqual([403, 1, 403]);
    for (const text of ['hotdog', 'dogs', '한dog', 'dog_']) expect(word.encode(text)).toEqual(plain.encode(text));
  });

  it('take the white space beside them that they ask for, as Unicode has it', () => {
    const left = tokenizer(null, { content: '<l>', lstrip: true }, { content: '<r>', rstrip: true });
    expect(left.encode('a \u0085<l> a')).toEqual([65, 403, ...plain.encode(' a')]);
    expect(left.encode('a <r>\n\u3000 a')).toEqual([...plain.encode('a '), 404, 65]);
    expect(left.encode('a\ufeff<l>')).toEqual([...plain.encode('a\ufeff'), 403]); // is not a white space
    expect(left.encode('<r> <l>')).toEqual([404, 403]);
  });

  it('are looked for in the normalised text when they say so', () => {
    const prepend = { type: 'Prepend', prepend: '_' };
    const both = tokenizer(prepend, { content: '<x>', normalized: true }, { content: '<y>', normalized: false });
    expect(both.encode('<x><y>')).toEqual([403, 404]); // _<x> is what is looked for
    expect(both.encode('a<x>')).toEqual(plain.encode('_a<x>'));
    expect(both.encode('<image><x><x>')).toEqual([image, 403, ...plain.encode('<x>')]);
  });

  it('are numbered as they come, or as the vocabulary has them, whatever the file says', () => {
    const strange = tokenizer(null, { content: '<q>', id: 999 }, { content: '<z>', id: 500 }, { content: 'x', id: 7 });
    expect(['<q>', '<z>', 'x'].map((token) => strange.id(token))).toEqual([403, 404, 88]);
    expect(strange.size).toBe(405);
  });
});

describe('the pair of vocab.json and merges.txt', () => {
  const pair = (first?: string) =>
    byteLevelTokenizerJson(JSON.parse(read('byte-level/vocab.json')), read('byte-level/merges.txt'), {
      special: ['<|endoftext|>'],
      ...(first !== undefined && { first }),
    });

  it('gives the ids of tokenizer.json', () => {
    const added = openFlamingoTokens({ eos: '<|endoftext|>' }).added;
    const tokenizer = new TextTokenizer(pair(), added);
    expect(tokenizer.size).toBe(golden.models['byte-level']?.size);
    for (const { text, 'byte-level': expected } of golden.cases) {
      expect(tokenizer.encode(text)).toEqual(expected?.ids);
      expect(tokenizer.decode(expected?.ids ?? [], { skipSpecial: true })).toBe(expected?.decoded);
    }
  });

  it('puts a first token in front when asked to', () => {
    const tokenizer = new TextTokenizer(pair('<|endoftext|>'));
    expect(tokenizer.encode('a')).toEqual([65]);
    expect(tokenizer.encode('a', { addSpecial: true })).toEqual([0, 65]);
    expect(tokenizer.encode('', { addSpecial: true })).toEqual([0]);
  });
});

describe('the files beside a language model', () => {
  const pair = { 'vocab.json': JSON.parse(read('byte-level/vocab.json')), 'merges.txt': read('byte-level/merges.txt') };
  const named = { bos_token: '<|endoftext|>', eos_token: { content: '<|endoftext|>' } };

  it('name the special tokens, and whether one comes first', () => {
    const opt = readTokenizerFiles({ ...pair, 'tokenizer_config.json': { ...named, add_bos_token: true } });
    expect(opt.named).toEqual({ bos: '<|endoftext|>', eos: '<|endoftext|>' });
    expect(new TextTokenizer(opt.json).encode('<|endoftext|>a', { addSpecial: true })).toEqual([0, 0, 65]);
    const gpt2 = readTokenizerFiles({ ...pair, 'special_tokens_map.json': named });
    expect(new TextTokenizer(gpt2.json).encode('<|endoftext|>a', { addSpecial: true })).toEqual([0, 65]);
  });

  it('hold tokenizer.json before the older pair', () => {
    const { json: chosen } = readTokenizerFiles({ ...pair, 'tokenizer.json': json('llama-bpe') });
    expect(new TextTokenizer(chosen).size).toBe(682);
  });

  it('must hold one of the two', () => {
    expect(() => readTokenizerFiles({ 'vocab.json': {} })).toThrow(
      /expected tokenizer\.json, or vocab\.json with merges/,
    );
    expect(() => readTokenizerFiles({ ...pair, 'merges.txt': 'a b c' })).toThrow(/model\.merges\[0\].*two tokens/);
  });
});

describe('the tokens of each implementation', () => {
  /** The golden file as its language model had it. */
  const plain = (model: string) => {
    const { added_tokens, ...rest } = json(model);
    const before = added_tokens.filter(({ content }: { content: string }) => !/endofchunk|image|PAD/.test(content));
    return { ...rest, added_tokens: before };
  };

  it.each(['byte-level', 'llama-bpe', 'llama-bpe-first', 'unigram'])('OpenFlamingo adds three to %s', (model) => {
    const named = model === 'byte-level' ? { bos: '<|endoftext|>', eos: '<|endoftext|>' } : { bos: '<s>', eos: '</s>' };
    const tokenizer = new Tokenizer(plain(model), openFlamingoTokens(named));
    const specials = golden.models[model]?.specials ?? {};
    expect(tokenizer.special).toEqual({
      eoc: specials['<|endofchunk|>'],
      image: specials['<image>'],
      pad: specials['<PAD>'],
      bos: specials[named.bos],
    });
    expect(tokenizer.media).toEqual([specials['<image>']]);
    for (const { text, [model]: expected } of golden.cases) expect(tokenizer.encode(text)).toEqual(expected?.ids);
  });

  it('OpenFlamingo adds no pad where there is one', () => {
    const tokenizer = new Tokenizer(plain('llama-bpe'), openFlamingoTokens({ bos: '<s>', pad: '</s>' }));
    expect(tokenizer.special).toEqual({ eoc: 679, image: 680, pad: 2, bos: 1 });
    expect(tokenizer.size).toBe(681);
  });

  it('flamingo-mini adds <EOC> alone and finds images by <', () => {
    const setup = flamingoMiniTokens({ bos: '<|endoftext|>', eos: '<|endoftext|>' });
    const file = plain('byte-level');
    file.model = {
      ...file.model,
      vocab: { ...file.model.vocab, 'Ġ<': 400 },
      merges: [...file.model.merges, ['Ġ', '<']],
    };
    const tokenizer = new Tokenizer(file, setup);
    const less = tokenizer.id('<');
    expect(tokenizer.special).toEqual({ eoc: 401, image: less, pad: 0, bos: 0 });
    expect(tokenizer.media).toEqual([less, 400]);
    expect(new Tokenizer(plain('byte-level'), setup).media).toEqual([less]); // no token for " <"
    const ids = tokenizer.encode('<image>a <image><EOC>');
    expect(ids.filter((id) => tokenizer.media.includes(id))).toEqual([less, 400]);
    expect(tokenizer.decode(ids, { skipSpecial: true })).toBe('<image>a <image><EOC>');
  });

  it('IDEFICS has its tokens in the file, and ends a turn or a text', () => {
    const file = plain('llama-bpe');
    expect(new Tokenizer(file, ideficsTokens({}, { instruct: true })).special).toEqual({
      ...{ eoc: 681, image: 680, pad: 0, bos: 1 },
    });
    expect(new Tokenizer(file, ideficsTokens({}, { instruct: false })).special.eoc).toBe(2);
  });

  it('are named by tokenizer_config.json, as texts or as objects', () => {
    const config = { bos_token: { content: '<s>', lstrip: false }, eos_token: '</s>', pad_token: null, unk_token: '' };
    expect(readNamedTokens(config)).toEqual({ bos: '<s>', eos: '</s>' });
    expect(readNamedTokens(undefined)).toEqual({});
  });

  it('must be there', () => {
    expect(() => new Tokenizer(json('llama-bpe'))).toThrow(/no token <BOS>|no token <EOC>/);
  });
});
