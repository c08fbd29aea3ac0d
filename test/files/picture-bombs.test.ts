/** Pictures that declare little and hold much: refused by what is declared, or read as far as it goes, at no cost. */
import { expect, it } from 'vitest';
import { readPicture } from '../../src/files/picture/read.ts';
import { BOMBS } from '../support/picture-bombs.ts';

it.each(BOMBS)('%s: little memory, whatever it would unpack to', async (_, make, outcome) => {
  const bytes = make();
  const before = process.resourceUsage().maxRSS;
  const told = await readPicture(bytes, 'bomb').then(
    ({ width, height }) => `${width} x ${height}`,
    (error: Error) => error.message,
  );
  expect(told).toMatch(outcome);
  expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(200);
});
