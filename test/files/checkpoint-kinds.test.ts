import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/files/checkpoint.ts';
import { torchNames } from '../../src/files/element-types.ts';
import { writeTorchFile } from '../../src/files/torch-write.ts';
import { torchZip, zipOf } from '../support/torch-zip.ts';
import { failure } from './support/golden-files.ts';

/** Written by scripts/pytorch/checkpoint_cases.py, with what torch itself reads. */
const FILES = join(import.meta.dirname, '../fixtures/checkpoints');

interface Told {
  readonly tensors?: Readonly<
    Record<string, { readonly dtype: string; readonly shape: number[]; readonly hex: string }>
  >;
  readonly values?: Readonly<Record<string, unknown>>;
  readonly kind?: string;
}

const index = Object.entries(JSON.parse(readFileSync(join(FILES, 'index.json'), 'utf8')) as Record<string, Told>);

describe('reads as torch does', () => {
  it.each(index.filter(([, { tensors }]) => tensors))('%s', async (file, { tensors = {}, values = {} }) => {
    const checkpoint = await openCheckpoint(join(FILES, file));
    expect([...checkpoint.names].sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, { dtype, shape, hex }] of Object.entries(tensors)) {
      const info = checkpoint.info(name);
      expect([torchNames[info.dtype], info.shape], name).toEqual([dtype, shape]);
      expect(Buffer.from(await checkpoint.readBytes(name)).toString('hex'), name).toBe(hex);
    }
    for (const [path, value] of Object.entries(values)) expect(checkpoint.values.get(path), path).toEqual(value);
  });
});

describe('names and refuses', () => {
  it.each(index.filter(([, { kind }]) => kind))('%s', async (file, { kind }) => {
    const error = await failure(openCheckpoint(join(FILES, file)));
    expect(error).toMatchObject({ kind });
    expect((error as Error).message).toContain(file);
  });

  it('a complex tensor where values are wanted, not where the file is listed', async () => {
    const checkpoint = await openCheckpoint(join(FILES, 'complex.pt'));
    expect((await checkpoint.read('weight')).data).toEqual(Float32Array.of(1, 1));
    expect(await failure(checkpoint.read('c64'))).toMatchObject({ kind: 'dtype-unsupported' });
    await expect(checkpoint.read('c64')).rejects.toThrow('complex64');
  });

  it('lines of words for what they are, though a pickle may begin as they do', async () => {
    const error = await failure(openCheckpoint(new TextEncoder().encode('cat\nparrot\nquail\n')));
    expect(error).toMatchObject({ kind: 'not-a-checkpoint' });
  });

  it('an object of a class of its own, outside of TorchScript', async () => {
    const error = await failure(openCheckpoint(torchZip('c__torch__.x\nLinear\n)\x81')));
    expect(error).toMatchObject({ kind: 'global-refused' });
  });
});

describe('the format before PyTorch 1.6', () => {
  it('reads pickles longer than what is read at first', async () => {
    const whole = readFileSync(join(FILES, 'legacy-flat.pt'));
    const at = whole.indexOf('X\x08\x00\x00\x00a.weight', 0, 'latin1');
    const comment = Buffer.alloc(400_000, 'x');
    const length = Buffer.from(Uint32Array.of(comment.length).buffer);
    // A long text is pushed and dropped again.
    const longer = Buffer.concat([
      whole.subarray(0, at),
      Buffer.from('X'),
      length,
      comment,
      Buffer.from('0'),
      whole.subarray(at),
    ]);
    const [a, b] = [await openCheckpoint(new Uint8Array(whole)), await openCheckpoint(new Uint8Array(longer))];
    expect(await b.readBytes('a.weight')).toEqual(await a.readBytes('a.weight'));
  });

  it('is refused wherever it is cut', async () => {
    const whole = new Uint8Array(readFileSync(join(FILES, 'legacy-flat.pt')));
    for (let end = 20; end < whole.length; end++)
      expect(await failure(openCheckpoint(whole.slice(0, end))), `${end} bytes`).toMatchObject({
        name: 'WeightsFileError',
      });
  });
});

describe('deflated records', () => {
  const packed = new Uint8Array(readFileSync(join(FILES, 'deflated.pt')));

  it('that are damaged are refused, never read wrong', async () => {
    const sound = await openCheckpoint(packed);
    const expected = await Promise.all(sound.names.map((name) => sound.readBytes(name)));
    for (let i = 0; i < packed.length; i += 3) {
      const damaged = packed.slice();
      damaged[i] = (damaged[i] as number) ^ 0x55;
      const read = async () => {
        const file = await openCheckpoint(damaged);
        return Promise.all(file.names.map((name) => file.readBytes(name)));
      };
      const found = await read().catch((error: Error) => error);
      if (found instanceof Error) expect(found.name).toMatch(/^(TorchFile|WeightsFile|ShardIndex|Safetensors)Error$/);
      else expect(found.length).toBeLessThanOrEqual(expected.length);
    }
  });

  it('are unpacked once for all tensors of a storage', async () => {
    const views = await openCheckpoint(join(FILES, 'deflated-views.pt'));
    const plain = await openCheckpoint(join(FILES, 'views.pt'));
    for (const name of plain.names) expect(await views.readBytes(name)).toEqual(await plain.readBytes(name));
  });
});

it('still reads what it writes, and says what a zip of something else is', async () => {
  const entries = [{ name: 'a', shape: [2], data: Float32Array.of(1, 2) }];
  expect((await openCheckpoint(writeTorchFile(entries))).names).toEqual(['a']);
  expect(await failure(openCheckpoint(zipOf({ 'x/readme': '' })))).toMatchObject({ kind: 'record-missing' });
});
