import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXAMPLES, runWithShipped, shippedModel } from './support.ts';

const panda = ['--image', join(EXAMPLES, 'panda.png'), '--text', 'name :'];
const prompt = { sequence: [{ image: join(EXAMPLES, 'panda.png') }, { text: 'name :' }] };

interface Json {
  before: { text: string; gates: { attention: number; dense: number }[]; alternatives: { probability: number }[] };
  after: Json['before'];
}

describe('ask --set', () => {
  test('answers before and after in one line of JSON, with the gates that each had', async () => {
    const { code, out } = await runWithShipped(['ask', ...panda, '--set', 'xattn.*.gate.*=0', '--json']);
    expect(code).toBe(0);
    expect(out.trimEnd()).not.toContain('\n');
    const { before, after } = JSON.parse(out) as Json;
    const model = await shippedModel();
    const plain = await model.answer(prompt);
    expect(before.text).toBe(plain.text);
    expect(before.gates).toEqual(plain.gates);
    expect(after.text).not.toBe(before.text);
    expect(after.gates.flatMap(({ attention, dense }) => [attention, dense])).toEqual(Array(8).fill(0));
  });

  test('with all gates closed the frozen language model answers, whatever the picture', async () => {
    const answers = ['panda.png', 'flamingo.png'].map(async (picture) => {
      const argv = [
        'ask',
        '--image',
        join(EXAMPLES, picture),
        '--text',
        'name :',
        '--set',
        'xattn.*.gate.*=0',
        '--json',
      ];
      return (JSON.parse((await runWithShipped(argv)).out) as Json).after;
    });
    const [one, other] = await Promise.all(answers);
    expect(one).toEqual(other);
  });

  test('changes apply in the order in which they were written', async () => {
    const changes = [
      '--set',
      'xattn.3.gate.dense=1',
      '--scale',
      'xattn.3.gate.dense=0.5',
      '--add',
      'xattn.3.gate.dense=2',
    ];
    const { out } = await runWithShipped(['ask', ...panda, ...changes, '--json']);
    expect((JSON.parse(out) as Json).after.gates[3]?.dense).toBe(2.5);
  });

  test('shows both answers side by side, and what an overridden gate was trained to', async () => {
    const { out } = await runWithShipped(['ask', ...panda, '--set', 'xattn.3.gate.dense=0', '--tokens']);
    expect(out).toMatch(/before +after\n/);
    expect(out).toMatch(/ {2}change {6}xattn\.3\.gate\.dense = 0\n/);
    const model = await shippedModel();
    const { gates, ...before } = await model.answer(prompt);
    const after = await model.answer(prompt, { edit: [{ at: 'xattn.3.gate.dense', set: 0 }] });
    expect(out).toMatch(new RegExp(`answer +${before.text} .*${after.text}.*\n`));
    before.alternatives.forEach((alternative, i) => {
      const cell = ({ token, probability }: typeof alternative): string =>
        `${token} +${(100 * probability).toFixed(1)}%`;
      expect(out).toMatch(new RegExp(`${cell(alternative)} +${cell(after.alternatives[i] as typeof alternative)}\n`));
    });
    expect(out).toContain(`0.000 (trained ${gates[3]?.dense.toFixed(3)})`);
    expect(out).not.toContain(`(trained ${gates[3]?.attention.toFixed(3)})`);
  });

  test.each([
    [['--set', 'xattn.*.gates=0'], /no tap matches 'xattn\.\*\.gates'; nearest: xattn\.0\.gate\.attention/],
    [['--set', 'xattn.0.gate.dense'], /expected PATTERN=NUMBER/],
    [['--set', 'xattn.0.gate.dense=wide'], /expected PATTERN=NUMBER/],
    [['--set', '=1'], /expected PATTERN=NUMBER/],
  ])('%j is refused with exit code 2', async (change, message) => {
    const { code, err, out } = await runWithShipped(['ask', ...panda, ...change, '--json']);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(out).toBe('');
  });
});
