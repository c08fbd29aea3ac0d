import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFolders } from '../../src/cli/explore/serve.ts';
import { launchBrowser } from '../support/browser.ts';
import { CHROMIUM, EXAMPLES, type Explorer, openExplorer, openPage, PAINT, ready, settled } from './support.ts';

const answerOf = (scene: number): string => PAINT.scenes[scene]?.views.answer.text ?? '';
const caption = (page: Page): Promise<string> => page.locator('.caption').innerText();

/** All scenes can be read, whatever became of the model. */
async function scenesStay(page: Page): Promise<void> {
  for (const [i] of PAINT.scenes.entries()) {
    await page.keyboard.press(String(i + 1));
    await page.waitForFunction((text) => document.querySelector('.caption')?.textContent === text, answerOf(i));
  }
}

describe.skipIf(CHROMIUM === undefined)('what goes wrong in the explorer', () => {
  let explorer: Explorer;
  beforeAll(async () => {
    explorer = await openExplorer();
  });
  afterAll(() => explorer?.close());

  it('a crashed worker: says so, starts again, and loses nothing that was typed', async () => {
    const { page } = await openPage(explorer, '#lang=en');
    const words = page.locator('.text-card input').last();
    await words.fill('a thing of mine');
    await settled(page);
    await page.workers()[0]?.evaluate(() => {
      setTimeout(() => {
        throw new Error('it broke');
      });
    });
    const alert = page.locator('[role=alert]');
    await alert.waitFor();
    expect(await alert.innerText()).toContain('it broke');
    await words.fill('a thing of mine, and more');
    await alert.getByRole('button', { name: 'Try again' }).click();
    await ready(page);
    expect(await words.inputValue()).toBe('a thing of mine, and more');
    expect(await alert.count()).toBe(0);
    await page.close();
  });

  it('other weights: nothing of the shipped model is shown, before they are open and when they are not', async () => {
    const served = await serveFolders(
      { '': explorer.folder, weights: fileURLToPath(new URL('../../weights/', import.meta.url)) },
      { otherWeights: true },
    );
    const other = { ...explorer, address: served.address };
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { page } = await openPage(other, '#lang=en', {
      wait: false,
      before: async (page) => {
        await page.route('**/weights/config.json', async (route) => {
          await held;
          await route.continue();
        });
      },
    });
    await page.waitForSelector('[data-status="loading"]');
    await page.keyboard.press('2'); // another scene
    expect(await page.locator('main, .caption').count()).toBe(0);
    expect(await page.locator('body').innerText()).not.toContain(answerOf(0));
    release();
    await ready(page);
    expect(await caption(page)).toBe(answerOf(1));
    await page.close();

    const broken = await openPage(other, '#lang=en', {
      wait: false,
      before: async (page) => {
        await page.route('**/weights/config.json', (route) => route.fulfill({ body: '{}' }));
      },
    });
    await broken.page.locator('[role=alert]').waitFor();
    expect(await broken.page.locator('main').count()).toBe(0);
    expect(await broken.page.locator('[role=alert]').innerText()).not.toContain('scenes stay');
    await broken.page.close();
    await served.close();
  });

  it('no module workers: a sentence, and the scenes', async () => {
    const { page, complaints } = await openPage(explorer, '#lang=en', {
      wait: false,
      before: async (page) => {
        await page.addInitScript('delete globalThis.Worker');
      },
    });
    expect(await page.locator('[role=alert]').innerText()).toContain('no module workers');
    await scenesStay(page);
    expect(complaints).toEqual([]);
    await page.close();
  });

  // V8 takes SIMD for absent on an x64 processor before SSE 4.1.
  it.each([
    ['no WebAssembly at all', '--jitless'],
    ['WebAssembly without SIMD', '--no-enable-sse4-1'],
  ])('%s: a sentence, and the scenes', async (_, flags) => {
    const browser = await launchBrowser(`--js-flags=${flags}`);
    const { page } = await openPage({ ...explorer, browser }, '#lang=en', { wait: false });
    await page.locator('[role=alert]').waitFor();
    expect(await page.locator('[role=alert]').innerText()).toMatch(/does not run.* simd: .* no WebAssembly SIMD/s);
    await scenesStay(page);
    await page.keyboard.press('1');
    expect(await page.locator('.figure .gate').count()).toBe(2 * PAINT.facts.gates.length);
    expect(await page.getByRole('button', { name: 'Audit this screen' }).isDisabled()).toBe(true);
    await browser.close();
  });

  it('a prompt that is too long: a sentence where the answer stands, and a way back', async () => {
    const { page } = await openPage(explorer, '#lang=en');
    const words = page.locator('.text-card input').last();
    const before = await caption(page);
    const typed = 'one two three four five six seven eight nine ten '.repeat(4).slice(0, 199);
    await words.fill(typed);
    await settled(page);
    expect(await page.locator('.problem').first().innerText()).toMatch(/tokens/);
    expect(await words.inputValue()).toBe(typed);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Undo' }).click();
    for (let i = 0; i < 3 && (await page.locator('.problem').count()) > 0; i++) await settled(page);
    expect(await caption(page)).toBe(before);
    await page.close();
  });

  it('a picture that is cut: a sentence in the language of the page, and nothing else changes', async () => {
    const { page } = await openPage(explorer, '#lang=ko');
    const png = await readFile(join(EXAMPLES, 'panda.png'));
    const count = await page.locator('.picture').count();
    const file = { name: 'cut.png', mimeType: 'image/png', buffer: png.subarray(0, png.length / 2) };
    await page.locator('.cards input[type=file]').setInputFiles(file);
    const notice = page.locator('.notice', { hasText: 'cut.png' });
    await notice.waitFor();
    expect((await notice.innerText()).replaceAll(/cut\.png|PNG/g, '')).not.toMatch(/[a-z]{3}/i);
    expect(await page.locator('.picture').count()).toBe(count);
    await page.close();
  });
});
