/** examples/page as a web developer builds it, driven in a real Chromium. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { build, defaultClientConditions } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serveFolders } from '../../src/cli/explore/serve.ts';
import { load } from '../../src/index.ts';
import { openBrowser } from '../support/browser.ts';
import { findChromium } from '../support/chromium.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const panda = join(root, 'examples', 'pictures', 'panda.png');

describe.runIf(findChromium())('examples/page', () => {
  let folder: string;
  let served: Served;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page-'));
    await build({
      root: join(root, 'examples', 'page'),
      base: './',
      logLevel: 'error',
      resolve: { conditions: ['source', ...defaultClientConditions] },
      build: { outDir: folder, emptyOutDir: true },
    });
    served = await serveFolders({ '': folder, weights: join(root, 'weights') });
    page = await (await openBrowser()).newPage();
    page.setDefaultTimeout(500_000); // on a busy machine
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(served.address);
    await page.waitForSelector('#file:enabled');
  });
  afterAll(async () => {
    await page?.context().close();
    await served?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const caption = (): Promise<string> => page.locator('#caption').innerText();
  const says = (text: string): Promise<unknown> =>
    page.waitForFunction((text) => document.querySelector('#caption')?.textContent?.startsWith(text), text);
  const answers = async (scale: number): Promise<string> => {
    const model = await load();
    const edit = [{ at: 'xattn.*.gate.*', scale }] as const;
    const { text, likely } = await model.answer(
      { sequence: [{ image: panda }, { text: 'name :' }] },
      { edit, likely: 5 },
    );
    model.dispose();
    const chance = likely?.find((one) => one.text === text)?.probability ?? 0;
    return `${text} (${Math.round(100 * chance)}%)`;
  };

  it('is about 60 lines', async () => {
    const lines = async (name: string) =>
      (await readFile(join(root, 'examples/page', name), 'utf8')).trim().split('\n');
    expect((await lines('main.js')).length + (await lines('worker.js')).length).toBeLessThanOrEqual(64);
  });

  it('is dark where pages are', async () => {
    const paper = (): Promise<string> =>
      page.evaluate(() => {
        document.body.style.background = 'Canvas';
        return getComputedStyle(document.body).backgroundColor;
      });
    expect(await paper()).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await paper()).not.toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('says what a chosen picture shows, as the library says it in Node', async () => {
    await page.setInputFiles('#file', panda);
    const expected = await answers(1);
    expect(expected).toMatch(/^panda \(\d\d%\)$/);
    await says('panda');
    expect(await caption()).toBe(expected);
  });

  it('follows the slider, to the end of quick moves', async () => {
    for (const value of [0.9, 0.5, 0.2, 0]) await page.locator('#gates').fill(String(value));
    await says(await answers(0));
    expect(await answers(0)).not.toBe(await answers(1));
    await page.locator('#gates').fill('1');
    await says('panda (');
  });

  it('takes a picture that is dropped, and says what is wrong with one', async () => {
    const drop = async (bytes: readonly number[], name: string): Promise<void> => {
      const files = await page.evaluateHandle(
        ([bytes, name]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([Uint8Array.from(bytes)], name));
          return transfer;
        },
        [bytes, name] as const,
      );
      await page.dispatchEvent('body', 'drop', { dataTransfer: files });
    };
    await drop([...new TextEncoder().encode('words')], 'notes.txt');
    await says('notes.txt is text, not a picture');
    await drop([...(await readFile(panda))], 'panda.png');
    await says('panda (');
    expect(complaints).toEqual([]);
  });
});
