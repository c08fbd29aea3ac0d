import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gateName } from '../../src/explorer/state.ts';
import type { Engines } from '../../src/explorer/worker/engines.ts';
import {
  CHROMIUM,
  EXAMPLES,
  type Explorer,
  headOf,
  nodeEngines,
  numbersOn,
  openExplorer,
  openPage,
  PAINT,
  ready,
  settled,
  stateOf,
  trainingOf,
  unsourced,
  wrongNumbers,
} from './support.ts';

const NONCE = '#p=@flamingo~dax*~@trumpet~wug*~@flamingo-2';
const TAP = 'tap:xattn.3.contribution.dense';
const caption = (page: Page): Promise<string> => page.locator('.caption').innerText();
const slider = (page: Page, layer: number, gate: string) => page.getByLabel(`layer ${layer}, ${gate} gate`);

/** Every figure of what is opened as its table. */
async function asTables(page: Page): Promise<void> {
  const figures = page.locator('.panel .figure-tools [aria-pressed="false"]');
  while ((await figures.count()) > 0) await figures.first().click();
}

describe.skipIf(CHROMIUM === undefined)('the explorer in Chromium', () => {
  let explorer: Explorer;
  let engine: Engines;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    [explorer, engine] = await Promise.all([openExplorer(), nodeEngines()]);
    ({ page, complaints } = await openPage(explorer));
  });
  afterAll(async () => {
    await explorer?.close();
    engine?.shipped.model.dispose();
  });

  const go = async (hash: string): Promise<void> => {
    await page.evaluate(
      (hash) => {
        location.hash = hash;
      },
      hash.includes('lang=') ? hash : `${hash || '#'}&lang=en`,
    );
    await settled(page);
  };

  it('paints all scenes before the weights come, and nothing changes when they do', async () => {
    let release = (): void => {};
    const held = new Promise<void>((done) => {
      release = done;
    });
    const before = async (page: Page): Promise<void> => {
      await page.route('**/weights/**', async (route) => {
        await held;
        await route.continue();
      });
    };
    const { page: early } = await openPage(explorer, '', { wait: false, before });
    const painted: string[] = [];
    const texts = (): Promise<string> => early.locator('main').innerText();
    for (const [i, { views }] of PAINT.scenes.entries()) {
      await early.keyboard.press(String(i + 1));
      await early.waitForFunction(
        (text) => document.querySelector('.caption')?.textContent === text,
        views.answer.text,
      );
      expect(await early.locator('.figure .gate').count()).toBe(2 * views.figure.gates.length);
      expect(await early.locator('.ribbon .token').count()).toBe(views.figure.tokens.length);
      painted.push(await texts());
    }
    await early.keyboard.press('1');
    await early.evaluate(() => {
      const main = document.querySelector('main') as HTMLElement;
      const seen = new Set([main.innerText]);
      (globalThis as unknown as { seen: Set<string> }).seen = seen;
      const look = (): unknown => seen.add(main.innerText);
      new MutationObserver(look).observe(main, { subtree: true, childList: true, characterData: true });
    });
    release();
    await ready(early);
    const seen = await early.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen]);
    expect(seen).toEqual([painted[0]]);
    for (const [i, before] of painted.entries()) {
      await early.keyboard.press(String(i + 1));
      await ready(early);
      expect(await texts()).toBe(before);
    }
    await early.close();
  });

  it('shows numbers that Node computes from the link', async () => {
    for (const hash of ['', `${NONCE}&g=3d-0.4,2a0&tok=3`, `${NONCE}&x=2-1&m=previous&img=1&lang=ko`]) {
      await go(hash);
      const { all, wrong } = await wrongNumbers(page, engine);
      expect(wrong).toEqual([]);
      expect(await unsourced(page)).toEqual([]);
      expect(all).toBeGreaterThan(50);
    }
    let shown = 0;
    for (const place of ['xattn.3', 'resampler', 'vision', 'lm.layers.1'].map((part) => `room:${part}`).concat(TAP)) {
      await go(`${NONCE}&g=3d-0.4&at=${place}`);
      if (place !== 'room:vision') await asTables(page); // it has thousands of cells
      const { all, wrong } = await wrongNumbers(page, engine);
      expect(wrong).toEqual([]);
      expect(await unsourced(page)).toEqual([]);
      shown += all;
    }
    expect(shown).toBeGreaterThan(1000);
  });

  it('opens a part and a value, and gives the focus back', async () => {
    await go(NONCE);
    const part = page.getByRole('button', { name: 'gated block 3' });
    await part.press('Enter');
    await settled(page);
    expect(await page.locator('.heads svg').count()).toBe(engine.shipped.model.config.model.crossAttention.heads);
    await page.getByRole('button', { name: /xattn\.3\.gate\.dense/ }).click();
    await settled(page);
    expect(await page.locator('.panel dl code').allInnerTexts()).toEqual([
      'tanh(alpha_dense)',
      'src/flamingo/gated-cross-attention.ts',
    ]);
    await page.getByRole('button', { name: '‹ gated block 3' }).press('Enter');
    await settled(page);
    expect(await page.locator('.heads svg').count()).toBeGreaterThan(0);
    await page.keyboard.press('Escape');
    await page.locator('.panel').waitFor({ state: 'detached' });
  });

  it('compares two runs, and finds where they first differ', async () => {
    await go(`${NONCE}&lens=compare`);
    expect(await page.locator('aside details', { hasText: 'Compare' }).innerText()).toContain('No difference');
    await go(`${NONCE}&lens=compare&g=2d.3`);
    expect(await page.locator('aside details', { hasText: 'Compare' }).innerText()).toContain('xattn.2.gate.dense');
    await go(NONCE);
  });

  it('finds a number that is wrong', async () => {
    await go('');
    await page.evaluate(() => {
      const number = document.querySelector('[data-view="answer.top.0.probability"]') as HTMLElement;
      number.textContent = '12.3 %';
    });
    expect((await wrongNumbers(page, engine)).wrong).toHaveLength(1);
    const all = (await numbersOn(page)).length;
    const said = page.locator('.notice', { hasText: 'numbers agree' });
    await page.getByRole('button', { name: 'Audit this screen' }).click();
    await said.waitFor();
    expect(await said.innerText()).toContain(`${all - 1} of ${all} numbers agree`);
    expect(await page.locator('.wrong').getAttribute('data-view')).toBe('answer.top.0.probability');
    await page.reload();
    await ready(page);
  });

  it('audits its whole screen', async () => {
    await go(`${NONCE}&g=3d-0.4&at=room:xattn.3&lens=compare&tok=3`);
    await asTables(page);
    await page.getByRole('button', { name: 'Audit this screen' }).click();
    const said = page.locator('.notice', { hasText: 'numbers agree' });
    await said.waitFor();
    const all = (await numbersOn(page)).length;
    expect(await said.innerText()).toContain(`${all} of ${all} numbers agree`);
    expect(all).toBeGreaterThan(100);
  });

  it('moves an answer by its gates, by keyboard alone', async () => {
    await go(NONCE);
    const start = await caption(page);
    const dense = slider(page, 3, 'dense');
    await dense.focus();
    await page.keyboard.press('0');
    for (let i = 0; i < 4; i++) await page.keyboard.press('PageDown');
    await settled(page);
    const state = await stateOf(page);
    expect(state.edits).toEqual([{ at: gateName(3, 'dense'), set: -0.4 }]);
    expect(await caption(page)).toBe(((await engine.view(state, { what: 'answer' })) as { text: string }).text);
    await page.keyboard.press('t');
    await page.getByRole('button', { name: 'Close all gates' }).click();
    await settled(page);
    const closed = (await engine.view(await stateOf(page), { what: 'answer' })) as { text: string };
    expect(await caption(page)).toBe(closed.text || '(nothing)');
    await page.getByRole('button', { name: 'Reset all' }).click();
    await settled(page);
    expect(await caption(page)).toBe(start);
    await stateOf(page);
    expect(new URL(page.url()).hash).not.toContain('g=');
  });

  it('ends a burst of moves on the last, and never shows an older answer', async () => {
    await go(NONCE);
    const sent = await page.evaluate(async () => {
      const input = document.querySelector<HTMLInputElement>('.gate.dense input') as HTMLInputElement;
      for (let i = 0; i < 200; i++) {
        input.value = String(-1 + i / 100);
        input.dispatchEvent(new Event('input', { bubbles: true }));
        if (i % 10 === 0) await new Promise((done) => setTimeout(done, 5));
      }
      return input.value;
    });
    await settled(page);
    expect((await stateOf(page)).edits).toEqual([{ at: gateName(3, 'dense'), set: Number(sent) }]);
    expect((await wrongNumbers(page, engine)).wrong).toEqual([]);
    await page.keyboard.press('Control+z'); // a drag is one change
    await settled(page);
    expect((await stateOf(page)).edits).toEqual([]);
  });

  it("puts a picture's latents in another's place, by pointer and by menu, and takes it back", async () => {
    await go(NONCE);
    const before = await caption(page);
    const [from, to] = [page.locator('.picture').nth(1), page.locator('.picture').nth(2)];
    await from.scrollIntoViewIfNeeded();
    const [a, b] = [await from.boundingBox(), await to.boundingBox()];
    if (!a || !b) throw new Error('no pictures');
    await page.mouse.move(a.x + a.width / 2, a.y + a.height / 2);
    await page.mouse.down();
    await page.mouse.move(b.x + b.width / 2, b.y + b.height / 2, { steps: 4 });
    await page.mouse.up();
    await settled(page);
    expect((await stateOf(page)).edits).toEqual([{ latents: { from: 1, to: 2 } }]);
    const dragged = await caption(page);
    expect(dragged).not.toBe(before);
    await page.keyboard.press('Control+z');
    await settled(page);
    expect(await caption(page)).toBe(before);
    await page.locator('.card').nth(4).locator('summary').click();
    await page.getByRole('button', { name: /use the latents of picture 2/ }).click();
    await settled(page);
    expect(await caption(page)).toBe(dragged);
  });

  it('switches the mask, of generated tokens too', async () => {
    await go(NONCE);
    await page.getByLabel('all previous pictures').check();
    await settled(page);
    expect(await page.locator('.token').last().innerText()).toContain('1 2 3');
    const state = await stateOf(page);
    expect(state.attend).toBe('previous');
    expect(await caption(page)).toBe(((await engine.view(state, { what: 'answer' })) as { text: string }).text);
  });

  it('takes pictures as files, and says what is none', async () => {
    await go(NONCE);
    const count = await page.locator('.picture').count();
    const input = page.locator('.cards input[type=file]');
    const png = await readFile(join(EXAMPLES, 'panda.png'));
    await input.setInputFiles({ name: 'mine.png', mimeType: 'image/png', buffer: png });
    await page.waitForFunction((n) => document.querySelectorAll('.picture').length === n, count + 1);
    const jpegOrWebp = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(40, 20);
      canvas.getContext('2d')?.fillRect(0, 0, 20, 20);
      const bytes = async (type: string): Promise<number[]> => [
        ...new Uint8Array(await (await canvas.convertToBlob({ type })).arrayBuffer()),
      ];
      return [await bytes('image/jpeg'), await bytes('image/webp')];
    });
    for (const [i, bytes] of jpegOrWebp.entries()) {
      await input.setInputFiles({ name: `mine.${i}`, mimeType: 'image/x', buffer: Buffer.from(bytes) });
      await page.waitForFunction((n) => document.querySelectorAll('.picture').length === n, count + 2 + i);
    }
    await settled(page);
    const state = await stateOf(page);
    expect(await caption(page)).toBe(
      ((await engine.view(state, { what: 'answer' })) as { text: string }).text || '(nothing)',
    );
    await input.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
    await page.waitForFunction(() => document.querySelector('.notice')?.textContent?.includes('notes.txt'));
    const bomb = Buffer.from(png);
    bomb.writeUInt32BE(20000, 16);
    bomb.writeUInt32BE(20000, 20);
    await input.setInputFiles({ name: 'bomb.png', mimeType: 'image/png', buffer: bomb });
    await page.waitForFunction(() => document.querySelector('.notice')?.textContent?.includes('bomb.png'));
    expect((await stateOf(page)).prompt).toEqual(state.prompt);
  });

  it('opens what a link says, and names what it left out', async () => {
    await go(`${NONCE}&g=3d-0.4&nose=7&lens=ear`);
    const left = page.locator('.notice', { hasText: 'left out' });
    expect(await left.innerText()).toContain('nose=7, lens=ear');
    expect((await stateOf(page)).edits).toHaveLength(1);
    await left.locator('button').click();
  });

  it('says where the weights fail, keeps its scenes, and tries again', async () => {
    for (const body of ['missing', 'cut'] as const) {
      const before = async (page: Page): Promise<void> => {
        await page.route('**/model.safetensors', (route) =>
          body === 'missing' ? route.fulfill({ status: 404 }) : route.fulfill({ body: Buffer.alloc(100, 1) }),
        );
      };
      const { page: broken } = await openPage(explorer, '', { wait: false, before });
      await broken.waitForSelector('[role=alert]');
      expect(await caption(broken)).toBe(PAINT.scenes[0]?.views.answer.text);
      await broken.unroute('**/model.safetensors');
      await broken.getByRole('button', { name: 'Try again' }).click();
      await ready(broken);
      expect(await broken.locator('[role=alert]').count()).toBe(0);
      await broken.close();
    }
  });

  it('fits every width, keeps the answer in sight, and moves nothing where motion is unwanted', async () => {
    for (const [width, height] of [
      [360, 640],
      [768, 1000],
      [1400, 860],
      [3840, 2160],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await go(`${NONCE}&at=tap:xattn.3.residual.mid&lang=${width === 768 ? 'ko' : 'en'}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      await page.locator('.gate.dense input').first().focus();
      const answers = page.locator('.answer-bar:visible strong, .caption:visible').last();
      const box = await answers.boundingBox();
      expect(box && box.y >= 0 && box.y + box.height <= height).toBe(true);
      expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
      const seen = await headOf(page);
      expect(seen.rows).toBeLessThanOrEqual(2);
      expect(seen.broken).toBe(0);
      const adder = page.locator('.cards .adders > button').first();
      await adder.click();
      const chooser = await page.locator('.chooser').boundingBox();
      expect(chooser && chooser.x >= 0 && chooser.x + chooser.width <= width).toBe(true);
      await adder.click();
      if (width === 1400) expect((await page.locator('.figure').boundingBox())?.height).toBeLessThanOrEqual(860);
    }
    await page.setViewportSize({ width: 1400, height: 860 });
    await go(NONCE);
    for (const close of await page.locator('.notices button').all()) await close.click(); // of files that were no pictures
    await page.evaluate(() => scrollTo(0, 0));
    const figure = await page.locator('.figure').boundingBox();
    expect(figure && figure.y + figure.height).toBeLessThanOrEqual(860); // the whole of it, without scrolling
  });

  it('trains as Node does, names six of six after 20 steps, and begins far worse with open gates', async () => {
    const training = await trainingOf(engine.shipped.model, 0);
    for (let i = 0; i < 10; i++) await training.take();
    const { gates } = await training.view(false);
    training.dispose();
    await go('');
    const section = page.locator('section.train-here');
    const stepped = async (n: number): Promise<string> => {
      const line = section.locator('p.num');
      await line.filter({ hasText: `step ${n},` }).waitFor();
      return line.innerText();
    };
    await section.getByRole('button', { name: 'Begin' }).click();
    await stepped(0);
    for (let i = 1; i <= 20; i++) {
      await section.getByRole('button', { name: 'One step' }).click();
      await stepped(i);
      if (i !== 10) continue;
      const shown = (await section.locator('table.now .num').allInnerTexts()).map((text) =>
        Number(text.replace('\u2212', '-')),
      );
      const computed = gates.flatMap(({ attention, dense }) => [attention, dense]);
      expect(shown).toHaveLength(computed.length);
      for (const [i, gate] of computed.entries()) expect(Math.abs((shown[i] as number) - gate)).toBeLessThan(1e-3);
    }
    expect(await section.locator('small.right').count()).toBe(6); // as training.test.ts has it in Node
    await section.locator('select').selectOption('1.5');
    await section.getByRole('button', { name: 'Start over' }).click();
    await stepped(0);
    await section.getByRole('button', { name: 'One step' }).click();
    expect(Number((await stepped(1)).match(/loss ([\d.]+)/)?.[1])).toBeGreaterThan(5);
  });

  it('works offline once it is open, and asks nobody else', async () => {
    const { page: alone, complaints } = await openPage(explorer, '');
    const asked: string[] = [];
    alone.on('request', (request) => asked.push(request.url()));
    await alone.waitForLoadState('networkidle');
    await alone.context().setOffline(true);
    await alone.keyboard.press('4');
    await settled(alone);
    await slider(alone, 3, 'dense').press('0');
    await settled(alone);
    expect(asked.every((url) => url.startsWith(explorer.address) || url.startsWith('blob:'))).toBe(true);
    expect(complaints).toEqual([]);
    await alone.close();
  });

  it('had no complaint of the browser, its content security policy included', () => {
    expect(complaints.filter((text) => !text.includes('axe'))).toEqual([]);
  });
});
