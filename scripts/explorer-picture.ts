import { fileURLToPath } from 'node:url';
import { openExplorer, openPage, settled } from '../test/explorer/support.ts';
import { readArguments } from './arguments.ts';

const FILE = fileURLToPath(new URL('../docs/explorer.png', import.meta.url));
readArguments(
  'npm run explorer-picture: takes docs/explorer.png, the explorer as it opens on made-up words, with Chromium.',
  {},
);
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
