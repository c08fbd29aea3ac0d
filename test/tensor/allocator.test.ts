import { expect, it } from 'vitest';
import { Allocator } from '../../src/tensor/devices/simd/allocator.ts';
import { SimdMachine } from '../../src/tensor/devices/simd/machine.ts';
import { openDevice, Random, type SimdDevice, scope, tensor } from '../../src/tensor/index.ts';

/** A memory of which only the size is real. */
function memory(most: number): { blocks: Allocator; size: () => number } {
  let size = 4096;
  const blocks = new Allocator(
    () => size,
    (bytes) => {
      if (bytes > most) throw new Error('full');
      size = Math.min(most, Math.max(bytes, 1.5 * size));
    },
  );
  return { blocks, size: () => size };
}

it('never gives the same byte twice, whatever is freed and when the memory is full', () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed);
    const { blocks } = memory(200_000);
    const live: { pointer: number; bytes: number }[] = [];
    let full = 0;
    for (let step = 0; step < 3000; step++) {
      if (live.length > 0 && random.uniform() < 0.5) {
        const [block] = live.splice(Math.floor(random.uniform() * live.length), 1);
        blocks.free(block?.pointer as number, block?.bytes as number);
        continue;
      }
      const bytes = Math.floor(1 + 20_000 * random.uniform() ** 4);
      try {
        const pointer = blocks.allocate(bytes);
        expect(pointer % 64).toBe(0);
        expect(pointer).toBeGreaterThan(0);
        expect(pointer + bytes).toBeLessThanOrEqual(200_000);
        const clash = live.find((other) => pointer < other.pointer + other.bytes && other.pointer < pointer + bytes);
        expect(clash).toBeUndefined();
        live.push({ pointer, bytes });
      } catch (error) {
        expect(String(error)).toContain('full');
        full++;
      }
    }
    for (const { pointer, bytes } of live) blocks.free(pointer, bytes);
    expect(blocks.allocate(170_000)).toBe(64); // all of it is one block again
    if (seed === 0) expect(full).toBeGreaterThan(0);
  }
});

it('serves tensors that grow from what smaller ones left', () => {
  const { blocks, size } = memory(2 ** 30);
  for (let bytes = 1000; bytes < 100_000; bytes += 1000) blocks.free(blocks.allocate(bytes), bytes);
  expect(size()).toBeLessThan(6 * 100_000);
});

it('gives back the end of the memory: what is larger than all that was freed begins where that began', () => {
  const { blocks } = memory(100_000);
  const held = blocks.allocate(8192);
  blocks.free(blocks.allocate(60_000), 60_000);
  expect(blocks.allocate(90_000)).toBe(held + 8192);
});

it('keeps the scratch block of an operation apart after an operation ran out of memory', async () => {
  const machine = new SimdMachine();
  const first = machine.workspace(1000);
  expect(() => machine.workspace(2 ** 33)).toThrow('out of memory');
  const block = machine.allocate(1000);
  expect(block).toBe(first);
  expect(machine.workspace(1000)).not.toBe(block);
});

it('has room for a large tensor after many small ones', async () => {
  const device = (await openDevice('simd')) as SimdDevice;
  for (let size = 1; size < 400; size += 3) {
    scope(device, () => {
      const x = tensor(device, new Float32Array(size * 2000));
      return void x.add(x).sum();
    });
  }
  expect(device.machine.reservedBytes).toBeLessThan(2 ** 26);
});
