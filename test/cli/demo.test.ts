import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { displayWidth } from '../../src/cli/bars.ts';
import { readPromptJson } from '../../src/model/prompt/file.ts';
import { parsePrompt } from '../../src/model/prompt.ts';
import { runWithFake, runWithShipped, shippedModel } from './support.ts';

const SCRIPT = fileURLToPath(new URL('../fixtures/demo.json', import.meta.url));

test('shows zero-shot and few-shot side by side, gates, and one prompt again on gpu.js', async () => {
  const { code, out, err, opened } = await runWithFake(['demo', '--script', SCRIPT, '--gpu', 'gpu']);
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(opened).toEqual([{ device: 'simd' }, { device: 'gpu' }]);
  const lines = out.split('\n');
  const first = lines.indexOf('1. A name');
  expect(lines.slice(first + 2, first + 8)).toEqual([
    '   zero-shot                                       few-shot',
    '     [rgb.png] name :                                [rgba.png] name : gradient<EOC>',
    '     -> 97x61                                        [rgb.png] name :',
    '        97x61      43.8%                             -> 53x71 97x61',
    '        (nothing)  25.0%                                53x71 97x61  43.8%',
    '                                                        (nothing)    25.0%',
  ]);
  expect(out).toContain('0        ██│         -0.250          │████      0.500');
  expect(out).toMatch(
    /2\. once more on the gpu\.js kernels: gpu:webasm\n {3}-> 97x61 {2}\(the same answer\)\n {3}\d\.\d\d s;/,
  );
  expect(out).toContain('largest difference of the logits 2.5e-1\n');
  expect(out).toContain(`--prompt ${join('test', 'fixtures', 'own.json')}`);
  expect(out).not.toContain('\x1b[');
});

test('colours appear on a terminal only, and change nothing else', async () => {
  const plain = await runWithFake(['demo', '--script', SCRIPT]);
  const coloured = await runWithFake(['demo', '--script', SCRIPT], { colours: true });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with an escape character
  const bare = coloured.out.replace(/\x1b\[[\d;]*m/g, '');
  expect(bare).toBe(plain.out);
  expect(coloured.out).not.toBe(plain.out);
});

test('shows the pictures themselves where the terminal has colours for them', async () => {
  for (const [colourBits, colour] of [
    [24, '38;2;'],
    [8, '38;5;'],
  ] as const) {
    const { out } = await runWithFake(['demo', '--script', SCRIPT], { colours: true, colourBits, columns: 120 });
    const rows = out.split('\n').filter((line) => line.includes('▀'));
    expect(rows[0]?.match(/▀/g)).toHaveLength(3 * 18); // one picture, and two beside it
    expect(rows[0]).toContain(`\x1b[${colour}`);
    expect(out).not.toContain('.png]');
  }
});

test.each([40, 60, 80, 120])('fits into %d columns', async (columns) => {
  for (const colourBits of [0, 8]) {
    const { out } = await runWithFake(['demo', '--script', SCRIPT], { colours: colourBits > 0, colourBits, columns });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours take no room
    const lines = out.replace(/\x1b\[[\d;]*m/g, '').split('\n');
    expect(lines.filter((line) => displayWidth(line) > columns && !line.startsWith('  node '))).toEqual([]);
  }
});

test('closes the gate that changes the answer, and shows each step', async () => {
  const { out } = await runWithShipped(['demo', '--script', SCRIPT], { openModel: shippedModel });
  const steps = out.split('\n').filter((line) => /-> .* \d+\.\d%$/.test(line) && line.includes('│'));
  expect(steps).toHaveLength(6);
  expect(steps.at(-1)).toContain(' 0.000 ');
  const [first, last] = [steps[0], steps.at(-1)].map((line) => line?.replace(/^.*-> /, ''));
  expect(last).not.toBe(first);
});

test('speaks Korean', async () => {
  const { out } = await runWithFake(['demo', '--script', SCRIPT, '--lang', 'ko']);
  expect(out).toContain('1. 이름\n');
  expect(out).toContain('-> 97x61');
  expect(out).toContain('(아무 말도 안 했어요)');
});

test('a list of scenes that is none is refused', async () => {
  const own = fileURLToPath(new URL('../../examples/own.json', import.meta.url));
  const { code, err } = await runWithFake(['demo', '--script', own]);
  expect(code).toBe(2);
  expect(err).toContain('own.json: scenes is missing; expected a list of scenes');
});

test('the shipped examples are prompts', () => {
  const examples = new URL('../../examples/', import.meta.url);
  const { scenes, again, own } = JSON.parse(readFileSync(new URL('demo.json', examples), 'utf8')) as {
    scenes: { zeroShot: unknown; fewShot: unknown }[];
    again: number;
    own: string;
  };
  expect(scenes.length).toBeGreaterThanOrEqual(4);
  expect(scenes[again - 1]).toBeDefined();
  for (const { zeroShot, fewShot } of scenes) {
    const sequences = [parsePrompt(zeroShot).sequence, parsePrompt(fewShot).sequence];
    expect(sequences[1]?.slice(-(sequences[0]?.length ?? 0))).toEqual(sequences[0]); // the same question, with shots before
  }
  expect(readPromptJson(readFileSync(new URL(own, examples), 'utf8')).candidates).toBeDefined();
});
