import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signed } from '../../src/inspect/figures/numbers.ts';
import {
  CHROMIUM,
  EXAMPLES,
  type Explorer,
  openExplorer,
  openPage,
  PAINT,
  PATIENCE,
  ready,
  settled,
  stateOf,
} from './support.ts';

const NONCE = '#p=@flamingo~dax*~@trumpet~wug*~@flamingo-2';

/** A run of three steps that kept its signs. */
const LOG = [0, 1, 2].map((step) => {
  const gates = [0, 1, 2, 3].flatMap((layer) => [
    [`gate.${layer}.attention`, (step * (layer + 1)) / 100],
    [`gate.${layer}.dense`, (-step * (layer + 1)) / 50],
  ]);
  return JSON.stringify({ step, loss: 1, ...Object.fromEntries(gates) });
});
const SNAPSHOTS = {
  scenes: PAINT.scenes.map(({ title }) => title),
  snapshots: [0, 2].map((step) => ({
    step,
    answers: PAINT.scenes.map((_, i) => ({
      text: `says ${step} ${i}`,
      alternatives: [{ token: '▁x', probability: 0.25 + step / 10 }],
    })),
  })),
};

describe.skipIf(CHROMIUM === undefined)("the explorer's lenses", { timeout: PATIENCE }, () => {
  let explorer: Explorer;
  beforeAll(async () => {
    explorer = await openExplorer();
  }, PATIENCE);
  afterAll(() => explorer?.close());

  const openRun = (log: string | null, snapshots: object | null): Promise<{ page: Page }> =>
    openPage(explorer, `${NONCE}&lens=training&lang=en`, {
      before: async (page) => {
        const files: [string, string | null][] = [
          ['training-log.jsonl', log],
          ['snapshots.json', snapshots && JSON.stringify(snapshots)],
        ];
        for (const [name, body] of files)
          await page.route(`**/${name}`, (route) =>
            body === null ? route.fulfill({ status: 404 }) : route.fulfill({ body }),
          );
      },
    });

  it('shows the run behind the weights: gates with their signs, answers on the way', async () => {
    const { page } = await openRun(LOG.join('\n'), SNAPSHOTS);
    const section = page.locator('section.train').first();
    expect(await section.locator('.gate-lines .line polyline').count()).toBeGreaterThanOrEqual(8);
    expect(await section.locator('.notice').count()).toBe(0);
    await section.locator('.at-step input').press('Home');
    await section.locator('.at-step input').press('ArrowRight');
    const row = await section.locator('table').first().locator('td .num').allInnerTexts();
    expect(row).toEqual([0, 1, 2, 3].flatMap((layer) => [signed((layer + 1) / 100), signed(-(layer + 1) / 50)]));
    expect(await section.locator('.answers [aria-current]').innerText()).toContain('says 0 3');
    await section.getByRole('button', { name: 'Set the gates as at step 1' }).click();
    await settled(page);
    const { edits, step } = await stateOf(page);
    expect(step).toBe(1);
    expect(edits).toHaveLength(8);
    expect(edits).toContainEqual({ at: 'xattn.3.gate.dense', set: -0.08 });
    expect(await section.getByRole('button', { name: 'run the page on' }).count()).toBe(0); // no weights of steps here
    await page.close();
  });

  it('says what is missing beside the weights, and where signs are', async () => {
    const unsigned = LOG.map((line) => line.replaceAll('-', ''));
    const { page } = await openRun(unsigned.join('\n'), null);
    const section = page.locator('section.train').first();
    expect(await section.locator('.notice').innerText()).toContain('without its sign');
    expect(await section.innerText()).toContain('no answers of earlier steps');
    await page.close();
    const { page: bare } = await openRun(null, { scenes: 1 });
    expect(await bare.locator('section.train .problem').innerText()).toContain(
      'snapshots.json.scenes is not as it should be',
    );
    await bare.close();
  });

  it('teaches words of one’s own, rewinds, runs the page on it, and comes back from its link', async () => {
    const { page } = await openPage(explorer, '#teach=0,0,7:@panda~zorb~@rocket~blick&lang=en');
    const section = page.locator('.train-here');
    const gates = (): Promise<string[]> => section.locator('table.now .num').allInnerTexts();
    const atStep = (n: number): Promise<void> => section.locator('p.num', { hasText: `step ${n},` }).waitFor();
    const button = (name: string) => section.getByRole('button', { name, exact: true });
    await button('Begin').click();
    await atStep(0);
    for (let i = 1; i <= 3; i++) {
      await button('One step').click();
      await atStep(i);
    }
    const third = await gates();
    await section.locator('.rewind input').fill('1');
    await atStep(1);
    expect(await gates()).not.toEqual(third);
    for (let i = 2; i <= 3; i++) {
      await button('One step').click();
      await atStep(i);
    }
    expect(await gates()).toEqual(third);
    await button('Run the whole page on what was trained here').click();
    await settled(page);
    const state = await stateOf(page);
    expect(state.weights).toBe('here');
    expect(state.teach).toMatchObject({ steps: 3, seed: 7, alpha: 0 });
    expect(await page.locator('.figure .gate-value .num').allInnerTexts()).toEqual(
      expect.arrayContaining([third[0] as string, third[7] as string]),
    );
    await page.getByRole('button', { name: 'Audit this screen' }).click();
    const said = page.locator('.notice', { hasText: 'numbers agree' });
    await said.waitFor();
    const [, right, all] = /(\d+) of (\d+)/.exec(await said.innerText()) ?? [];
    expect(right).toBe(all);
    await page.reload();
    await ready(page);
    await atStep(3);
    expect(await gates()).toEqual(third);
    await section.getByLabel('word for picture 1: panda').fill('quonk');
    expect(await section.locator('.notice').innerText()).toContain('Start over');
    await page.close();
  });

  it('saves every figure as an SVG that stands alone', async () => {
    const { page } = await openPage(explorer, `${NONCE}&at=tap:xattn.3.contribution.dense&lang=en`);
    const buttons = page.getByRole('button', { name: /^save as SVG/ });
    expect(await buttons.count()).toBeGreaterThanOrEqual(5);
    for (const button of await buttons.all()) {
      const [download] = await Promise.all([page.waitForEvent('download'), button.click()]);
      const text = await readFile(await download.path(), 'utf8');
      const found = await page.evaluate((text) => {
        const read = new DOMParser().parseFromString(text, 'image/svg+xml');
        const shapes = read.querySelectorAll('rect, path, polyline, line, image, text').length;
        return {
          error: read.querySelector('parsererror')?.textContent ?? null,
          shapes,
          root: read.documentElement.tagName,
        };
      }, text);
      expect(download.suggestedFilename()).toMatch(/\.svg$/);
      expect(found).toMatchObject({ error: null, root: 'svg' });
      expect(found.shapes).toBeGreaterThan(5);
      expect(text).not.toMatch(/NaN|undefined|class=|href="(?!data:)/);
    }
    await page.close();
  });

  it('keeps own pictures out of the link until one asks, and loses none', async () => {
    const { page } = await openPage(explorer, `${NONCE}&lang=en`);
    const file = { name: 'mine.png', mimeType: 'image/png', buffer: await readFile(join(EXAMPLES, 'panda.png')) };
    await page.locator('.cards input[type=file]').setInputFiles(file);
    await page.waitForFunction(() => document.querySelectorAll('.picture').length === 4);
    await settled(page);
    const state = await stateOfWhole(page);
    expect(state.own).toBe(false);
    expect(state.hash).toContain('~@!');
    await page.reload();
    await ready(page);
    expect(await page.locator('.picture').count()).toBe(4);
    const { page: elsewhere } = await openPage(explorer, state.hash);
    expect(await elsewhere.locator('.picture').count()).toBe(3);
    expect(await elsewhere.locator('.notice').innerText()).toContain('@!');
    await elsewhere.close();
    await page.getByLabel('with my pictures').check();
    const whole = await stateOfWhole(page);
    expect(whole.own).toBe(true);
    const { page: shared } = await openPage(explorer, whole.hash);
    expect(await shared.locator('.picture').count()).toBe(4);
    await shared.close();
    await page.close();
  });
});

async function stateOfWhole(page: Page): Promise<{ hash: string; own: boolean }> {
  await page.waitForFunction(() => document.documentElement.dataset.linked === 'true', null, { polling: 50 });
  const { hash } = new URL(page.url());
  return { hash, own: hash.includes('@@') };
}
