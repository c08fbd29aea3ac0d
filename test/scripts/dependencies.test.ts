/** What the code imports is named in package.json itself, with one version: a package of a package may leave any day. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, Record<string, string>>;
const declared = { ...manifest.dependencies, ...manifest.devDependencies };

/** Where a module is named: imports, and the development tools that a command looks up. */
const NAMED = /(?:\bfrom |\bimport ?\(?|toolPath\()\s*'([^'\n]+)'/g;
const FOLDERS = ['src', 'scripts', 'explorer'];

it('imports no package that package.json does not name', () => {
  const missing = new Set<string>();
  for (const folder of FOLDERS)
    for (const name of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
      if (!/\.(ts|tsx|mjs)$/.test(name) || name.startsWith('bundlers')) continue;
      for (const [, specifier = ''] of readFileSync(join(root, folder, name), 'utf8').matchAll(NAMED)) {
        const parts = /^(@[\w.-]+\/[\w.-]+|[a-z][\w.-]*)(\/|$)/.exec(specifier);
        if (parts?.[1] && !(parts[1] in declared) && parts[1] !== 'glass-flamingo')
          missing.add(`${name}: ${specifier}`);
      }
    }
  expect([...missing]).toEqual([]);
});

it('pins every version', () => {
  expect(Object.entries(declared).filter(([, version]) => !/^(npm:.+@)?\d+\.\d+\.\d+\S*$/.test(version))).toEqual([]);
});
