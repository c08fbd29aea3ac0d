import { type Browser, chromium } from 'playwright-core';
import { findChromium } from './chromium.ts';

let browser: Promise<Browser> | undefined;

/** The browser of this worker, which its files of tests open one after another; it ends with the worker. */
export function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  browser ??= chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] });
  return browser;
}
