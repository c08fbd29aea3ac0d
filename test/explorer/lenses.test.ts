import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompareView, FromWorker } from '../../src/explorer/protocol.ts';
import type { Request } from '../../src/explorer/state.ts';
import { ownOf } from '../../src/explorer/worker/own-picture.ts';
import { percent, signed } from '../../src/inspect/figures/numbers.ts';
import { readConfig } from '../../src/zoo/open/weights.ts';
import {
  CHROMIUM,
  EXAMPLES,
  type Explorer,
  examplePicture,
  nodeEngines,
  openExplorer,
  openPage,
  PAINT,
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

/** What a page's worker said: asks in the order in which parts of their answers came. */
interface Overheard {
  readonly worker: Worker;
  readonly parts: { readonly seq: number; readonly what: string; readonly squares: number }[];
}

async function overhear(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const heard = globalThis as unknown as { worker: Worker; parts: Overheard['parts'] };
    heard.parts = [];
    globalThis.Worker = class extends Worker {
      constructor(place: string | URL, options?: WorkerOptions) {
        super(place, options);
        heard.worker = this;
        this.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
          if (data.is !== 'part') return;
          const squares = 'changes' in data.view ? data.view.changes.length : 0;
          heard.parts.push({ seq: data.seq, what: data.want.what, squares });
        });
      }
    };
  });
}

describe.skipIf(CHROMIUM === undefined)("the explorer's lenses", () => {
  let explorer: Explorer;
  let page: Page;
  beforeAll(async () => {
    explorer = await openExplorer();
    ({ page } = await openPage(explorer, '#lang=en'));
  });
  afterAll(() => explorer?.close());

  const go = async (hash: string): Promise<void> => {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, hash);
    await settled(page);
  };

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

  it('sets two training steps side by side, and names the first value that differs', async () => {
    const steps = [40, 400] as const;
    await go(`${NONCE}&lens=compare&lang=en`);
    const compare = page.locator('aside details', { hasText: 'Compare' });
    await compare.getByLabel('A runs on').selectOption(String(steps[0]));
    await compare.getByLabel('B runs on').selectOption(String(steps[1]));
    await settled(page);
    const state = await stateOf(page);
    expect([state.weights, state.b?.weights]).toEqual(steps);
    const engines = await nodeEngines();
    const found = await engines.view(state, { what: 'compare', b: state.b as Request });
    const { a, b, first } = found as CompareView;
    expect(first?.name).toMatch(/^resampler\./); // what is frozen before it agrees
    expect(await compare.getByRole('button', { name: first?.name ?? '' }).count()).toBe(1);
    const chances = [0, 1, 2, 3, 4].flatMap((i) => [a, b].map(({ top }) => percent(top[i]?.probability ?? 0)));
    expect(await compare.locator('.compared .num').allInnerTexts()).toEqual(chances);
    await page.getByRole('button', { name: 'Audit this screen' }).click();
    const said = await page.locator('.notice', { hasText: 'numbers agree' }).innerText();
    expect(/(\d+) of \1 numbers/.test(said), said).toBe(true);
    await engines.close();
    engines.shipped.model.dispose();
  });

  it('says that a package has no weights of earlier steps', async () => {
    const { page } = await openPage(explorer, `${NONCE}&lens=compare&lang=en`, {
      before: async (page) => {
        await page.route('**/snapshots/*', (route) => route.fulfill({ status: 404 }));
      },
    });
    const compare = page.locator('aside details', { hasText: 'Compare' });
    expect(await compare.innerText()).toContain('a clone of the repository has them');
    expect(await compare.getByLabel('B runs on').locator('option').allInnerTexts()).toEqual(['the shipped weights']);
    await page.close();
  });

  it('shows where the chosen token looked, and stops covering for what is asked next', async () => {
    const { page: watched } = await openPage(explorer, `${NONCE}&lang=en`, { before: overhear });
    const maps = watched.locator('.looked .map figcaption');
    await watched.locator('.ribbon .token').nth(3).click();
    await settled(watched);
    const both = (n: number) => [expect.stringContaining(`picture ${n}`), expect.stringContaining(`picture ${n}`)];
    expect(await maps.allInnerTexts()).toEqual(both(1)); // of 'ax'
    await watched.getByLabel('all previous pictures').check();
    await watched.locator('.ribbon .token').last().click();
    await watched.locator('.looked').getByRole('button', { name: 'picture 2' }).click();
    await settled(watched);
    expect((await stateOf(watched)).image).toBe(1);
    expect(await maps.allInnerTexts()).toEqual(both(2));
    const cut = await watched.evaluate(
      () =>
        new Promise<number>((resolve) => {
          const { worker } = globalThis as unknown as Overheard;
          worker.addEventListener('message', function first({ data }: MessageEvent<FromWorker>) {
            if (data.is !== 'part' || data.want.what !== 'covered') return;
            worker.removeEventListener('message', first);
            const input = document.querySelector<HTMLInputElement>('.gate.dense input') as HTMLInputElement;
            input.value = '0.3';
            input.dispatchEvent(new Event('input', { bubbles: true }));
            resolve(data.seq);
          });
          document.querySelector<HTMLButtonElement>('.looked .buttons button')?.click();
        }),
    );
    await settled(watched);
    const parts = await watched.evaluate(() => (globalThis as unknown as Overheard).parts);
    const answered = parts.findIndex(({ seq, what }) => seq > cut && what === 'answer');
    expect(answered).toBeGreaterThan(0);
    expect(parts.slice(answered).every(({ seq }) => seq > cut)).toBe(true);
    expect(Math.max(...parts.filter(({ seq }) => seq === cut).map(({ squares }) => squares))).toBeLessThan(16);
    expect(parts.at(-1)).toMatchObject({ what: 'covered', squares: 16 });
    await watched.close();
  });

  it('shows what the model sees as pictures, as a table and as SVG', async () => {
    await go(`${NONCE}&lang=en`);
    const fold = page.locator('details', { hasText: 'See what it sees' });
    await fold.locator('summary').click();
    const drawn = (): Promise<boolean[]> =>
      fold.locator('canvas').evaluateAll((all) =>
        all.map((one) => {
          const { width, height } = one as HTMLCanvasElement;
          const pixels = (one as HTMLCanvasElement).getContext('2d')?.getImageData(0, 0, width, height).data;
          return pixels?.some((level) => level > 0) ?? false;
        }),
      );
    await expect.poll(drawn).toEqual([true, true, true]);
    await fold.getByRole('button', { name: /^as a table/ }).click();
    const size = PAINT.facts.imageSize;
    await page.waitForFunction((n) => document.querySelectorAll('table.pixels tbody tr').length === n, 3 * size);
    const shown = await fold.locator('table.pixels').first().locator('td').allInnerTexts();
    const { preprocessing } = await readConfig(join(EXAMPLES, '..', '..', 'weights'));
    const own = Buffer.from(ownOf(await examplePicture('flamingo'), preprocessing), 'base64url').toString('hex');
    expect(shown.slice(1)).toEqual(own.match(/.{6}/g)?.map((rgb) => `#${rgb}`)); // the first stands over the rows
    await fold.getByRole('button', { name: /^as a table/ }).click();
    const save = fold.getByRole('button', { name: /^save as SVG/ });
    const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
    expect((await readFile(await download.path(), 'utf8')).match(/<image /g)).toHaveLength(3);
  });

  it('undoes what was set while a training goes on, never what was learned', async () => {
    await go('#teach=0,0,7:@panda~zorb~@rocket~blick&lang=en');
    const section = page.locator('.train-here');
    const atStep = (n: number): Promise<void> => section.locator('p.num', { hasText: `step ${n},` }).waitFor();
    const shownStep = async (): Promise<number> =>
      Number(/step (\d+),/.exec(await section.locator('p.num').innerText())?.[1]);
    const past = (n: number) => expect.poll(shownStep).toBeGreaterThanOrEqual(n);
    const button = (name: string) => section.getByRole('button', { name, exact: true });
    const step = async (n: number): Promise<void> => {
      await button('One step').click();
      await atStep(n);
    };
    await button('Begin').click();
    await atStep(0);
    await step(1);
    await page.getByLabel('layer 3, dense gate').press('0');
    await button('Run the whole page on what was trained here').click();
    await step(2);
    await step(3);
    const gates = await section.locator('table.now .num').allInnerTexts();
    await page.keyboard.press('Control+z');
    await settled(page);
    expect(await stateOf(page)).toMatchObject({ weights: 'shipped', teach: { steps: 3 } });
    await page.keyboard.press('Control+z');
    await settled(page);
    expect(await stateOf(page)).toMatchObject({ edits: [], teach: { steps: 3 } });
    for (let i = 0; i < 2; i++) await page.keyboard.press('Control+y');
    await settled(page);
    expect(await stateOf(page)).toMatchObject({ weights: 'here', teach: { steps: 3 } });
    expect(await section.locator('table.now .num').allInnerTexts()).toEqual(gates);
    await section.getByLabel('word for picture 1: panda').fill('quonk');
    expect((await stateOf(page)).teach?.steps).toBe(0);
    await page.getByRole('button', { name: 'Undo' }).click();
    expect((await stateOf(page)).teach).toMatchObject({ steps: 3, lessons: [{ text: 'zorb' }, { text: 'blick' }] });
    await button('Play').click();
    await past(4);
    await page.getByRole('button', { name: 'Undo' }).click(); // it goes on meanwhile
    await past((await shownStep()) + 1);
    await button('Pause').click();
    await section.getByRole('button', { name: 'Play' }).waitFor();
    const shown = await shownStep();
    expect((await stateOf(page)).teach?.steps).toBe(shown);
    await page.reload();
    await ready(page);
    await atStep(shown);
  });

  it('audits a training: losses and gates of every step, and how many are right', async () => {
    const { page } = await openPage(explorer, '#teach=3,0,7:@panda~zorb~@rocket~blick&lang=en');
    const section = page.locator('.train-here');
    await section.locator('p.num', { hasText: 'step 3,' }).waitFor();
    await section.getByRole('button', { name: /^as a table: gates-trained-here/ }).click();
    const names = await section
      .locator('[data-view^="training."]')
      .evaluateAll((all) => all.map((element) => (element as HTMLElement).dataset.view));
    expect(names.filter((name) => name?.endsWith('.loss'))).toHaveLength(4); // the last in the line above too
    expect(names.filter((name) => name?.includes('.gates.'))).toHaveLength(4 * 8);
    const audit = async (): Promise<string> => {
      await page.getByRole('button', { name: 'Audit this screen' }).click();
      const said = page.locator('.notice', { hasText: 'numbers agree' });
      await said.waitFor();
      return said.innerText();
    };
    expect(await audit()).toMatch(/(\d+) of \1 numbers agree/);
    await section.locator('tbody [data-view="training.steps.2.loss"]').evaluate((element) => {
      element.textContent = '9.999';
    });
    expect(await audit()).not.toMatch(/(\d+) of \1 numbers agree/);
    expect(await page.locator('.wrong').getAttribute('data-view')).toBe('training.steps.2.loss');
    await page.close();
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
    await go(`${NONCE}&at=tap:xattn.3.contribution.dense&lang=en`);
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
