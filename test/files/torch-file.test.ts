import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/files/byte-source.ts';
import { WeightsFileError } from '../../src/files/byte-source.ts';
import { torchNames } from '../../src/files/element-types.ts';
import { fileSource } from '../../src/files/file-source.ts';
import { openSafetensors } from '../../src/files/safetensors.ts';
import { openTorchFile } from '../../src/files/torch-file.ts';
import { int, tensorPickle, text, torchZip, zipOf } from '../support/torch-zip.ts';
import { FILES, failure, goldenFiles, READ_SINCE } from './support/golden-files.ts';

const bits = (data: Float32Array | Int32Array): number[] => Array.from(new Int32Array(data.buffer));
const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

describe('good files', () => {
  const files = Object.entries(goldenFiles.good).filter(([file]) => file.startsWith('torch/'));

  it.each(files)('reads %s', async (file, { tensors }) => {
    const opened = await openTorchFile(await fileSource(join(FILES, file)));
    const expected = await openSafetensors(readFileSync(join(FILES, 'expected.safetensors')));
    expect([...opened.names].sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, { dtype, shape, text: integers }] of Object.entries(tensors)) {
      const info = opened.info(name);
      expect([torchNames[info.dtype], info.shape]).toEqual([dtype, shape]);
      const values = await opened.read(name);
      expect(values.shape).toEqual(shape);
      if (integers) expect(Array.from(values.data)).toEqual(integers.map(Number));
      else expect(bits(Float32Array.from(values.data))).toEqual(bits((await expected.read(`${file}:${name}`)).data));
    }
  });

  it('keeps the order of keys', async () => {
    const { names } = await openTorchFile(await fileSource(join(FILES, 'torch/ordered.pt')));
    expect(names).toEqual(Object.keys(goldenFiles.good['torch/ordered.pt']?.tensors ?? {}));
  });

  it('gives what is not a tensor by its path', async () => {
    const { values } = await openTorchFile(await fileSource(join(FILES, 'torch/nested.pt')));
    expect(values.get('epoch')).toBe(3);
    expect(values.get('optimizer_state_dict.param_groups.0.betas.1')).toBe(0.999);
    expect(values.get('optimizer_state_dict.param_groups.0.maximize')).toBe(null);
    expect(values.get('lr_scheduler_state_dict.name')).toBe('cosine');
  });

  it('reads the directory and the pickle first, and of a storage only what a tensor spans', async () => {
    const elements = 2 ** 18;
    const bytes = torchZip(tensorPickle({ elements, offset: 1000, shape: [3, 3], strides: [6, 1] }), {
      0: new Uint8Array(Float32Array.from({ length: elements }, (_, i) => i).buffer),
    });
    const reads: number[] = [];
    const source: ByteSource = {
      size: bytes.length,
      read: async (start, end) => {
        reads.push(end - start);
        return bytes.subarray(start, end);
      },
    };
    const file = await openTorchFile(source);
    // The end record is looked for where a comment of 64 KiB would let it be.
    expect(reads.reduce((sum, count) => sum + count)).toBeLessThan(2 ** 16 + 2048);
    reads.length = 0;
    expect(Array.from((await file.read('')).data)).toEqual([0, 1, 2, 6, 7, 8, 12, 13, 14].map((i) => 1000 + i));
    await file.read('');
    expect(reads).toEqual([30, 60, 60]); // the record's own header once, then 15 elements
  });

  it('reads protocol 1, bytes, large integers and names of types', async () => {
    const pickle = `}(${text('a')}L-1099511627776L\n${text('b')}I01\n${text('c')}\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x01${text('d')}ctorch\nfloat16\n${text('e')}C\x02hiu`;
    const { values } = await openTorchFile(torchZip(pickle));
    expect(Object.fromEntries(values)).toEqual({
      a: -(2 ** 40),
      b: true,
      c: 2n ** 64n,
      d: 'torch.float16',
      e: Uint8Array.of(104, 105),
    });
  });
});

describe('broken files', () => {
  const also: Readonly<Record<string, string>> = {
    'broken/pickle-inst.pt': 'opcode-refused',
  };
  const files = Object.entries(goldenFiles.broken).filter(
    ([file]) => file.endsWith('.pt') && !READ_SINCE.includes(file),
  );

  it.each(files)('refuses %s', async (file, { kind }) => {
    const error = await failure(openTorchFile(readFileSync(join(FILES, file))));
    expect(error).toBeInstanceOf(WeightsFileError);
    expect((error as WeightsFileError).kind).toBe(also[file] ?? kind);
  });

  it.each([
    ['malicious-system', 'posix.system'],
    ['malicious-eval', '__builtin__.eval'],
    ['unknown-global', 'collections.Counter'],
    ['whole-module', 'torch.nn.modules.linear.Linear'],
    ['pickle-getattr', '__builtin__.getattr'],
  ])('names what %s asks for', async (file, name) => {
    await expect(openTorchFile(readFileSync(join(FILES, `broken/${file}.pt`)))).rejects.toThrow(`"${name}"`);
  });

  const storage = { 0: four };
  it.each<[string, string, string]>([
    ['a list in itself', ']q\0h\0a', 'too-many-values'],
    ['2^40 values of 160 bytes', `]q\0${'](h\0h\0eq\0'.repeat(40)}`, 'too-many-values'],
    ['a long key above many values', `}(${text('k'.repeat(3000))}](${'N'.repeat(50_000)}eu`, 'too-many-values'],
    ['two values of one name', `}(${text('a.b')}N${text('a')}}(${text('b')}Nuu`, 'duplicate-name'],
    ['a view of 2^30 elements of one', tensorPickle({ shape: [2 ** 30], strides: [0] }), 'tensor-invalid'],
    [
      'a shape beyond counting',
      tensorPickle({ shape: [2 ** 31 - 1, 2 ** 31 - 1], strides: [0, 0] }),
      'tensor-outside-storage',
    ],
    ['strides that reach outside', tensorPickle({ strides: [4, 1] }), 'tensor-outside-storage'],
    ['more axes than strides', tensorPickle({ strides: [1] }), 'tensor-invalid'],
    ['a negative stride', tensorPickle({ strides: [-2, 1] }), 'tensor-invalid'],
    ['a storage of 2^31 - 1', tensorPickle({ elements: 2 ** 31 - 1 }), 'storage-short'],
    ['a view marked as what is not known', tensorPickle({ more: `}(${text('x')}\x88u` }), 'tensor-invalid'],
    ['a call of a type', 'ctorch\nfloat16\n)R', 'opcode-refused'],
    ['attributes of a tensor', `${tensorPickle()}}b`, 'opcode-refused'],
    ['a key that is a list', `}(]Nu`, 'pickle-invalid'],
    ['a text longer than the pickle', 'X\xff\xff\xff\x7f', 'pickle-invalid'],
    ['an integer of 2^31 bytes', '\x8b\0\0\0\x80', 'pickle-invalid'],
    ['extension codes', '\x82\x01', 'opcode-refused'],
  ])('refuses %s', async (_, pickle, kind) => {
    expect(await failure(openTorchFile(torchZip(pickle, storage)))).toMatchObject({ name: 'WeightsFileError', kind });
  });

  it('reads a view that is marked as negative', async () => {
    const file = await openTorchFile(torchZip(tensorPickle({ more: `}(${text('neg')}\x88u` }), storage));
    expect(Array.from((await file.read('')).data)).toEqual([-1, -2, -3, -4]);
  });

  it('reads a view that is marked as nothing', async () => {
    const file = await openTorchFile(torchZip(tensorPickle({ more: '}' }), storage));
    expect(Array.from((await file.read('')).data)).toEqual([1, 2, 3, 4]);
  });

  describe('tensors to which attributes were given, as FullyShardedDataParallel saves them', () => {
    const attributed = (type: string, made = tensorPickle(), given = rebuild(made)) =>
      `ctorch._tensor\n_rebuild_from_type_v2\n(${given}${type}${argumentsOf(made)}}${text('_has_been_cloned')}\x88stR`;
    const rebuild = (made: string) => made.slice(0, made.indexOf('('));
    const argumentsOf = (made: string) => made.slice(made.indexOf('('), -1); // without REDUCE

    it('reads their values', async () => {
      const file = await openTorchFile(torchZip(attributed('ctorch\nTensor\n'), storage));
      expect(file.info('').shape).toEqual([2, 2]);
      expect(Array.from((await file.read('')).data)).toEqual([1, 2, 3, 4]);
    });

    it.each([
      ['another class', attributed('ctorch\nfloat16\n'), 'pickle-invalid'],
      ['an unknown class', attributed('cmine\nTensor\n'), 'global-refused'],
      ['another function', attributed('ctorch\nTensor\n', tensorPickle(), 'ctorch\ndevice\n'), 'pickle-invalid'],
      [
        'a view that reaches outside',
        attributed('ctorch\nTensor\n', tensorPickle({ offset: 1 })),
        'tensor-outside-storage',
      ],
    ])('refuses %s', async (_, pickle, kind) => {
      expect(await failure(openTorchFile(torchZip(pickle, storage)))).toMatchObject({ name: 'WeightsFileError', kind });
    });
  });

  it('reads a view that repeats a little', async () => {
    const file = await openTorchFile(torchZip(tensorPickle({ offset: 1, shape: [3, 2], strides: [0, 2] }), storage));
    expect(Array.from((await file.read('')).data)).toEqual([2, 4, 2, 4, 2, 4]);
  });

  it('says at which byte of the pickle', async () => {
    await expect(openTorchFile(torchZip('NNN\xff'))).rejects.toThrow('data.pkl, byte 5: there is no opcode 0xff');
  });

  it('refuses one record twice, two folders, and a record that reaches beyond the file', async () => {
    const pickle = '\x80\x02N.';
    const two = zipOf({ 'a/data.pkl': pickle, 'b/data.pkl': pickle });
    expect(await failure(openTorchFile(two))).toMatchObject({ kind: 'record-missing' });
    const one = zipOf({ 'a/data.pkl': pickle, 'a/data/0': four });
    const again = one.slice();
    const at = Buffer.from(again).lastIndexOf('a/data/0');
    expect(at).toBeGreaterThan(0);
    new DataView(again.buffer).setUint32(at - 46 + 24, 1e9, true);
    new DataView(again.buffer).setUint32(at - 46 + 20, 1e9, true);
    expect(await failure(openTorchFile(again))).toMatchObject({ kind: 'zip-truncated' });
  });

  it('refuses a record that is not where the directory says', async () => {
    const bytes = torchZip(tensorPickle(), storage);
    bytes[Buffer.from(bytes).indexOf('PK\x03\x04', 4)] = 0;
    const file = await openTorchFile(bytes);
    expect(await failure(file.read(''))).toMatchObject({ kind: 'zip-invalid' });
  });

  it('names a tensor that is not there', async () => {
    const file = await openTorchFile(torchZip(`}(${text('a')}${int(1)}u`));
    expect(() => file.info('x')).toThrow('there is no tensor "x"');
  });
});
