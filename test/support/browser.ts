import { type Browser, chromium } from 'playwright-core';
import { findChromium } from './chromium.ts';

let shared: Promise<Browser> | undefined;

/** The browser of this worker, which its files of tests open one after another; it ends with the worker. */
export function openBrowser(): Promise<Browser> {
  shared ??= launchBrowser();
  return shared;
}

/** A browser of one's own, for other arguments. It hears no signals: tests of other files send them to this process. */
export function launchBrowser(...args: string[]): Promise<Browser> {
  const executablePath = findChromium();
  return chromium.launch({
    ...(executablePath && { executablePath }),
    args: ['--no-sandbox', ...args],
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
}
