import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readPromptJson } from '../../src/model/prompt/file.ts';
import { parsePrompt } from '../../src/model/prompt.ts';
import { runWithFake } from './support.ts';

const SCRIPT = fileURLToPath(new URL('../fixtures/demo.json', import.meta.url));

test('shows zero-shot and few-shot side by side, gates, and one prompt again on gpu.js', async () => {
  const { code, out, err, opened } = await runWithFake(['demo', '--script', SCRIPT]);
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(opened).toEqual([{ device: 'simd' }, { device: 'gpu' }]);
  const lines = out.split('\n');
  const first = lines.indexOf('1. A name');
  expect(lines.slice(first + 2, first + 8)).toEqual([
    '   zero-shot                                       few-shot',
    '     [rgb.png] name :                                [rgba.png] name : gradient<EOC>',
    '     -> 97x61                                        [rgb.png] name :',
    '        빵     75.0 %                                -> 53x71 97x61',
    '        bread  12.5 %                                   빵     75.0 %',
    '                                                        bread  12.5 %',
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
  const seconds = /\d+\.\d\d s;/;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with an escape character
  const bare = coloured.out.replace(/\x1b\[[\d;]*m/g, '');
  expect(bare.replace(seconds, '')).toBe(plain.out.replace(seconds, ''));
  expect(coloured.out).not.toBe(plain.out);
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
