import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

const page = `<!doctype html><meta charset="utf-8"><script type="module">
import { openDevice, tensor } from 'glass-flamingo/tensor';
const device = await openDevice();
const identity = tensor(device, [[1, 0], [0, 1]]);
globalThis.product = Array.from(await tensor(device, [[1, 2], [3, 4]]).matmul(identity).data());
</script>`;

/**
 * Bundles a page that uses the package installed in `folder` and opens it in a browser, so that an import
 * which only Node knows cannot slip in.
 */
export async function checkPage(folder, executablePath) {
  writeFileSync(join(folder, 'index.html'), page);
  const settings = { root: folder, configFile: false, logLevel: 'error', build: { target: 'es2022' } };
  await build(settings);
  const server = await preview({ ...settings, preview: { host: '127.0.0.1', port: 0 } });
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const tab = await browser.newPage();
    const complaints = [];
    tab.on('pageerror', (error) => complaints.push(error.message));
    await tab.goto(`http://127.0.0.1:${server.httpServer.address().port}/`);
    const settled = tab.waitForFunction(() => globalThis.product, null, { timeout: 20_000 });
    const product = await settled.then((handle) => handle.jsonValue()).catch((error) => error.message);
    if (complaints.length > 0 || String(product) !== '1,2,3,4') throw new Error([...complaints, product].join('\n'));
  } finally {
    await browser.close();
    await server.close();
  }
}
