/** Addresses that give no file: what is wrong with them is said, and no secret of theirs is. */

import { expect, it } from 'vitest';
import { openCheckpoint } from '../../src/files/checkpoint.ts';
import { asResourceError } from '../../src/files/location.ts';
import { loadPicture } from '../../src/model/image/source.ts';
import { GlassFlamingoError } from '../../src/tensor/errors.ts';
import { readBytes } from '../../src/training/prompts-on-disk.ts';
import { load } from '../../src/zoo/load.ts';

const READERS = { loadPicture, openCheckpoint, load };

it.each([
  ['https://name:secret@127.0.0.1:1/x', /holds a name or a password/],
  ['https://secret@127.0.0.1:1/x', /holds a name or a password/],
  ['http://127.0.0.1:1/x', /cannot be read \((ECONNREFUSED|bad port)\)/],
  ['data:,hi', /is text|holds no files|2 bytes/],
  ['data:image/png;base64,@@', /cannot be read|holds no files/],
  ['file://host/x', /names another machine/],
  ['file:///tmp/%00', /a character of value 0/],
])('%s is refused in a sentence', async (address, reason) => {
  for (const read of Object.values(READERS)) {
    const error = await read(address).then(
      () => null,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(GlassFlamingoError);
    expect(String(error)).toMatch(reason);
    expect(String(error)).not.toContain('secret');
  }
});

it('says of a file of prompts what it says of any other', async () => {
  const failure = (what: string): Error => new Error(what);
  await expect(readBytes('a\0b.json', failure)).rejects.toThrow('is no path: it holds a character of value 0');
});

it("tells a system's error by its code, not in Node's words", () => {
  const error = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  expect(asResourceError('a.png', error).message).toBe('a.png cannot be read (EIO)');
});
