import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  scripts: Record<string, string>;
};
/** They take no arguments: npm and CI call them. */
const BARE = ['prepare.mjs', 'check-publish.mjs', 'build-kernels.mjs', 'check-package.mjs'];
/** They answer a wrong option themselves, with exit code 2. */
const BY_THEMSELVES = ['scripts/ablate.ts', 'bench/main.ts'];

const files = Object.values(scripts).flatMap((command) => command.match(/\b(scripts|bench)\/\S+\.(ts|mjs)\b/g) ?? []);

it.each(files.filter((file) => !BARE.some((bare) => file.endsWith(bare)) && !BY_THEMSELVES.includes(file)))(
  '%s reads its arguments and refuses others',
  (file) => expect(readFileSync(new URL(file, root), 'utf8')).toMatch(/\breadArguments\(/),
);

it.each(BY_THEMSELVES)('%s says that it was stopped, as those do that read their arguments', (file) =>
  expect(readFileSync(new URL(file, root), 'utf8')).toMatch(/\bendWhenTold\(/),
);

it.each([
  {
    call: ['agreed.ts', '--wr\x1b[31mong'],
    status: 2,
    said: /^agreed\.ts: Unknown option '--wr\\u001b\[31mong' \(--help shows the usage\)\n$/,
  },
  { call: ['agreed.ts', '--help', '--wrong'], status: 0, said: /^Pages and notebooks .*npm run agree/s },
  {
    call: ['drawings.ts', 'x', '1.5'],
    status: 2,
    said: /^drawings\.ts: SEED is '1\.5'; expected a whole number from 0 /,
  },
])('$call ends with $status', ({ call: [file, ...words], status, said }) => {
  const args = ['--import', 'tsx', '--conditions=source', `scripts/${file}`, ...words];
  const ended = spawnSync(process.execPath, args, { cwd: fileURLToPath(root), encoding: 'utf8' });
  expect(ended.stdout + ended.stderr).toMatch(said);
  expect(ended.status).toBe(status);
});
