import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inKorean } from '../../src/cli/korean-errors.ts';
import { TextTokenizer, TokenizerError } from '../../src/model/tokenizer.ts';
import { errorTexts } from '../support/error-texts.ts';
import { thrownBy } from '../support/thrown-by.ts';

interface Golden {
  readonly charsmap: string;
  readonly pieces: { readonly cases: [text: string, pieces: string][]; readonly [part: string]: unknown }[];
  readonly models: { readonly cases: [text: string, ids: number[]][]; readonly [part: string]: unknown }[];
  readonly tokens: string[];
  readonly decoders: { readonly decoder: object; readonly cases: [ids: number[], text: string][] }[];
}
const golden: Golden = JSON.parse(
  readFileSync(new URL('../fixtures/goldens/tokenizer/parts.json', import.meta.url), 'utf8'),
);
const bytes = Array.from({ length: 256 }, (_, b) => [`<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`, b]);
/** Every byte is a token, and `|` ends a piece. */
const spelling = {
  ...{ type: 'BPE', vocab: Object.fromEntries(bytes), merges: [] },
  ...{ byte_fallback: true, end_of_word_suffix: '|' },
};

describe("what Hugging Face's own tokenizers (Rust) answer", () => {
  it.each(golden.pieces.map((one) => [JSON.stringify({ ...one, cases: undefined }), one] as const))(
    '%s cuts texts alike',
    (parts, { cases }) => {
      const json = JSON.parse(parts.replace('"small"', JSON.stringify(golden.charsmap)));
      const tokenizer = new TextTokenizer({ ...json, model: spelling });
      const read = (text: string): string => new TextDecoder().decode(Uint8Array.from(tokenizer.encode(text)));
      expect(cases.map(([text]) => [text, read(text)])).toEqual(cases);
    },
  );

  it.each(golden.models)('model $model reads texts alike', ({ cases, ...json }) => {
    const tokenizer = new TextTokenizer(json);
    expect(cases.map(([text]) => [text, tokenizer.encode(text)])).toEqual(cases);
  });

  it.each(golden.decoders)('$decoder writes tokens alike', ({ decoder, cases }) => {
    const vocab = Object.fromEntries(golden.tokens.map((token, id) => [token, id]));
    const tokenizer = new TextTokenizer({ decoder, model: { type: 'BPE', vocab, merges: [] } });
    expect(cases.map(([ids]) => [ids, tokenizer.decode(ids)])).toEqual(cases);
  });
});

const model = { type: 'BPE', vocab: { a: 0, b: 1, ' ': 2, '<s>': 3 }, merges: [] };
const split = (Regex: string) => ({ pre_tokenizer: { type: 'Split', pattern: { Regex }, behavior: 'Isolated' } });
const first = { type: 'Metaspace', prepend_scheme: 'first' };

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const words = (Regex: string, behavior: string, invert: boolean) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex }, behavior, invert },
    { ...byteLevel, use_regex: false },
  ],
});
const llama3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const clip = "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
const spaces = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
const space = { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' };
const around = {
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  special_tokens: { '<s>': { id: '<s>', ids: [3], tokens: ['<s>'] } },
};

it.each<[string, object]>([
  [
    'GPT-NeoX and MPT',
    { normalizer: { type: 'NFC' }, pre_tokenizer: byteLevel, post_processor: byteLevel, decoder: byteLevel },
  ],
  ['OPT', { pre_tokenizer: byteLevel, post_processor: around, decoder: byteLevel }],
  [
    'LLaMA',
    {
      normalizer: { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, spaces] },
      post_processor: around,
    },
  ],
  ['LLaMA, newer', { pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: false } }],
  [
    'LLaMA 3',
    {
      pre_tokenizer: words(llama3, 'Isolated', false),
      post_processor: { type: 'Sequence', processors: [byteLevel, around] },
    },
  ],
  [
    'CLIP',
    {
      normalizer: { type: 'Sequence', normalizers: [{ type: 'NFC' }, space, { type: 'Lowercase' }] },
      pre_tokenizer: words(clip, 'Removed', true),
      post_processor: { type: 'RobertaProcessing', sep: ['b', 1], cls: ['<s>', 3] },
    },
  ],
  [
    'XLM-R',
    {
      normalizer: { type: 'Precompiled', precompiled_charsmap: golden.charsmap },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Metaspace', replacement: '▁', add_prefix_space: true }],
      },
    },
  ],
])('the parts of %s are run', (_, parts) => {
  expect(new TextTokenizer({ model, ...parts }).size).toBe(4);
});

describe('what is not run as there is refused by name when the file is opened', () => {
  it.each<[string, object]>([
    ['normalizer.type "BertNormalizer"', { normalizer: { type: 'BertNormalizer', clean_text: true } }],
    ['normalizer.type "ByteLevel"', { normalizer: { type: 'ByteLevel' } }],
    ['normalizer.type "constructor"', { normalizer: { type: 'constructor' } }],
    ['pre_tokenizer.type "UnicodeScripts"', { pre_tokenizer: { type: 'UnicodeScripts' } }],
    [
      'pre_tokenizer.pretokenizers[0].type "BertPreTokenizer"',
      { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'BertPreTokenizer' }] } },
    ],
    ['post_processor.type "New"', { post_processor: { type: 'New' } }],
    ['normalizer.pattern', { normalizer: { type: 'Replace', pattern: { String: '' }, content: 'x' } }],
    ['normalizer.pattern', { normalizer: { type: 'Replace', pattern: { Regex: 'a*' }, content: 'x' } }],
    ['normalizer.pattern', { normalizer: { type: 'Replace', pattern: { Regex: '\\b' }, content: 'x' } }],
    ['decoder.type "WordPiece"', { decoder: { type: 'WordPiece', prefix: '##', cleanup: true } }],
    ['decoder.type "CTC"', { decoder: { type: 'CTC' } }],
    [
      'precompiled_charsmap',
      { normalizer: { type: 'Precompiled', precompiled_charsmap: golden.charsmap.slice(0, 40) } },
    ],
    ['precompiled_charsmap', { normalizer: { type: 'Precompiled' } }],
    ['atomic group', split('(?>a|ab)c')],
    ['where the search began', split('\\Ga')],
    ['backreference', split('(a)\\1')],
    ['question mark', split('a{2}?')],
    ['case-insensitive', split('(?i:straße)')],
    ['case-insensitive', split('(?i:stop)')],
    ['case-insensitive', split('(?i:\\p{Lu})')],
    ['no expression', split('\\R')],
    ['no expression', split('(?i)a')],
    ['no expression', split('a[')],
    ['prepend_scheme', { normalizer: { type: 'Prepend', prepend: 'x' }, pre_tokenizer: first }],
    [
      'prepend_scheme first',
      { pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, first] } },
    ],
    [
      'added token',
      { normalizer: { type: 'Strip', strip_left: true, strip_right: true }, added_tokens: [{ id: 4, content: ' \t' }] },
    ],
    ['3, the id of "<s>"', { post_processor: { type: 'RobertaProcessing', cls: ['<s>', 7], sep: ['<s>', 3] } }],
    ['which single names', { post_processor: { ...around, special_tokens: {} } }],
    ['which lacks "<x>"', { post_processor: { type: 'RobertaProcessing', cls: ['<x>', 7], sep: ['<s>', 3] } }],
    [
      'which lacks "<x>"',
      {
        post_processor: {
          ...around,
          single: [{ SpecialToken: { id: '<x>' } }],
          special_tokens: { '<x>': { id: '<x>', ids: [7], tokens: ['<x>'] } },
        },
      },
    ],
    [
      '3, the id of "<s>"',
      {
        post_processor: {
          type: 'TemplateProcessing',
          single: [{ SpecialToken: { id: '<s>' } }],
          special_tokens: { '<s>': { id: '<s>', ids: [3, 3], tokens: ['<s>', '<s>'] } },
        },
      },
    ],
  ])('%s', (said, parts) => {
    const error = thrownBy(() => new TextTokenizer({ model, ...parts })) as Error;
    expect(error).toBeInstanceOf(TokenizerError);
    expect(error.message).toMatch(/^tokenizer\.json: /);
    expect(error.message).toContain(said);
    expect(error.message).toContain('; expected ');
    expect(error.message).not.toMatch(/Invalid regular|SyntaxError|undefined|Cannot/);
    expect(inKorean(error.message)).toMatch(/필요한 것: /);
    expect(String(inKorean(error.message)).replaceAll(/"[^"]*"|[\w.]+_\w+/g, '')).not.toMatch(
      /\b(a|an|or|of|with|the|it|one)\b/,
    );
  });
});

it('a map of characters that holds no texts is named where a text leads there', () => {
  const map = Buffer.from(golden.charsmap, 'base64');
  const texts = map.subarray(4 + map.readUInt32LE(0));
  texts.forEach((byte, i) => {
    if (byte !== 0) texts[i] = 0xff;
  });
  const normalizer = { type: 'Precompiled', precompiled_charsmap: map.toString('base64') };
  const tokenizer = new TextTokenizer({ model, normalizer });
  const error = thrownBy(() => tokenizer.encode('ﬁ')) as Error;
  expect(error).toBeInstanceOf(TokenizerError);
  expect(error.message).toBe('the text "ﬁ": the map holds bytes that are no text');
  expect(inKorean(error.message)).toBe('글 "ﬁ": 글자 표에 글이 아닌 바이트가 있어요');
});

it('has Korean for all that is wrong with maps of characters', () => {
  const source = readFileSync(new URL('../../src/model/tokenizer/charsmap.ts', import.meta.url), 'utf8');
  const found = errorTexts(source, 'Range');
  expect(found).toHaveLength(3);
  expect(found.filter((text) => !/[가-힣]/.test(inKorean(text) ?? ''))).toEqual([]);
});
