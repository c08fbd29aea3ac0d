import { expect, it, vi } from 'vitest';
import { inKorean } from '../../src/cli/korean-errors.ts';
import { readTokenizerFiles } from '../../src/model/tokenizer/files.ts';
import { TextTokenizer, TokenizerError } from '../../src/model/tokenizer.ts';
import { thrownBy } from '../support/thrown-by.ts';

const model = { type: 'BPE', vocab: { a: 0, b: 1, ' ': 2 }, merges: [] };
const rows = (kind: string, list: string, levels: number): object =>
  levels === 0 ? { type: kind } : { type: 'Sequence', [list]: [rows(kind, list, levels - 1)] };
const split = (part: object) => ({ pre_tokenizer: { type: 'Split', pattern: { Regex: 'a' }, ...part } });

it.each<[string, object]>([
  ['normalizer.type', { normalizer: {} }],
  ['normalizer.normalizers', { normalizer: { type: 'Sequence' } }],
  ['normalizer.normalizers[0]', { normalizer: { type: 'Sequence', normalizers: [null] } }],
  ['normalizer.pattern', { normalizer: { type: 'Replace', content: 'x' } }],
  ['normalizer.pattern', { normalizer: { type: 'Replace', pattern: { String: 3 }, content: 'x' } }],
  ['normalizer.content', { normalizer: { type: 'Replace', pattern: { String: 'a' }, content: null } }],
  ['normalizer.prepend', { normalizer: { type: 'Prepend' } }],
  ['at most 16 parts', { normalizer: rows('NFC', 'normalizers', 20) }],
  ['pre_tokenizer.pretokenizers', { pre_tokenizer: { type: 'Sequence', pretokenizers: 3 } }],
  ['pre_tokenizer.pattern', split({ behavior: 'Isolated', pattern: { Regex: 7 } })],
  ['pre_tokenizer.pattern', split({ behavior: 'Isolated', pattern: { Regex: null } })],
  ['pre_tokenizer.behavior', split({ behavior: 'Merged' })],
  ['pre_tokenizer.behavior', split({ behavior: null })],
  ['pre_tokenizer.prepend_scheme', { pre_tokenizer: { type: 'Metaspace', prepend_scheme: ['always'] } }],
  ['pre_tokenizer.invert', split({ behavior: 'Removed', invert: 'no' })],
  ['pre_tokenizer.behavior', { pre_tokenizer: { type: 'Punctuation', behavior: 'isolated' } }],
  ['post_processor.single', { post_processor: { type: 'TemplateProcessing' } }],
  ['post_processor.single', { post_processor: { type: 'TemplateProcessing', single: [{ Sequence: { id: 'C' } }] } }],
  ['post_processor.sep', { post_processor: { type: 'RobertaProcessing', sep: 3, cls: ['a', 0] } }],
  [
    'post_processor.processors[0].sep',
    { post_processor: { type: 'Sequence', processors: [{ type: 'BertProcessing' }] } },
  ],
  ['decoder.decoders', { decoder: { type: 'Sequence', decoders: null } }],
  ['decoder.stop', { decoder: { type: 'Strip', content: ' ', start: 1, stop: -1 } }],
])('a tokenizer.json whose %s is not as it should be is refused, not read otherwise', (where, parts) => {
  const warn = vi.spyOn(console, 'warn');
  const error = thrownBy(() => new TextTokenizer({ model, ...parts }));
  expect(error).toBeInstanceOf(TokenizerError);
  expect(String(error)).toContain(where);
  expect(String(error)).toContain('expected ');
  expect(inKorean((error as Error).message)).toMatch(/의 꼴이 맞지 않아요/);
  expect(inKorean((error as Error).message)).not.toMatch(/\b(a|an|or|of|with|most)\b(?!")/);
  expect(warn).not.toHaveBeenCalled();
});

it('added tokens are found without a regular expression of them all, the longest of those that start together', () => {
  const lengths: number[] = [];
  const construct = (target: RegExpConstructor, given: [string]) => {
    lengths.push(String(given[0]).length);
    return new target(...given);
  };
  vi.stubGlobal('RegExp', new Proxy(RegExp, { construct }));
  const many = Array.from({ length: 2000 }, (_, i) => ({ id: 0, content: `${i}`.padStart(9, '<') }));
  const tokenizer = new TextTokenizer({ model, added_tokens: [{ id: 0, content: '<' }, ...many] });
  const ids = tokenizer.encode(`a${many[1234]?.content}<b`);
  vi.unstubAllGlobals();
  expect(ids).toEqual([0, 3 + 1 + 1234, 3, 1]);
  expect(Math.max(0, ...lengths)).toBeLessThan(2000); // a million of them would take minutes
});

it.each(['tokenizer_config.json', 'special_tokens_map.json'])(
  'tokens that %s names are texts, or refused by name',
  (file) => {
    const read = (value: unknown) =>
      readTokenizerFiles({ 'tokenizer.json': { model }, [file]: { bos_token: value } }).named;
    for (const value of [7, true, false, [], {}, { content: 3 }, { content: '' }]) {
      const error = thrownBy(() => read(value)) as Error;
      expect(error).toBeInstanceOf(TokenizerError);
      expect(error.message).toBe(
        `${file}: bos_token is ${JSON.stringify(value)}; expected a text, or an object with content`,
      );
      expect(inKorean(error.message)).toMatch(/bos_token의 값 .*: 쓸 수 없어요/);
    }
    for (const none of [null, undefined, '']) expect(read(none)).toEqual({});
    for (const token of ['<s>', { content: '<s>', lstrip: false }]) expect(read(token)).toEqual({ bos: '<s>' });
  },
);
