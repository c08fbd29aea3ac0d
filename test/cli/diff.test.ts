import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { compareRuns } from '../../src/inspect/divergence.ts';

import { EXAMPLES, runWithShipped, shippedModel } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
afterAll(() => rmSync(folder, { recursive: true }));

function checkpoint(name: string, tensors: Record<string, number[]>): string {
  const entries = Object.entries(tensors).map(([key, values]) => {
    return { name: key, shape: [values.length], data: Float32Array.from(values) };
  });
  writeFileSync(join(folder, name), writeSafetensors(entries));
  return join(folder, name);
}

/** The cells of a printed table, by its first heading. */
function rowsAfter(text: string, heading: string): string[][] {
  const [table = ''] = (text.split(`\n${heading} `)[1] ?? '').split('\n\n');
  return table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/ {2,}/));
}

describe('diff of checkpoints', () => {
  const first = checkpoint('a.safetensors', { 'layers.0.weight': [1, 2, 4], 'layers.1.weight': [1], old: [0] });
  const empty = checkpoint('empty.safetensors', {});
  const second = checkpoint('b.safetensors', { 'layers.0.weight': [1, 2, 3], 'layers.1.weight': [1, 1], fresh: [0] });

  test('the same file is the same', async () => {
    const { code, out } = await runWithShipped(['diff', first, first]);
    expect(code).toBe(0);
    expect(out).toContain('3 tensors in both, 0 of them different');
  });

  test('names what only one has, shapes, and values with their places', async () => {
    const { code, out } = await runWithShipped(['diff', first, second]);
    expect(code).toBe(1);
    expect(out).toMatch(/only in the first \(1\): old\n/);
    expect(out).toMatch(/only in the second \(1\): fresh\n/);
    expect(out).toContain('first difference: layers.0.weight at [2]: 4 and 3, 1 apart');
    expect(out).toMatch(/layers\.0\.weight +0\.25 +1 +4 +3\n/);
    expect(out).toMatch(/layers\.1\.weight +shape +\[1\] +\[2\]\n/);
  });

  test('a tolerance and a filter can make them the same', async () => {
    const { code } = await runWithShipped(['diff', first, second, '--filter', 'layers.0.*', '--tolerance', '0.25']);
    expect(code).toBe(0);
    const less = await runWithShipped(['diff', first, second, '--filter', 'layers.0.*', '--tolerance', '0.24']);
    expect(less.code).toBe(1);
  });

  test.each([
    [[first], /expected two checkpoints/],
    [[], /expected two checkpoints/],
    [[first, second, '--text', 'x'], /expected two checkpoints/],
    [[first, join(folder, 'none.safetensors')], /none\.safetensors/],
    [
      [first, second, '--filter', 'zzz'],
      /--filter zzz names no tensor, of layers\.0\.weight, layers\.1\.weight, old\n/,
    ],
    [
      [empty, second, '--filter', 'zzz'],
      /--filter zzz names no tensor, of fresh, layers\.0\.weight, layers\.1\.weight\n/,
    ],
    [[empty, empty], /neither file holds a tensor/],
    [[first, second, '--tolerance', 'small'], /--tolerance small: expected a number/],
    [['--text', 'x'], /a second run needs/],
  ])('%j is refused with exit code 2', async (argv, message) => {
    const { code, err } = await runWithShipped(['diff', ...argv]);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('diff of runs', () => {
  const panda = ['--image', join(EXAMPLES, 'panda.png'), '--text', 'name :'];

  test('an edit is the first difference, and all numbers are those of the taps', async () => {
    const edit = { at: 'xattn.2.gate.attention', set: 0 };
    const { code, out } = await runWithShipped(['diff', ...panda, '--set', `${edit.at}=0`, '--json']);
    expect(code).toBe(1);
    const found = JSON.parse(out) as ReturnType<typeof compareRuns>;
    expect(found.first).toMatchObject({ name: edit.at, index: [0] });
    const model = await shippedModel();
    const prompt = { sequence: [{ image: join(EXAMPLES, 'panda.png') }, { text: 'name :' }] };
    const capture = ['**'];
    const expected = compareRuns(
      await model.run(prompt, { capture }),
      await model.run(prompt, { capture, edit: [edit] }),
    );
    expect(found.differences).toEqual(JSON.parse(JSON.stringify(expected.differences)));
    const printed = (await runWithShipped(['diff', ...panda, '--set', `${edit.at}=0`])).out;
    const different = expected.differences.filter(({ difference }) => difference > 0);
    expect(printed).toContain(`${expected.differences.length} taps in both, ${different.length} of them different`);
    for (const [name, ...numbers] of rowsAfter(printed, 'largest')) {
      const { difference, scale, values } = different.find((entry) => entry.name === name) as (typeof different)[0];
      [difference / scale, difference, ...values].forEach((value, i) => {
        expect(Math.abs(Number(numbers[i]) - value), name).toBeLessThanOrEqual(0.006 * Math.abs(value));
      });
    }
  });

  test('prints the chances of the next token in both runs, the first one first', async () => {
    const model = await shippedModel();
    const prompt = { sequence: [{ image: join(EXAMPLES, 'panda.png') }, { text: 'name :' }] };
    const closed = [{ at: 'xattn.*.gate.*', set: 0 }];
    const { out } = await runWithShipped(['diff', ...panda, '--set', 'xattn.*.gate.*=0']);
    const [before, after] = [await model.run(prompt), await model.run(prompt, { edit: closed })];
    const rows = rowsAfter(out, 'next token');
    expect(rows).toContainEqual([before.next?.token, expect.anything(), expect.anything()]);
    const ids = Array.from({ length: 1536 }, (_, id) => id);
    for (const [token, first, second] of rows) {
      const id = ids.find((id) => model.tokenizer.token(id) === token) as number;
      const percent = (run: typeof before): string =>
        `${(100 * (run.next?.top(1536).find((likely) => likely.id === id)?.probability as number)).toFixed(1)}%`;
      expect([first, second]).toEqual([percent(before), percent(after)]);
    }
  });

  test('the same weights give the same run', async () => {
    const { code, out } = await runWithShipped(['diff', ...panda, '--other-weights', 'weights']);
    expect(code).toBe(0);
    expect(out).toMatch(/\d+ taps in both, 0 of them different/);
  });
});
