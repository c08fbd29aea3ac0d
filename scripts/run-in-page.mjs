import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

/**
 * Bundles `code`, a module that imports from `folder`'s node_modules and ends by setting `globalThis.result`, opens
 * it in a browser and gives the result. What only Node knows fails here. Files of `folder`/public are served beside it.
 */
export async function runInPage(folder, executablePath, code) {
  writeFileSync(join(folder, 'main.js'), code);
  writeFileSync(join(folder, 'index.html'), '<!doctype html><script type="module" src="/main.js"></script>');
  const settings = {
    root: folder,
    configFile: false,
    logLevel: 'error',
    build: { target: 'es2022', emptyOutDir: true },
  };
  await build(settings);
  const server = await preview({ ...settings, preview: { host: '127.0.0.1', port: 0 } });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    const failed = new Promise((_, reject) => page.on('pageerror', reject));
    await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
    const done = page.waitForFunction(() => globalThis.result, null, { timeout: 60_000 });
    return await Promise.race([done, failed]).then((handle) => handle.jsonValue());
  } finally {
    await browser.close();
    await server.close();
  }
}
