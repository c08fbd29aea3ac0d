import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const BIN = fileURLToPath(new URL('../../bin/glass-flamingo.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'bin-'));
afterAll(() => rm(folder, { recursive: true }));

it('says in a line that nothing is built yet', async () => {
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await cp(BIN, join(folder, 'bin', 'glass-flamingo.js'));
  const ended = await new Promise((done) =>
    execFile(process.execPath, [join(folder, 'bin', 'glass-flamingo.js'), 'demo'], (error, out, err) =>
      done({ code: error?.code, out, err }),
    ),
  );
  expect(ended).toEqual({
    code: 2,
    out: '',
    err: 'glass-flamingo: nothing is built here yet; run `npm ci` first, in a clone\n',
  });
});
