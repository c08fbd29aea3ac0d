import { describe, expect, it } from 'vitest';
import type { AnsweringModel } from '../../src/cli/context.ts';
import { EXAMPLES, PICTURES, type Result, runWithFake, shippedModel } from './support.ts';

const image = `${PICTURES}/rgb.png`;

async function* typed(lines: readonly string[]): AsyncGenerator<{ text: string; typed: boolean }> {
  for (const text of lines) yield { text, typed: true };
}

const chat = (
  lines: readonly string[],
  argv: readonly string[] = [],
  openModel?: () => Promise<AnsweringModel>,
): Promise<Result> =>
  runWithFake(['chat', '--image', image, ...argv], { lines: () => typed(lines), ...(openModel && { openModel }) });

describe('chat', () => {
  it('puts what was said before each question, and begins again when told to', async () => {
    const { code, out } = await chat(['name :', '/tell kind : = tool', '/history', '/forget', '/history']);
    expect(code).toBe(0);
    const size = /\d+x\d+/.exec(out)?.[0];
    expect(out).toContain(`[rgb.png] name : ${size}<EOC> kind : tool<EOC>\n[rgb.png]\n`);
  });

  it('takes a told name for the answer to the question for names, in the language that is spoken', async () => {
    expect((await chat(['/tell dax', '/history'])).out).toContain('[rgb.png] name : dax<EOC>');
    expect((await chat(['/tell 닥스', '/history'], ['--lang', 'ko'])).out).toContain('[rgb.png] 이름 : 닥스<EOC>');
  });

  it('goes on with another picture, and forgets the oldest turns of a full prompt', async () => {
    const { code, out, err } = await chat([
      ...['/tell a', `/image ${PICTURES}/rgb.png`, '/tell b', `/image ${PICTURES}/rgb.png`, '/tell c'],
      ...[`/image ${PICTURES}/rgb.png`, 'name :', '/history'],
    ]);
    expect([code, err]).toEqual([0, 'note: the oldest turn is left out from here on: the prompt is full\n']);
    expect(out).not.toContain('name : a<EOC>');
    expect(out).toContain('[rgb.png] name : b<EOC>\n[rgb.png] name : c<EOC>');
  });

  it('says what cannot be done, and goes on', async () => {
    const lines = ['/image none.png', '/tell kind : =', '/nothing', '', 'name :', 'kind :', '/quit', 'name :'];
    const { code, out, err } = await chat(lines);
    expect(code).toBe(1);
    expect(err).toMatch(/none\.png does not exist/);
    expect(err).toContain("there is no command '/tell kind : ='");
    expect(err).toContain('/forget');
    expect(out.match(/\d+x\d+/g)).toHaveLength(2);
    expect(err).not.toContain('no question'); // a second one about the picture is as known as the first
  });

  it('prints a line of JSON for each answer and nothing else', async () => {
    const { out } = await chat(['name :', 'colour?'], ['--json']);
    const [first, second, ...more] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect([first.question, more]).toEqual(['name :', []]);
    expect(second.unknownQuestion.asked).toBe('colour?');
  });

  it.each([
    [['chat'], /--image/],
    [['chat', '--image', 'none.png'], /none\.png does not exist/],
  ])('refuses %j', async (argv, message) => {
    const { code, err } = await runWithFake(argv, { lines: () => typed([]) });
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  it('lets the shipped model choose between two words that it was told', async () => {
    const lines = [
      '/tell dax',
      `/image ${EXAMPLES}/trumpet.png`,
      '/tell wug',
      `/image ${EXAMPLES}/flamingo-2.png`,
      'name :',
    ];
    const argv = ['chat', '--image', `${EXAMPLES}/flamingo.png`, '--json'];
    const { out } = await runWithFake(argv, { lines: () => typed(lines), openModel: shippedModel });
    expect(JSON.parse(out).answer).toBe('dax');
  });
});
