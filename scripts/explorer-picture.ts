// Takes docs/explorer.png, the explorer as it opens on made-up words: `npm run explorer-picture`, with Chromium.
import { fileURLToPath } from 'node:url';
import { openExplorer, openPage, settled } from '../test/explorer/support.ts';

const FILE = fileURLToPath(new URL('../docs/explorer.png', import.meta.url));
const explorer = await openExplorer();
try {
  const { page } = await openPage(explorer, '', { viewport: { width: 1400, height: 1000 } });
  await page.keyboard.press('4');
  await settled(page);
  await page.screenshot({ path: FILE });
  console.log(FILE);
} finally {
  await explorer.close();
}
