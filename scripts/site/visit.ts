/** The built site in a real Chromium: searches, axe, and no request elsewhere, under a sub-path. */

import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, sep } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../test/support/chromium.ts';
import { BUILT, type Lang, SITE } from './places.ts';
import { serveUnder } from './serve.ts';

/** Any path but the root shows a link that is not relative. */
const BASE = '/x/y/';
/** Where a page must stand among the results. */
const BEST = 3;
/** A telephone in the dark, a projector in the light. */
const SIGHTS = [
  { colorScheme: 'dark', width: 360 },
  { colorScheme: 'light', width: 1400 },
] as const;
const PATIENCE = 120_000;

/** One page of each kind. */
const KINDS = [
  'index.html',
  'learn.html',
  'learn/05-the-gate.html',
  'look-up.html',
  'guide/glossary.html',
  'guide/taps.html',
  'guide/figures.html',
  'guide/model-card.html',
  'guide/benchmarks.html',
] as const;
const ENGLISH_KINDS = ['api/worker.html', 'source/src/flamingo/media-mask.ts.html'] as const;

interface Search {
  readonly lang: Lang;
  readonly question: string;
  readonly page: string;
}

interface Axe {
  run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
}

/** @returns what is wrong, each in a line */
export async function visitSite(): Promise<string[]> {
  const executablePath = findChromium();
  if (executablePath === undefined) return ['no Chromium was found; install it or set CHROMIUM to its path'];
  const { address, close } = await serveUnder(BUILT, BASE, 0);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    return [
      ...(await searched(browser, address)),
      ...(await alive(browser, address)),
      ...(await accessible(browser, address)),
      ...(await narrow(browser, address)),
    ];
  } finally {
    await browser.close();
    await close();
  }
}

/** A page on which complaints and requests to other places are noted. */
async function open(browser: Browser, address: string, wrong: string[], options: object = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 }, ...options });
  page.setDefaultTimeout(PATIENCE);
  page.on('console', (message) => message.type() === 'error' && wrong.push(`${page.url()}: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(`${page.url()}: ${error}`));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(address))
      wrong.push(`${page.url()} asks for ${request.url()}`);
  });
  return page;
}

async function searched(browser: Browser, address: string): Promise<string[]> {
  const searches = JSON.parse(readFileSync(join(SITE, 'check/searches.json'), 'utf8')) as Search[];
  const wrong: string[] = [];
  const page = await open(browser, address, wrong);
  for (const lang of ['en', 'ko'] as const) {
    await page.goto(`${address}${lang === 'ko' ? 'ko/' : ''}look-up.html`);
    await page.keyboard.press('/');
    for (const { question, page: wanted } of searches.filter((search) => search.lang === lang)) {
      await page.fill('#search input', question);
      await page.waitForFunction(
        (question) => document.querySelector<HTMLElement>('#search')?.dataset.shown === question,
        question,
      );
      const found = await page.$$eval('#search li a', (links) => links.map((link) => (link as HTMLAnchorElement).href));
      const at = found.findIndex((link) => decodeURIComponent(link).startsWith(address + wanted));
      if (at < 0 || at >= BEST)
        wrong.push(`"${question}" finds ${wanted} at ${at < 0 ? 'no place' : `place ${at + 1}`} of ${found.length}`);
    }
  }
  console.log(`${searches.length} searches`);
  await page.close();
  return wrong;
}

async function accessible(browser: Browser, address: string): Promise<string[]> {
  const wrong: string[] = [];
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const pages = [...KINDS, ...KINDS.map((name) => `ko/${name}`), ...ENGLISH_KINDS];
  for (const { colorScheme, width } of SIGHTS) {
    const page = await open(browser, address, wrong, { colorScheme, viewport: { width, height: 900 } });
    for (const name of pages) {
      await page.goto(address + name);
      await page.evaluate(axe);
      const found = await page.evaluate(() =>
        (globalThis as unknown as { axe: Axe }).axe
          .run()
          .then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`)),
      );
      wrong.push(...found.map((violation) => `${name}, ${width} px, ${colorScheme}: ${violation}`));
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
        wrong.push(`${name} is wider than ${width} px`);
    }
    await page.close();
  }
  console.log(
    `axe: ${pages.length} pages, ${SIGHTS.map(({ colorScheme, width }) => `${colorScheme} at ${width} px`).join(', ')}`,
  );
  return wrong;
}

/** Every page that we lay out, on a telephone: what is wide scrolls in its own box. */
async function narrow(browser: Browser, address: string): Promise<string[]> {
  const wrong: string[] = [];
  const page = await open(browser, address, wrong, { viewport: { width: 360, height: 900 } });
  const names = readdirSync(BUILT, { recursive: true, encoding: 'utf8' }).map((name) => name.replaceAll(sep, '/'));
  const pages = names.filter((name) => name.endsWith('.html') && !name.startsWith('explorer/'));
  for (const name of pages) {
    await page.goto(address + name);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    if (width > 360) wrong.push(`${name} is ${width} px wide at 360 px`);
    const silent = await page.evaluate(unshownScrolling);
    wrong.push(...silent.map((box) => `${name} does not show at 360 px that this goes on: ${box}`));
  }
  await page.close();
  console.log(`width: ${pages.length} pages at 360 px`);
  return wrong;
}

/** In the page: what scrolls sideways while neither a shade nor a fading edge says so. */
async function unshownScrolling(): Promise<string[]> {
  for (const image of document.querySelectorAll<HTMLImageElement>('.figure img')) {
    image.loading = 'eager';
    await image.decode();
  }
  await new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)));
  return Array.from(document.querySelectorAll('main *'))
    .filter((box) => box.scrollWidth > box.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(box).overflowX))
    .filter((box) => {
      const { backgroundImage, maskImage } = getComputedStyle(box);
      return !/rgba\(0, 0, 0, 0\)|transparent/.test(`${backgroundImage} ${maskImage}`);
    })
    .map((box) => box.outerHTML.slice(0, 100));
}

/** What moves: the scene, the switches of language and light, and the explorer behind the scene's link. */
async function alive(browser: Browser, address: string): Promise<string[]> {
  const wrong: string[] = [];
  const page = await open(browser, address, wrong, { colorScheme: 'light' });
  const check = (good: boolean, what: string): unknown => good || wrong.push(what);
  await page.goto(address);
  const said = (): Promise<string> => page.innerText('#scene .said strong');
  const before = await said();
  await page.focus('#scene-gate');
  await page.keyboard.press('End');
  check((await said()) !== before, `the scene says "${before}" with the gate at both ends`);
  await page.click('#theme');
  const background = (): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await background();
  await page.click('header .tools a');
  await page.waitForURL(`${address}ko/index.html`);
  check((await background()) === dark && dark !== 'rgb(255, 255, 255)', 'a page chosen dark does not stay dark');
  await page.click('#scene .foot a');
  await page.waitForSelector('[data-status="ready"]');
  check(/lang=ko/.test(page.url()), 'the explorer forgets the language');
  const lost = await browser.newPage(); // a browser complains of the address itself
  for (const path of ['no-page.html', 'learn/no/page.html']) {
    await lost.goto(address + path);
    await lost.click('main a');
    check(lost.url() === `${address}index.html`, `what is shown at ${path} leads to ${lost.url()}`);
  }
  await lost.close();
  console.log('the scene, the switches, the explorer and the page for lost addresses work');
  await page.close();
  return wrong;
}
