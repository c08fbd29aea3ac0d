/** Weights files built by their rules and against them: headers of safetensors, pickles of torch. */

import fc from 'fast-check';
import { int, tensorPickle, text, torchZip, tuple, zipOf } from '../../test/support/torch-zip.ts';
import { join } from './mutate.ts';

const extent = fc.oneof(
  fc.nat(4),
  fc.constantFrom(-1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e18, 65_536, 94_906_267, null, '2', [2]),
);
const offset = fc.oneof(fc.nat(64), fc.constantFrom(-8, 1e9, 2 ** 53, 2 ** 63, null, '0'));

const entry = fc.record(
  {
    dtype: fc.oneof(fc.constantFrom('F32', 'F16', 'BF16', 'I64', 'U8', 'BOOL', 'F8_E4M3'), fc.string(), fc.nat()),
    shape: fc.oneof(
      fc.array(extent, { maxLength: 5 }),
      fc.constantFrom(null, 3, 'x', {}),
      fc.constant(Array(5000).fill(1)),
    ),
    data_offsets: fc.oneof(fc.tuple(offset, offset), fc.array(offset, { maxLength: 3 }), fc.constant(null)),
  },
  { requiredKeys: [] },
);

const header = fc.oneof(
  fc.dictionary(fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('__proto__', '__metadata__', 'a')), entry, {
    maxKeys: 4,
  }),
  fc.record({ __metadata__: fc.jsonValue(), a: entry }),
  fc.jsonValue(),
);

/** A header of safetensors that is nearly right, and a length that may lie. */
export const safetensorsFile: fc.Arbitrary<Uint8Array> = fc
  .record({
    header,
    body: fc.uint8Array({ maxLength: 96 }),
    lie: fc.option(fc.constantFrom(0n, 1n, 99_999_999n, 100_000_001n, 2n ** 63n, 2n ** 64n - 1n), { freq: 8 }),
  })
  .map(({ header: value, body, lie }) => {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    const length = new Uint8Array(BigUint64Array.of(lie ?? BigInt(bytes.length)).buffer);
    return join(length, bytes, body);
  });

/** Opcodes with their arguments, the wrong ones among them. */
const opcode = fc.oneof(
  fc.constantFrom(
    ...'()]}N\x88\x89aeusbtR.0122'.split(''),
    '\x85',
    '\x86',
    '\x87',
    '\x81',
    '\x93',
    '\x94',
    'Q',
    'l',
    'd',
  ),
  fc.nat(300).map((index) => `q${String.fromCharCode(index & 255)}`),
  fc.nat(12).map((index) => `q${String.fromCharCode(index)}h${String.fromCharCode(index)}`),
  fc.string({ maxLength: 8 }).map((value) => text(value.replace(/[^\x20-\x7e]/g, '?'))),
  fc.integer().map((value) => int(value)),
  fc.array(fc.nat(9), { maxLength: 4 }).map((values) => tuple(values)),
  fc
    .constantFrom(
      'collections\nOrderedDict',
      'torch._utils\n_rebuild_tensor_v2',
      'torch\nFloatStorage',
      'os\nsystem',
      'numpy\ndtype',
    )
    .map((n) => `c${n}\n`),
  fc.constantFrom(
    'X\xff\xff\xff\xff',
    '\x8b\xff\xff\xff\x7f',
    '\x8a\xff',
    'r\xff\xff\xff\xff',
    'j\x01\0\0\0',
    'I99999999999999999999\n',
  ),
  fc.nat(255).map((code) => String.fromCharCode(code)),
);

const numbers = fc.oneof(fc.nat(5), fc.constantFrom(-1, 2 ** 20, 2 ** 31 - 1, 0x7ffffff0));
const view = fc.record(
  {
    elements: numbers,
    offset: numbers,
    shape: fc.array(numbers, { maxLength: 4 }),
    strides: fc.array(numbers, { maxLength: 4 }),
  },
  { requiredKeys: [] },
);

const storage = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

/** The pickles before PyTorch 1.6 around one of random opcodes, and what may be its storages. */
function legacyFile(pickle: string, rest: Uint8Array): Uint8Array {
  const magic = '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.';
  const letters = `${magic}\x80\x02M\xe9\x03.\x80\x02}.\x80\x02${pickle}.\x80\x02](${text('0')}e.`;
  return join(
    Uint8Array.from(letters, (letter) => letter.charCodeAt(0)),
    rest,
  );
}

/** Pickles of random opcodes, and tensors whose numbers do not fit, in sound archives. */
export const torchFile: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.array(opcode, { maxLength: 40 }).map((codes) => torchZip(codes.join(''), { 0: storage })),
  fc.array(view, { minLength: 1, maxLength: 3 }).map((views) => {
    const items = views.map((one, i) => `${text(`t${i}`)}${tensorPickle(one)}`);
    return torchZip(`}(${items.join('')}u`, { 0: storage });
  }),
  fc
    .tuple(fc.array(opcode, { maxLength: 40 }), fc.uint8Array({ maxLength: 40 }))
    .map(([codes, rest]) => legacyFile(codes.join(''), rest)),
  fc.integer({ min: 2, max: 30 }).map((depth) => torchZip(`]q\0${'](h\0h\0eq\0'.repeat(depth)}`)),
  fc
    .dictionary(
      fc.constantFrom('a/data.pkl', 'b/data.pkl', 'data.pkl', 'a/data/0', 'a/byteorder', '../a', ''),
      fc.uint8Array(),
    )
    .map((records) => zipOf(records)),
);

/** Indexes of shards that lead anywhere. */
export const shardIndex: fc.Arbitrary<Uint8Array> = fc
  .oneof(
    fc.record({
      weight_map: fc.dictionary(
        fc.string(),
        fc.oneof(
          fc.constantFrom(
            'model-00001-of-00002.safetensors',
            '../x',
            '/etc/passwd',
            'file:///etc/passwd',
            '',
            '.',
            'C:x',
            'a\\b',
          ),
          fc.jsonValue(),
        ),
      ),
    }),
    fc.jsonValue(),
  )
  .map((json) => new TextEncoder().encode(JSON.stringify(json)));
