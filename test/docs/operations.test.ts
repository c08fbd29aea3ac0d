import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { operationsPage } from '../../scripts/operations-page.ts';

it('docs/operations.md is what the code says (else: npm run operations)', async () => {
  expect(await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')).toBe(operationsPage());
});
