import { describe, expect, it } from 'vitest';
import type { StateSource } from '../../../src/files/checkpoint-source.ts';
import { type StoredValues, toFloat32 } from '../../../src/files/element-types.ts';
import { openSafetensors, writeSafetensors } from '../../../src/files/safetensors.ts';
import { mapSource } from '../../../src/nn/state-dict.ts';
import { ShapeError } from '../../../src/tensor/index.ts';
import { inOurNames, inTheirNames, part, type RenameTable, together } from '../../../src/zoo/names/rename.ts';

/** Tensors of rows that count up from `first`, a different number for each. */
function source(shapes: Readonly<Record<string, readonly [shape: readonly number[], first: number]>>): StateSource {
  const entries = Object.entries(shapes).map(([name, [shape, first]]) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    const data = Float32Array.from({ length: size }, (_, i) => first + i);
    return [name, { shape, dtype: 'float32' as const, data }] as const;
  });
  return mapSource(new Map(entries));
}

const numbers = async (of: StateSource, name: string): Promise<number[]> => Array.from((await of.read(name)).data);

async function expectSame(a: StateSource, b: StateSource): Promise<void> {
  expect([...a.names].sort()).toEqual([...b.names].sort());
  for (const name of a.names) {
    expect(a.info(name).shape, name).toEqual(b.info(name).shape);
    expect(await a.read(name), name).toEqual(await b.read(name));
  }
}

describe('stacked rows', () => {
  it('by groups: parts are taken from each, and put back there', async () => {
    const table: RenameTable = [{ ours: ['*.q', '*.k', '*.v'], theirs: '*.qkv', groups: 2 }];
    const theirs = source({ '0.qkv': [[12], 0] }); // two heads: q 0 1 k 2 3 v 4 5, then q 6 7 k 8 9 v 10 11
    const ours = inOurNames(theirs, table);
    expect(await numbers(ours, '0.q')).toEqual([0, 1, 6, 7]);
    expect(await numbers(ours, '0.k')).toEqual([2, 3, 8, 9]);
    expect(await numbers(ours, '0.v')).toEqual([4, 5, 10, 11]);
    await expectSame(inTheirNames(ours, table), theirs);
  });

  it('of different heights', async () => {
    const table: RenameTable = [{ ours: ['q', 'kv'], theirs: 'all', rows: [4, 2], groups: 2 }];
    const theirs = source({ all: [[6, 1], 0] });
    const ours = inOurNames(theirs, table);
    expect(await numbers(ours, 'q')).toEqual([0, 1, 3, 4]);
    expect(await numbers(ours, 'kv')).toEqual([2, 5]);
    expect(ours.info('kv').shape).toEqual([2, 1]);
    await expectSame(inTheirNames(ours, table), theirs);
  });

  it('several of theirs in one of ours, and apart again', async () => {
    const table: RenameTable = [
      { ours: 'embedding', theirs: ['embed', 'additional'], rows: [3, 1] },
      { ours: '*.toKV', theirs: ['*.to_k', '*.to_v'] },
    ];
    const theirs = source({
      embed: [[3, 2], 0],
      additional: [[1, 2], 50],
      '4.to_v': [[2, 2], 70],
      '4.to_k': [[2, 2], 60],
    });
    const ours = inOurNames(theirs, table);
    expect(ours.names).toEqual(['embedding', '4.toKV']);
    expect(await numbers(ours, 'embedding')).toEqual([0, 1, 2, 3, 4, 5, 50, 51]);
    expect(await numbers(ours, '4.toKV')).toEqual([60, 61, 62, 63, 70, 71, 72, 73]);
    await expectSame(inTheirNames(ours, table), theirs);
  });

  it('transposed as well', async () => {
    const table: RenameTable = [{ ours: ['q', 'k'], theirs: 'qk', transposed: true }];
    const theirs = source({ qk: [[2, 4], 0] }); // columns 0 4, 1 5 are q, the others k
    const ours = inOurNames(theirs, table);
    expect(await numbers(ours, 'q')).toEqual([0, 4, 1, 5]);
    expect(await numbers(ours, 'k')).toEqual([2, 6, 3, 7]);
    await expectSame(inTheirNames(ours, table), theirs);
  });

  it('keep their names while one of them is missing', () => {
    const table: RenameTable = [{ ours: 'toKV', theirs: ['to_k', 'to_v'] }];
    expect(inOurNames(source({ to_k: [[2], 0] }), table).names).toEqual(['to_k']);
    const stacked: RenameTable = [{ ours: ['toK', 'toV'], theirs: 'to_kv' }];
    expect(inTheirNames(source({ toK: [[2], 0] }), stacked).names).toEqual(['toK']);
  });

  it.each([
    [{ ours: ['a', 'b'], theirs: 'x' }, "the rows of 'x' should be 2 equal parts in 1 groups"],
    [{ ours: ['a', 'b'], theirs: 'x', rows: [4, 2] }, "the rows of 'x' should be 4 + 2 in 1 groups"],
    [{ ours: 'a', theirs: 'x', transposed: true }, "'x' should be a matrix"],
  ])('refuse a tensor that is not made of them: %j', async (rule, message) => {
    const ours = inOurNames(source({ x: [[7], 0] }), [rule]);
    expect(() => ours.info('a')).toThrow(ShapeError);
    expect(() => ours.info('a')).toThrow(message);
    await expect(ours.read('a')).rejects.toThrow(message);
  });

  it('refuse to be joined when their rows differ in length', async () => {
    const ours = inOurNames(source({ x: [[2, 3], 0], y: [[2, 4], 0] }), [{ ours: 'a', theirs: ['x', 'y'] }]);
    expect(() => ours.info('a')).toThrow("'x, y' should have rows of one length");
    await expect(ours.read('a')).rejects.toThrow(ShapeError);
  });
});

describe('other names', () => {
  const tied: RenameTable = [
    { ours: 'embedding.weight', theirs: 'embed.weight' },
    { ours: 'embedding.weight', theirs: 'head.weight', alias: true },
  ];

  it('an alias is read where the name is missing, in any order, and never written', async () => {
    const alone = inOurNames(source({ 'head.weight': [[2], 5] }), tied);
    expect(await numbers(alone, 'embedding.weight')).toEqual([5, 6]);
    for (const names of [
      ['embed.weight', 'head.weight'],
      ['head.weight', 'embed.weight'],
    ]) {
      const both = Object.fromEntries(names.map((name) => [name, [[2], name === 'embed.weight' ? 1 : 5] as const]));
      const ours = inOurNames(source(both), tied);
      expect(ours.names).toEqual(['embedding.weight']);
      expect(await numbers(ours, 'embedding.weight')).toEqual([1, 2]);
    }
    expect(inTheirNames(alone, tied).names).toEqual(['embed.weight']);
  });

  it('a name without one of ours is left out', () => {
    const table: RenameTable = [{ ours: [], theirs: 'h.*.attn.bias' }];
    expect(inOurNames(source({ 'h.3.attn.bias': [[1], 0], 'h.3.bias': [[1], 0] }), table).names).toEqual(['h.3.bias']);
  });
});

describe('half precision', () => {
  const table: RenameTable = [
    { ours: ['q', 'k'], theirs: 'qk', groups: 2 },
    { ours: 'kv', theirs: ['to_k', 'to_v'] },
    { ours: 'projection', theirs: 'proj', transposed: true },
    { ours: 'mixed', theirs: ['half', 'whole'] },
  ];
  const entry = (name: string, shape: number[], dtype: 'F16' | 'BF16' | 'F32') => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + name.length / 4);
    return { name, shape, data, dtype };
  };
  const bytes = writeSafetensors([
    entry('qk', [8, 2], 'F16'),
    entry('to_k', [2, 3], 'BF16'),
    entry('to_v', [4, 3], 'BF16'),
    entry('proj', [2, 3], 'F16'),
    entry('half', [1, 2], 'F16'),
    entry('whole', [1, 2], 'F32'),
    entry('plain', [2, 2], 'F16'),
  ]);

  it('stays as it is through every way of renaming, where all parts have it', async () => {
    const ours = inOurNames(await openSafetensors(bytes), table);
    const types: Record<string, string> = {};
    for (const name of ours.names) {
      const stored = (await ours.readStored?.(name)) as StoredValues;
      types[name] = stored.dtype;
      expect(stored.shape).toEqual(ours.info(name).shape);
      expect(toFloat32(stored), name).toEqual(await ours.read(name));
    }
    const half = { q: 'float16', k: 'float16', projection: 'float16', plain: 'float16' };
    expect(types).toEqual({ ...half, kv: 'bfloat16', mixed: 'float32' });
  });

  it('stays under a prefix, and comes widened from a source that has no other', async () => {
    const file = await openSafetensors(writeSafetensors([entry('lm.a', [2, 2], 'F16')]));
    expect((await part(file, 'lm.').readStored?.('a'))?.dtype).toBe('float16');
    expect((await inOurNames(source({ a: [[2], 0] }), []).readStored?.('a'))?.dtype).toBe('float32');
  });
});

describe('several files', () => {
  it('are one source, half precision included', async () => {
    const data = Float32Array.of(1, 2);
    const half = await openSafetensors(writeSafetensors([{ name: 'half', shape: [2], data, dtype: 'F16' }]));
    const both = together([half, source({ whole: [[2], 3] })]);
    expect(both.names).toEqual(['half', 'whole']);
    expect(both.info('whole').shape).toEqual([2]);
    expect(await numbers(both, 'half')).toEqual([1, 2]);
    expect((await both.readStored?.('half'))?.dtype).toBe('float16');
    expect((await both.readStored?.('whole'))?.dtype).toBe('float32');
  });

  it('may not hold the same name', async () => {
    const twice = [source({ a: [[1], 0] }), source({ a: [[1], 1] })];
    expect(() => together(twice)).toThrow("[together] two of the files hold 'a'");
    await expect(together([]).read('a')).rejects.toThrow("none of the files holds 'a'");
  });
});
