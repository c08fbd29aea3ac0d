import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSafetensors } from '../../src/files/safetensors.ts';

import { compareSavedFiles } from '../../src/parity/saved-files.ts';
import { failures, goldens } from './support.ts';

const golden = join(goldens, 'open-flamingo/opt-every-1');
const folder = mkdtempSync(join(tmpdir(), 'saved-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('files that OpenFlamingo saved after training', () => {
  it('hold its trained weights bit for bit, with and without the words of save_checkpoint', async () => {
    const io = await openSafetensors(readFileSync(join(golden, 'io.safetensors')));
    const compared = await compareSavedFiles(golden, io);
    expect(failures(compared)).toEqual([]);
    const trained = io.names.filter((name) => name.startsWith('out.train.final.')).length;
    expect(compared).toHaveLength(2 * trained);
  });

  it('one bit that differs is found, and named', async () => {
    const io = await openSafetensors(readFileSync(join(golden, 'io.safetensors')));
    const name = 'out.train.final.perceiver.latents';
    const latents = Buffer.from(new Uint8Array((await io.read(name)).data.buffer.slice(0)));
    const bytes = Buffer.from(readFileSync(join(golden, 'flat.pt')));
    const at = bytes.indexOf(latents);
    expect(at).toBeGreaterThan(0);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    writeFileSync(join(folder, 'flat.pt'), bytes);
    const wrong = (await compareSavedFiles(folder, io)).filter(({ verdict }) => verdict !== 'pass');
    expect(wrong.map(({ tensor }) => tensor)).toEqual(['flat.pt: perceiver.latents']);
  });
});
