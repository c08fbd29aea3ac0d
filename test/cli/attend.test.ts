import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { nameOf } from '../../src/cli/attend.ts';
import { readPicture } from '../../src/flamingo.ts';
import type { AnswerWord } from '../../src/inspect/index.ts';
import { PATCH_MAP_TAPS, spreadOf, wordPatchMap } from '../../src/inspect/index.ts';
import { EXAMPLES, runWithShipped, shippedModel } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
afterAll(() => rmSync(folder, { recursive: true }));

const panda = ['attend', '--image', join(EXAMPLES, 'panda.png'), '--text', 'name :'];
const prompt = { sequence: [{ image: join(EXAMPLES, 'panda.png') }, { text: 'name :' }] };

describe('attend', () => {
  test('names its files by the words as far as a disk takes them', () => {
    expect(nameOf('빵/../ab\x1b[0m')).toBe('빵_ab_0m');
    for (const letter of ['가', '𝒳']) expect(Buffer.byteLength(nameOf(letter.repeat(300)))).toBeLessThan(200);
  });

  test('its numbers are the maps of the token that chose the word, and what covering does to it', async () => {
    const { code, out } = await runWithShipped([...panda, '--json']);
    expect(code).toBe(0);
    const { words } = JSON.parse(out) as { words: AnswerWord[] };
    const model = await shippedModel();
    expect(words.map(({ text }) => text).join(' ')).toBe((await model.answer(prompt)).text);
    const run = await model.run(prompt, { capture: [...PATCH_MAP_TAPS, 'logits'] });
    const last = (run.get('logits').shape[1] as number) - 1;
    expect(words[0]?.map).toEqual(JSON.parse(JSON.stringify(wordPatchMap(run, last, { rows: 4, columns: 4 }))));
    const [covered] = words[0]?.occlusions ?? [];
    expect(covered?.id).toBe(run.next?.id);
    const where = { picture: 0, row: [8, 9, 10, 11, 12, 13, 14, 15], column: [0, 1, 2, 3, 4, 5, 6, 7] };
    const without = await model.run(prompt, { capture: ['logits'], edit: [{ at: 'vision.pixels', set: 0, where }] });
    const id = run.next?.id as number;
    const change =
      Math.log(without.next?.probabilities[id] as number) - Math.log(run.next?.probabilities[id] as number);
    expect(covered?.changes[4]).toBeCloseTo(change, 5);
    const printed = (await runWithShipped([...panda, '--out', join(folder, 'said')])).out;
    const patches = words[0]?.map.images[0]?.patches ?? [];
    const place = (values: readonly number[], value: number): string =>
      `row ${Math.floor(values.indexOf(value) / 4)}, column ${values.indexOf(value) % 4}`;
    const [most, least] = [Math.max(...patches), Math.min(...(covered?.changes ?? []))];
    const { even, least: fewest } = spreadOf(patches);
    const shares = [fewest, most].map((share) => `${(100 * share).toFixed(1)}%`);
    const looked = even
      ? `is nearly even over the picture (${shares.join(' to ')} a patch)`
      : `looks most at ${place(patches, most)} (${shares[1]})`;
    expect(printed).toContain(
      `image 0: covering ${place(covered?.changes ?? [], least)} changes its log p by ${least.toFixed(2)}; attention ${looked}\n`,
    );
    rmSync(join(folder, 'said'), { recursive: true });
  });

  test('writes a picture for each word and image, and one figure of all', async () => {
    const { code, out } = await runWithShipped([...panda, '--out', join(folder, 'maps')]);
    expect(code).toBe(0);
    const files = readdirSync(join(folder, 'maps')).sort();
    expect(files).toEqual(['00-panda-image-0-attention.png', '00-panda-image-0-covered.png', 'attend.svg']);
    for (const file of files) expect(out).toContain(join(folder, 'maps', file));
    const picture = await readPicture(readFileSync(join(folder, 'maps', files[0] as string)), 'map');
    expect([picture.width, picture.height]).toEqual([224, 224]);
    expect(out).toContain('Attention is not attribution');
  });

  test('of an answer without a word it says so, and writes nothing', async () => {
    const argv = ['attend', '--image', join(EXAMPLES, 'panda.png'), '--text', 'name : panda'];
    const { code, out } = await runWithShipped([...argv, '--out', join(folder, 'silent')]);
    expect([code, out]).toEqual([0, expect.stringContaining('The model answers nothing')]);
    expect(readdirSync(folder)).not.toContain('silent');
  });

  test.each([
    [['attend', '--text', 'name :'], /there is no picture to look at/],
    [[...panda, '--out', join(EXAMPLES, 'panda.png')], /--out: .*panda\.png' cannot be written: a file is in the way/],
    [[...panda, '--out', join(EXAMPLES, 'panda.png', 'maps')], /a file is in the way/],
    [[...panda, '--layer', '9', '--out', join(folder, 'none')], /--layer 9: expected one of 0, 1, 2, 3/],
    [[...panda, '--layer', 'x'], /'--layer <number>' argument 'x' is invalid. expected a whole number from 0/],
  ])('%j is refused with exit code 2', async (argv, message) => {
    const { code, err } = await runWithShipped(argv);
    expect(err).toMatch(message);
    expect(code).toBe(2);
    expect(readdirSync(folder)).not.toContain('none');
  });
});
