import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ByteSource, WeightsFileError } from '../../src/files/byte-source.ts';
import { fileSource } from '../../src/files/file-source.ts';
import { toBfloat16, toFloat16 } from '../../src/files/half-precision.ts';
import { openSafetensors, type SafetensorsFile, writeSafetensors } from '../../src/files/safetensors.ts';
import { fromBfloat16, fromFloat16 } from '../../src/tensor/float16.ts';

const fixtures = join(import.meta.dirname, '../fixtures/goldens/files');

interface Good {
  readonly tensors: Readonly<Record<string, { dtype: string; shape: number[]; text?: string[] }>>;
  readonly metadata?: Readonly<Record<string, string>>;
}
const index = JSON.parse(readFileSync(join(fixtures, 'index.json'), 'utf8')) as {
  good: Record<string, Good>;
  broken: Record<string, { kind: string }>;
};

/** Other right answers than the index's kind. */
const alsoRight: Record<string, string> = {
  'offsets-2e53': 'offsets-beyond-file',
  'deep-json': 'header-not-object',
};

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('good files', () => {
  const files = Object.entries(index.good).filter(([file]) => /^safetensors\/[^/]+\.safetensors$/.test(file));
  it.each(files)('reads %s', async (file, { tensors, metadata }) => {
    const opened = await openSafetensors(await fileSource(join(fixtures, file)));
    const expected = await openSafetensors(readFileSync(join(fixtures, 'expected.safetensors')));
    expect([...opened.names].sort()).toEqual(Object.keys(tensors).sort());
    expect(opened.metadata).toEqual(metadata ?? {});
    for (const [name, { shape, text }] of Object.entries(tensors)) {
      expect(opened.info(name).shape).toEqual(shape);
      if (file.endsWith('large-integers.safetensors')) {
        await expect(opened.read(name)).rejects.toMatchObject({ kind: 'integer-range' });
      } else {
        const { data } = await opened.read(name);
        const values = text ? text.map(Number) : Array.from((await expected.read(`${file}:${name}`)).data);
        expect(Array.from(data)).toEqual(values);
      }
    }
  });

  it('reads only the bytes of the tensor asked for', async () => {
    const bytes = writeSafetensors([
      { name: 'a', shape: [4], data: Float32Array.of(1, 2, 3, 4) },
      { name: 'b', shape: [2], data: Float32Array.of(5, 6) },
    ]);
    const reads: [number, number][] = [];
    const source: ByteSource = {
      size: bytes.length,
      read: async (start, end) => {
        reads.push([start, end]);
        return bytes.subarray(start, end);
      },
    };
    const file = await openSafetensors(source);
    reads.length = 0;
    expect(Array.from((await file.read('b')).data)).toEqual([5, 6]);
    expect(reads).toEqual([[bytes.length - 8, bytes.length]]);
  });

  it('lists types of less than a byte beside others, by the bytes that safetensors gives them', async () => {
    const file = (shape: number[], dtype: string, bytes: number) => {
      const part = { dtype, shape, data_offsets: [8, 8 + bytes] };
      const header = JSON.stringify({ w: { dtype: 'F32', shape: [2], data_offsets: [0, 8] }, p: part });
      const length = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
      return Uint8Array.of(...length, ...Buffer.from(header), ...new Uint8Array(8 + bytes));
    };
    for (const [dtype, bytes] of [
      ['F4', 4],
      ['F6_E2M3', 6],
      ['F6_E3M2', 6],
    ] as const) {
      const source = await openSafetensors(file([2, 4], dtype, bytes));
      expect(source.info('p')).toMatchObject({ dtype, shape: [2, 4] });
      expect((await source.read('w')).data).toHaveLength(2);
      expect(await source.readBytes('p')).toHaveLength(bytes);
      await expect(source.read('p')).rejects.toThrow('which no model here can hold');
    }
    await expect(openSafetensors(file([3], 'F4', 2))).rejects.toThrow('needs 1.5 bytes, its offsets hold 2');
  });

  it('names a tensor that is not there', async () => {
    const file = await openSafetensors(writeSafetensors([]));
    expect(() => file.info('x')).toThrow('there is no tensor "x"');
  });
});

describe('broken files', () => {
  it.each(readdirSync(join(fixtures, 'broken')).filter((file) => file.endsWith('.safetensors')))(
    'refuses %s',
    async (file) => {
      const kind = index.broken[`broken/${file}`]?.kind as string;
      const error = await failure(openSafetensors(readFileSync(join(fixtures, 'broken', file))));
      expect(error).toBeInstanceOf(WeightsFileError);
      expect([kind, alsoRight[file.split('.')[0] as string]]).toContain((error as WeightsFileError).kind);
    },
  );

  it('says so when a source returns less than asked', async () => {
    const bytes = writeSafetensors([{ name: 'a', shape: [2], data: Float32Array.of(1, 2) }]);
    const source = { size: bytes.length, read: async (start: number, end: number) => bytes.subarray(start, end - 1) };
    expect(await failure(openSafetensors(source))).toMatchObject({ kind: 'read-short' });
  });

  it('never fails in another way, whatever byte of a good file is changed', async () => {
    const good = writeSafetensors([
      { name: 'w', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      { name: 'h', shape: [3], data: Float32Array.of(1, 2, 3), dtype: 'F16' },
      { name: 'ids', shape: [2], data: Int32Array.of(7, -8), dtype: 'I64' },
    ]);
    const readAll = async (file: SafetensorsFile) => Promise.all(file.names.map((name) => file.read(name)));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(good.length),
        async (changes, cut) => {
          const bytes = good.slice(0, cut % 3 === 0 ? cut : good.length);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          const error = await failure(openSafetensors(bytes).then(readAll));
          if (error !== undefined) expect(error).toBeInstanceOf(WeightsFileError);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('writing', () => {
  it('gives back what was written, sorted and aligned', async () => {
    const entries = [
      { name: 'b', shape: [3], data: Float32Array.of(1.5, -2, 0.25), dtype: 'F16' as const },
      { name: 'c', shape: [1, 2], data: Float32Array.of(Math.PI, -0) },
      { name: 'a', shape: [2], data: Float32Array.of(1, -3), dtype: 'BF16' as const },
      { name: '__proto__', shape: [2], data: Int32Array.of(-100, 2 ** 31 - 1), dtype: 'I64' as const },
      { name: 'i', shape: [], data: Int32Array.of(4) },
      { name: 'none', shape: [0, 3], data: new Float32Array(0) },
    ];
    const bytes = writeSafetensors(entries, { format: 'pt', 글: '"플라밍고"' });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const file = await openSafetensors(bytes);
    expect(file.names).toEqual(['__proto__', 'c', 'i', 'none', 'a', 'b']);
    expect(file.metadata).toEqual({ format: 'pt', 글: '"플라밍고"' });
    for (const { name, shape, data } of entries) {
      const read = await file.read(name);
      expect(read.shape).toEqual(shape);
      expect(read.data).toEqual(data);
    }
    expect(writeSafetensors(entries.reverse(), file.metadata)).toEqual(bytes);
  });

  it('refuses names twice, shapes that do not fit, and floats as integers', () => {
    const a = { name: 'a', shape: [1], data: Float32Array.of(1.5) };
    expect(() => writeSafetensors([a, a])).toThrow('"a" is reserved or comes twice');
    expect(() => writeSafetensors([{ ...a, name: '__metadata__' }])).toThrow('reserved');
    expect(() => writeSafetensors([{ ...a, shape: [2] }])).toThrow('1 values do not fill the shape: [2]');
    expect(() => writeSafetensors([{ ...a, dtype: 'I64' }])).toThrow('floats cannot be written as I64');
  });
});

describe('half precision', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const isNaN16 = (h: number) => (h & 0x7fff) > 0x7c00;

  it('takes every float16 and bfloat16 through float32 and back', () => {
    const halves = all.filter((h) => !isNaN16(h));
    expect(toFloat16(fromFloat16(halves))).toEqual(halves);
    const brains = all.filter((h) => (h & 0x7fff) <= 0x7f80);
    expect(toBfloat16(fromBfloat16(brains))).toEqual(brains);
    expect(fromFloat16(toFloat16(Float32Array.of(Number.NaN)))).toEqual(Float32Array.of(Number.NaN));
    expect(fromBfloat16(toBfloat16(Float32Array.of(Number.NaN)))).toEqual(Float32Array.of(Number.NaN));
  });

  it('rounds to nearest, ties to even, between every two neighbours', () => {
    const positive = fromFloat16(all.subarray(0, 0x7c00));
    for (let h = 0; h + 1 < positive.length; h++) {
      const [low, high] = [positive[h] as number, positive[h + 1] as number];
      const middle = (low + high) / 2;
      const just = (high - low) * 2 ** -10;
      const even = h % 2 === 0 ? h : h + 1;
      expect(Array.from(toFloat16(Float32Array.of(middle - just, middle, middle + just)))).toEqual([h, even, h + 1]);
    }
  });

  it('goes to infinity from 65520 on and to zero below half of the smallest', () => {
    const values = Float32Array.of(65519.996, 65520, -1e30, 2 ** -25, 2 ** -25 * 1.0001, -(2 ** -26));
    expect(Array.from(fromFloat16(toFloat16(values)))).toEqual([
      65504,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0,
      2 ** -24,
      -0,
    ]);
  });

  it('rounds bfloat16 to even', () => {
    const values = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, 3.4e38);
    expect(Array.from(fromBfloat16(toBfloat16(values)))).toEqual([
      1,
      1 + 2 ** -6,
      1 + 2 ** -7,
      Number.POSITIVE_INFINITY,
    ]);
  });
});
