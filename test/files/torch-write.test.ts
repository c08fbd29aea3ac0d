import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/files/checkpoint.ts';
import { writeTorchFile } from '../../src/files/torch-write.ts';

const entries = [
  { name: 'layers.0.weight', shape: [2, 3], data: Float32Array.of(1, -2, 3, 4, 5, 6) },
  { name: '한글', shape: [], data: Float32Array.of(7) },
  { name: 'empty', shape: [0, 4], data: new Float32Array(0) },
];

describe('writeTorchFile', () => {
  it.each([[[]], [['model_state_dict']], [['a', 'b']]])('writes what the reader reads, within %j', async (within) => {
    const file = await openCheckpoint(writeTorchFile(entries, { within }));
    expect(file.format).toBe('torch');
    expect(file.names).toEqual(entries.map(({ name }) => [...within, name].join('.')));
    for (const { name, shape, data } of entries)
      expect(await file.read([...within, name].join('.'))).toEqual({ dtype: 'float32', shape, data });
  });

  it('puts tensors at multiples of 64 bytes, with the checksums that torch.load looks at', () => {
    const bytes = writeTorchFile([{ name: 'x', shape: [9], data: new TextEncoder().encode('123456789') as never }]);
    expect(bytes.length).toBeGreaterThan(0);
    const view = new DataView(writeTorchFile(entries).buffer);
    let at = 0;
    const starts: number[] = [];
    while (view.getUint32(at, true) === 0x04034b50) {
      const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
      starts.push(start);
      at = start + view.getUint32(at + 18, true);
    }
    expect(starts.every((start) => start % 64 === 0)).toBe(true);
    // CRC-32 of the ASCII digits 1 to 9, from the definition of the checksum.
    const name = Uint8Array.from('archive/data/0', (character) => character.charCodeAt(0));
    const place = bytes.findIndex((_, i) => name.every((byte, j) => bytes[i + j] === byte));
    expect(new DataView(bytes.buffer).getUint32(place - 16, true)).toBe(0xcbf43926);
  });

  it('refuses a name that comes twice, and a shape that its values do not fill', () => {
    const [first] = entries;
    expect(() => writeTorchFile([first, first] as never)).toThrow(/same name/);
    expect(() => writeTorchFile([{ name: 'x', shape: [2], data: new Float32Array(3) }])).toThrow(/3 values/);
  });
});
