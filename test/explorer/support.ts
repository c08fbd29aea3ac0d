/** The built page in a real Chromium: one build for a run of tests, one browser for a worker, one server for a file. */

import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { type Served, serveFolders } from '../../src/cli/explore/serve.ts';
import { read } from '../../src/explorer/codec.ts';
import { FORMATS } from '../../src/explorer/page/num.tsx';
import type { Paint } from '../../src/explorer/paint.ts';
import { type State, start, untouched } from '../../src/explorer/state.ts';
import { Engines, type Files } from '../../src/explorer/worker/engines.ts';
import { Training } from '../../src/explorer/worker/training.ts';
import { load, type Model, type Picture, readPicture } from '../../src/flamingo.ts';
import { openBrowser } from '../support/browser.ts';
import { findChromium } from '../support/chromium.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const EXAMPLES: string = join(root, 'examples', 'pictures');
export const CHROMIUM: string | undefined = findChromium();

export const PAINT: Paint = JSON.parse(
  await readFile(join(root, 'src', 'explorer', 'first-paint.json'), 'utf8'),
) as Paint;

export interface Explorer {
  readonly folder: string;
  readonly address: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

export interface Built {
  readonly folder: string;
  /** Removes the folder, unless other files of tests use it. */
  remove(): Promise<void>;
}

/** The page, built once for a run of tests: the first file that asks builds it, the others wait. */
export async function buildExplorer(): Promise<Built> {
  const shared = process.env.EXPLORER_BUILD; // from test/explorer/shared-build.ts
  if (shared === undefined) {
    const folder = await mkdtemp(join(tmpdir(), 'explorer-'));
    await buildInto(folder);
    return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
  }
  const folder = join(shared, 'page');
  const lock = join(shared, 'lock');
  while (!(await exists(folder))) {
    const mine = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (!mine) await new Promise((resolve) => setTimeout(resolve, 200));
    else
      try {
        if (await exists(folder)) break;
        await buildInto(join(shared, 'unfinished'));
        await rename(join(shared, 'unfinished'), folder);
      } finally {
        await rm(lock, { recursive: true });
      }
  }
  return { folder, remove: async () => {} };
}

async function buildInto(folder: string): Promise<void> {
  await build({
    configFile: join(root, 'explorer', 'vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true },
  });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

export async function openExplorer(): Promise<Explorer> {
  const { folder, remove } = await buildExplorer();
  const served: Served = await serveFolders({ '': folder, weights: join(root, 'weights') });
  const browser = await openBrowser();
  const { address } = served;
  const close = async (): Promise<void> => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await served.close();
    await remove();
  };
  return { folder, address, browser, close };
}

/** A page of its own, on which every complaint of the browser is collected. */
export async function openPage(
  { browser, address }: Explorer,
  hash = '',
  options: Parameters<Browser['newPage']>[0] & {
    readonly wait?: boolean;
    readonly before?: (page: Page) => Promise<void>;
  } = {},
): Promise<{ page: Page; complaints: string[] }> {
  const { wait = true, before, ...rest } = options;
  const page = await browser.newPage({ viewport: { width: 1400, height: 860 }, locale: 'en-GB', ...rest });
  page.setDefaultTimeout(500_000); // a busy machine takes minutes for a page
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await before?.(page);
  await page.goto(address + hash);
  if (wait) await ready(page);
  return { page, complaints };
}

export async function ready(page: Page): Promise<void> {
  await page.waitForSelector('[data-status="ready"]');
  await settled(page);
}

/** Until what is shown is of the state that is shown. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset.settled === 'true', null, { polling: 50 });
}

/** The page's state, as its link has it. */
export async function stateOf(page: Page): Promise<State> {
  await page.waitForFunction(() => document.documentElement.dataset.linked === 'true', null, { polling: 50 });
  const { taps, facts, scenes } = PAINT;
  const own = await page.evaluate(() => JSON.parse(sessionStorage.getItem('own') ?? '{}') as Record<string, string>);
  const options = {
    kept: (name: string) => own[name],
    pictures: PAINT.scenes.flatMap(({ prompt }) => prompt.flatMap((item) => ('picture' in item ? item.picture : []))),
    ownBytes: 3 * facts.imageSize ** 2,
    hasTap: (name: string) => taps.includes(name),
  };
  return read(new URL(page.url()).hash, start(scenes[0]?.prompt ?? []), options).state;
}

export async function nodeEngines(): Promise<Engines> {
  return new Engines(await load(), examplePicture, besideWeights);
}

const besideWeights: Files = {
  read: (name) => readFile(join(root, 'weights', name)).catch(() => null),
  has: (name) => exists(join(root, 'weights', name)),
};

export const examplePicture = async (name: string): Promise<Picture> =>
  readPicture(await readFile(join(EXAMPLES, `${name}.png`)), name);

/** What the page's training begins with, from the seed that the page has. */
export async function trainingOf(shipped: Model, alpha: number): Promise<Training> {
  const names = ['cactus', 'flamingo', 'panda', 'rocket', 'strawberry', 'trumpet'];
  const lessons = await Promise.all(
    names.map(async (name) => ({ picture: await examplePicture(name), question: 'name :', answer: name })),
  );
  return new Training(shipped, lessons, { seed: 7, alpha });
}

export interface ShownNumber {
  readonly view: string;
  readonly as: keyof typeof FORMATS;
  readonly text: string;
}

/** Every number on the page that says where it comes from. */
export function numbersOn(page: Page): Promise<ShownNumber[]> {
  return page.evaluate(() =>
    Array.from(document.querySelectorAll<HTMLElement>('[data-view]'), (element) => ({
      view: element.dataset.view ?? '',
      as: element.dataset.as as 'signed',
      text: element.textContent ?? '',
    })),
  );
}

/** Numbers in tables that do not say where they come from; pixels and counts of rows and columns have no need to. */
export const unsourced = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    Array.from(document.querySelectorAll('table:not(.pixels) td'), (cell) => {
      const said = cell.cloneNode(true) as HTMLElement;
      for (const known of said.querySelectorAll('[data-view]')) known.remove();
      return said.textContent ?? '';
    }).filter((text) => /\d\.\d|\d %/.test(text)),
  );

/** Numbers of the page that are not what Node computes from its link. */
export async function wrongNumbers(page: Page, engine: Engines): Promise<{ all: number; wrong: string[] }> {
  const state = await stateOf(page);
  const shown = await numbersOn(page);
  const wants = {
    answer: { what: 'answer' },
    figure: { what: 'figure' },
    looked: { what: 'looked', token: state.token },
    covered: { what: 'covered', token: state.token, image: state.image },
    room: { what: 'room', room: state.at && 'room' in state.at ? state.at.room : '', token: state.token },
    tap: {
      what: 'tap',
      name: state.at && 'tap' in state.at ? state.at.tap : '',
      cell: state.at && 'tap' in state.at ? (state.at.cell ?? null) : null,
    },
    compare: { what: 'compare', b: state.b ?? untouched(state) },
    run: { what: 'run' },
  } as const;
  const views = new Map<string, unknown>();
  const wrong: string[] = [];
  for (const { view, as, text } of shown) {
    const [what = '', ...path] = view.split('.');
    if (!views.has(what)) views.set(what, await engine.view(state, wants[what as keyof typeof wants]));
    const value = path.reduce((part, key) => (part as Record<string, unknown>)?.[key], views.get(what)) as number;
    if (FORMATS[as](value) !== text) wrong.push(`${view}: ${text} on the page, ${FORMATS[as](value)} in Node`);
  }
  return { all: shown.length, wrong };
}

/** In how many rows the buttons at the top stand, and how many names and words of the page are broken in two. */
export const headOf = (page: Page): Promise<{ rows: number; broken: number }> =>
  page.evaluate(() => {
    const shown = [...document.querySelectorAll<HTMLElement>('.top button')].filter((one) => one.checkVisibility());
    const words = [...document.querySelectorAll<HTMLElement>('.gate .status, .panel h2, .token span')];
    return {
      rows: new Set(shown.map((one) => one.getBoundingClientRect().top)).size,
      broken: words.filter((one) => one.clientHeight > 2 * Number.parseFloat(getComputedStyle(one).fontSize)).length,
    };
  });
