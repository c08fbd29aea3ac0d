import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldens } from '../parity/support.ts';
import { type Result, runWithFake } from './support.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parity-'));
});
afterAll(() => rm(folder, { recursive: true }));

function parity(...argv: string[]): Promise<Result> {
  return runWithFake(['parity', ...argv]);
}

/** The index of operations with some of its cases, changed. */
async function someOps(name: string, change: (text: string) => string): Promise<string> {
  const target = join(folder, name, 'ops');
  await cp(join(goldens, 'ops'), target, { recursive: true });
  const index = JSON.parse(await readFile(join(target, 'index.json'), 'utf8')) as { cases: { op: string }[] };
  const cases = index.cases.filter(({ op }) => op === 'add' || op === 'exp');
  await writeFile(join(target, 'index.json'), change(JSON.stringify({ ...index, cases })));
  return join(folder, name);
}

describe('parity', () => {
  it('passes, writes JSON and ends with 0', async () => {
    const root = await someOps('good', (text) => text);
    const json = join(folder, 'report.json');
    const { code, out } = await parity('--cases', root, '--json', json);
    expect(code).toBe(0);
    expect(out).toMatch(/^pass +ops\/add-2x3-2x3 +3\/3 +\S+ +abs/m);
    const report = JSON.parse(await readFile(json, 'utf8'));
    expect(report.summary).toMatchObject({ failed: 0, notRun: 0 });
    expect(report.cases[0]).toMatchObject({ implementation: 'PyTorch', verdict: 'pass' });
  });

  it('ends with 3 when an operation is not known, and lists what was not run', async () => {
    const root = await someOps('unknown', (text) => text.replaceAll('"op":"exp"', '"op":"expm1"'));
    const { code, out } = await parity('--cases', root);
    expect(code).toBe(3);
    expect(out).toMatch(/^not run +ops\/exp.* 0\/2/m);
  });

  it('ends with 1 when something fails, whatever else was not run', async () => {
    const root = await someOps('wrong', (text) =>
      text.replaceAll('"op":"exp"', '"op":"expm1"').replaceAll('"op":"add"', '"op":"sub"'),
    );
    const { code, out } = await parity('--cases', root);
    expect(code).toBe(1);
    expect(out).toMatch(/^fail +ops\/add/m);
  });

  it('counts a module that it cannot run, and passes folders over that hold no case', async () => {
    const target = join(folder, 'modules');
    await cp(join(goldens, 'lucidrains/resampler'), join(target, 'any-name'), { recursive: true });
    const json = JSON.parse(await readFile(join(target, 'any-name/case.json'), 'utf8'));
    await writeFile(join(target, 'any-name/case.json'), JSON.stringify({ ...json, implementation: 'somebody.Else' }));
    await cp(join(goldens, '../pictures'), join(target, 'files'), { recursive: true });
    const { code, out } = await parity('--cases', target);
    expect(code).toBe(3);
    expect(out).toContain('somebody.Else');
    expect(out).toMatch(/0 passed, 0 failed, 1 not run/);
  });

  it('refuses a folder that is not there, or holds no case, with 2', async () => {
    expect(await parity('--cases', join(folder, 'nothing'))).toMatchObject({ code: 2 });
    const { code, err } = await parity('--cases', join(goldens, '../pictures'));
    expect(code).toBe(2);
    expect(err).toContain('no case in it or below it');
  });

  it('refuses a report that could not be written before it compares anything', async () => {
    const { code, out, err } = await parity('--cases', join(goldens, 'ops'), '--json', join(folder, 'none/a.json'));
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('its folder does not exist');
  });
});
