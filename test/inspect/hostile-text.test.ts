import { expect, it } from 'vitest';
import { imageRibbon, tokenRibbon, topChangeDots } from '../../src/inspect/index.ts';
import { html } from '../../src/inspect/report/html.ts';
import { shippedRun } from './support.ts';

const { run, tokens } = await shippedRun();

it('every figure and report shows what no SVG may hold, and what would turn a line round, as its number', async () => {
  const hostile = 'a\x1b[31m\0\x9b\u202eb\u2028\ufffe\ud83d<';
  const shown = 'a\\u001b[31m\\u0000\\u009b\\u202eb\\u2028\\ufffe\\ud83d';
  const changes = [{ id: 1, token: hostile, before: 0.1, after: 0.2 }];
  const [ribbon, dots, page] = [
    await tokenRibbon(imageRibbon(run), [hostile, ...tokens.slice(1)]),
    await topChangeDots(changes as unknown as Parameters<typeof topChangeDots>[0]),
    html`<p title="${hostile}">${[hostile]}</p>`.text,
  ];
  for (const text of [ribbon, dots, page]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(text).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e\ufffe]|\p{Cs}/u);
    expect(text).toContain(shown);
  }
});
