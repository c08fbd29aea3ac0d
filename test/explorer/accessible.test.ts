import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, type Explorer, openExplorer, openPage, settled, stateOf } from './support.ts';

const NONCE = '#p=@flamingo~dax*~@trumpet~wug*~@flamingo-2';
/** Kinds of state: every scene, every depth, every lens, edits and the tour. */
const KINDS = [
  '',
  `${NONCE}&g=3d0,2a.3&x=2-1&m=previous`,
  `${NONCE}&at=room:xattn.2&lens=compare`,
  `${NONCE}&at=tap:xattn.2.attention.scores:0.1.5.9&lens=training`,
  `${NONCE}&tour=2&teach=0,1.5,7:@panda~zorb&hide=scenes`,
] as const;
const WIDTHS = [360, 768, 1400] as const;

const CONTRAST = 'color-contrast';

type Options = { runOnly?: string[]; rules?: Record<string, { enabled: boolean }>; resultTypes?: string[] };
interface Axe {
  run(options: Options): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** In the page: what scrolls sideways while no shade at its edge says so. */
function scrollingUnseen(): string[] {
  return [...document.querySelectorAll('.panel, .panel *, table, .scroll')]
    .filter((box) => box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX))
    .filter((box) => !/-gradient/.test(getComputedStyle(box).backgroundImage))
    .map((box) => box.outerHTML.slice(0, 80));
}

describe.skipIf(CHROMIUM === undefined)('the explorer for everybody', () => {
  let explorer: Explorer;
  let page: Page;
  beforeAll(async () => {
    explorer = await openExplorer();
    ({ page } = await openPage(explorer));
    const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await page.evaluate(axe);
  });
  afterAll(() => explorer?.close());

  const go = async (hash: string): Promise<void> => {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, hash);
    await settled(page);
  };

  const violations = (options: Options = {}): Promise<string[]> =>
    page.evaluate(
      (options) =>
        (globalThis as unknown as { axe: Axe }).axe
          .run(options)
          .then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)),
      { resultTypes: ['violations'], ...options },
    );

  // Measuring contrast is three quarters of axe's work: colours are those of light or dark, in any language.
  describe.each(KINDS)('with the state %s', (kind) => {
    it.each(['en', 'ko'] as const)('has no violation of axe in %s at any width, light and dark', async (lang) => {
      await go(`${kind || '#'}&lang=${lang}`);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 860 });
        const where = `${kind} ${lang} ${width}`;
        if (lang === 'ko') expect(await violations({ rules: { [CONTRAST]: { enabled: false } } }), where).toEqual([]);
        else {
          expect(await violations(), where).toEqual([]);
          await page.emulateMedia({ colorScheme: 'dark' });
          expect(await violations({ runOnly: [CONTRAST] }), `${where} dark`).toEqual([]);
          await page.emulateMedia({ colorScheme: 'light' });
        }
        expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
        expect(await page.evaluate(scrollingUnseen), where).toEqual([]);
      }
    });
  });

  it('keeps lines, marks and bars where colours are forced', async () => {
    await page.setViewportSize({ width: 1400, height: 860 });
    await go(`${NONCE}&lens=training&lang=en`);
    await page.locator('.lines-at').first().waitFor({ state: 'attached' });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ forcedColors: 'active', colorScheme });
      const seen = await page.evaluate(() =>
        ['.chances .now', '.adds rect', '.marks .zero', '.gate-lines .line polyline', '.lines-at'].map((selector) => {
          const style = getComputedStyle(document.querySelector(selector) as Element);
          return [style.fill, style.stroke].some((paint) => paint !== 'none' && !/^rgba\(.*, 0\)$/.test(paint));
        }),
      );
      expect(seen, colorScheme).toEqual([true, true, true, true, true]);
      const border = (pressed: boolean): Promise<string> =>
        page
          .locator(`.token[aria-pressed="${pressed}"]`)
          .first()
          .evaluate((one) => getComputedStyle(one).borderTop);
      expect(await border(true), colorScheme).not.toBe(await border(false)); // no background tells what is chosen
    }
    expect(await violations()).toEqual([]);
    await page.emulateMedia({ forcedColors: 'none' });
  });

  it('says each result once to a screen reader, after a rest', async () => {
    await go(`${NONCE}&lang=en`);
    await page.evaluate(() => {
      const region = document.querySelector('p[aria-live="polite"]') as HTMLElement;
      const said: string[] = [];
      (globalThis as unknown as { said: string[] }).said = said;
      new MutationObserver(() => said.push(region.textContent ?? '')).observe(region, {
        subtree: true,
        childList: true,
        characterData: true,
      });
    });
    const slider = page.getByLabel('layer 3, dense gate');
    await slider.press('0');
    await settled(page);
    const heard = (): Promise<string[]> => page.evaluate(() => (globalThis as unknown as { said: string[] }).said);
    await page.waitForFunction(() => (globalThis as unknown as { said: string[] }).said.length > 0);
    await page.waitForTimeout(1500);
    const said = await heard();
    expect(said).toHaveLength(1);
    expect(said[0]).toContain(await page.locator('.caption').innerText());
  });

  it('can be walked through by keyboard alone: the tour, to its end', async () => {
    await page.getByRole('button', { name: 'Tour' }).press('Enter');
    const tour = page.locator('.tour');
    const next = () => tour.locator('.buttons button').nth(1).press('Enter');
    const show = () => tour.getByRole('button', { name: 'Show me where' }).press('Enter');
    const done = () => tour.locator('.right').waitFor();
    await show();
    await page.keyboard.press('0');
    await done();
    await next();
    await show();
    await page.keyboard.press('Enter');
    await done();
    await next();
    await page.getByRole('button', { name: 'Reset all' }).press('Enter');
    await show();
    const menu = page.locator('.card').nth(4).locator('summary');
    await menu.press('Enter');
    await page.getByRole('button', { name: /use the latents of picture 2/ }).press('Enter');
    await done();
    await next();
    await show();
    await page.keyboard.press('Space');
    await done();
    await next();
    await page.keyboard.press('k');
    await done();
    await next();
    await show();
    await page.keyboard.press('Enter');
    await page.locator('.train-here p.num').waitFor();
    await page.locator('.train-here').getByRole('button', { name: 'One step' }).press('Enter');
    await done();
    await next();
    expect(await tour.count()).toBe(0);
    await settled(page);
    expect((await stateOf(page)).tour).toBeNull();
  });

  it('keeps what a block shows within the block at every width', async () => {
    for (const lang of ['en', 'ko'])
      for (let width = 340; width <= 1500; width += 40) {
        await page.setViewportSize({ width, height: 860 });
        await go(`#lang=${lang}`);
        const out = await page.locator('.block').evaluateAll((blocks) =>
          blocks.flatMap((block) => {
            const { right } = block.getBoundingClientRect();
            return [...block.querySelectorAll('*')]
              .filter((one) => one.getBoundingClientRect().right > right + 1)
              .map((one) => `${one.className} by ${Math.round(one.getBoundingClientRect().right - right)}`);
          }),
        );
        expect(out, `${lang} ${width}`).toEqual([]);
      }
    await page.setViewportSize({ width: 1400, height: 860 });
    await go('#lang=en');
  });

  it('has the focus in a panel as soon as the panel is there, so that no key goes to nobody', async () => {
    await go('#');
    for (const opener of ['gated block 3', 'xattn.3.gate.dense', '‹ gated block 3'])
      expect(await page.getByRole('button', { name: opener }).first().evaluate(focusAfter)).toBe('panel');
    await page.keyboard.press('Escape');
    await page.locator('.panel').waitFor({ state: 'detached' });
  });

  it('says of moved latents which picture they are of, on its card and by its maps, wherever the card stands', async () => {
    await go(`${NONCE}&x=2-1&lang=en`);
    expect(await page.locator('.picture .badge').allInnerTexts()).toEqual(['latents of 2']);
    expect(await page.locator('.looked .notice').innerText()).toContain('the latents of picture 2');
    const badge = page.locator('.card').nth(3).locator('.badge'); // a text is taken out before it
    await page.locator('.card').nth(1).locator('input').press('Alt+Delete');
    await settled(page);
    expect(await badge.innerText()).toBe('latents of 2');
    await go(NONCE);
  });

  it('leaves out what a teacher hides', async () => {
    const hidden = 'scenes,gates,mask,rooms,looked,compare,training,audit,tour,link,prompt';
    await go(`${NONCE}&hide=${hidden}&lang=en`);
    for (const name of ['Tour', 'Copy link', 'Audit this screen', 'Close all gates', 'A name', 'Begin', '+ picture'])
      expect(await page.getByRole('button', { name, exact: true }).count(), name).toBe(0);
    for (const part of ['.looked', '.train', '.ribbon .switch', 'button.part-name', '.menu'])
      expect(await page.locator(part).count(), part).toBe(0);
    expect(await page.locator('.gate input:not(:disabled)').count()).toBe(0);
  });
});

/** The class of what has the focus when a click has first changed the page, before the next frame. */
function focusAfter(button: Element): Promise<string | undefined> {
  return new Promise((done) => {
    const seen = new MutationObserver(() => done(document.activeElement?.className));
    seen.observe(document.body, { childList: true, subtree: true });
    (button as HTMLElement).click();
  });
}
