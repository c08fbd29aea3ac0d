/** Tries the built site as a visitor: `npm run site -- --check`. */

import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deadLinks } from './dead-links.ts';
import { BUILT } from './places.ts';
import { visitSite } from './visit.ts';

/** Bytes of the whole site, with the explorer and its weights. */
const MOST_BYTES = 15e6;

/** @returns the exit status: 1 when anything failed */
export async function checkSite(): Promise<number> {
  const failures = [...size(), ...deadLinks(BUILT).map((link) => `dead link: ${link}`), ...(await visitSite())];
  for (const failure of failures) console.error(failure);
  console.log(failures.length === 0 ? 'The site passes.' : `${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

function size(): string[] {
  const names = readdirSync(BUILT, { recursive: true, encoding: 'utf8' });
  const bytes = names
    .map((name) => statSync(join(BUILT, name)))
    .reduce((all, entry) => all + (entry.isFile() ? entry.size : 0), 0);
  console.log(`size: ${(bytes / 1e6).toFixed(1)} MB`);
  return bytes < MOST_BYTES ? [] : [`the site has ${bytes} bytes; expected less than ${MOST_BYTES}`];
}
