import { expect, test } from 'vitest';
import { WeightsFileError } from '../../src/files/byte-source.ts';
import { openCheckpoint } from '../../src/files/checkpoint.ts';
import { openSafetensors } from '../../src/files/safetensors.ts';

const place = (file: string): URL => new URL(`/test/fixtures/goldens/files/${file}`, location.href);
const bytes = async (file: string) => new Uint8Array(await (await fetch(place(file))).arrayBuffer());

const FILES = ['nested.pt', 'shared-storage.pt', 'strided.pt', 'types.pt', 'zip64.pt', 'korean-keys.pt'];

test.each(FILES)('a page reads %s by its address, and from bytes, as Node does', async (file) => {
  const expected = await openSafetensors(await bytes('expected.safetensors'));
  for (const source of [place(`torch/${file}`), await bytes(`torch/${file}`)]) {
    const checkpoint = await openCheckpoint(source);
    expect(checkpoint.format).toBe('torch');
    let compared = 0;
    for (const name of checkpoint.names.filter((one) => expected.has(`torch/${file}:${one}`))) {
      const { shape, data } = await expected.read(`torch/${file}:${name}`);
      const found = await checkpoint.read(name);
      expect([found.shape, Array.from(found.data)]).toEqual([shape, Array.from(data)]);
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
  }
});

test('a page reads shards beside their index', async () => {
  const checkpoint = await openCheckpoint(place('safetensors/sharded/model.safetensors.index.json'));
  expect((await checkpoint.read('layers.1.weight')).shape).toEqual([2, 3, 4]);
});

test('a page refuses what a pickle asks for beside tensors', async () => {
  const error = await openCheckpoint(place('broken/malicious-system.pt')).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(WeightsFileError);
  expect((error as Error).message).toContain('"posix.system"');
});
