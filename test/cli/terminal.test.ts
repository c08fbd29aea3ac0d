import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printable, tinted, untinted } from '../../src/cli/terminal.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { writeTorchFile } from '../../src/files/torch-write.ts';
import { EXAMPLES, type Result, runWithFake, runWithShipped } from './support.ts';

/** Colour, window title, C1, bidi, separators, tags, soft hyphen, carriage return, backspace. */
const HOSTILE = 'a\x1b[31mR\x1b]0;p\x07\x9b2J\x85\u202eX\u2066\u200f\u061c\u2028\u2029\u{e0041}\xad\ufeff\r\b\x7f\0';
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const RAW = /[\0-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/u;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: Uint8Array | string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

function expectClean({ out, err }: Result): void {
  expect(out).not.toMatch(RAW);
  expect(err).not.toMatch(RAW);
}

describe('printable', () => {
  it('leaves no character that a terminal obeys, and JSON reads the same text', () => {
    expect(printable(HOSTILE)).not.toMatch(RAW);
    const harmless = HOSTILE.replaceAll(/[\r\b\0]/g, '');
    expect(JSON.parse(`"${printable(harmless)}"`)).toBe(harmless);
    expect(JSON.parse(printable(JSON.stringify({ [HOSTILE]: HOSTILE })))).toEqual({ [HOSTILE]: HOSTILE });
  });

  it('leaves letters, lines, joiners and our own colours', () => {
    const text = '이름 :\n\t👩‍🌾 می‌خواهم é';
    expect(printable(text)).toBe(text);
    expect(printable(tinted('x', 'answer'))).toBe('\x1b[38;5;28mx\x1b[39m');
    expect(untinted(tinted('x', 'dense'))).toBe('x');
  });
});

describe('foreign text reaches no terminal raw', () => {
  const prompt = { sequence: [{ text: HOSTILE }], candidates: [HOSTILE, 'b'] };
  const seen = { ...prompt, sequence: [{ image: join(EXAMPLES, 'panda.png') }, { text: HOSTILE }] };

  it.each<[string, () => Promise<Result>]>([
    ['a picture that is not there', () => runWithFake(['ask', '--image', `${HOSTILE.replace('\0', '')}.png`])],
    ['an unknown command', () => runWithFake([HOSTILE])],
    ['an unknown option', () => runWithFake(['ask', `--${HOSTILE}`])],
    ['an unknown model', () => runWithFake(['fetch', HOSTILE])],
    ['a prompt', () => runWithShipped(['ask', '--prompt', file('p.json', JSON.stringify(prompt))])],
    ['an answer', () => runWithShipped(['walk', '--prompt', file('p.json', JSON.stringify(seen))])],
    ['JSON', () => runWithShipped(['walk', '--json', '--prompt', file('p.json', JSON.stringify(seen))])],
    ['colours', () => runWithShipped(['walk', '--prompt', file('p.json', JSON.stringify(seen))], { colours: true })],
    ['a broken prompt', () => runWithFake(['ask', '--prompt', file('p.json', `{"${HOSTILE}": 1}`)])],
    ['a broken file', () => runWithFake(['inspect', file('x', HOSTILE)])],
    ['a notebook', () => runWithFake(['notebook', 'check', `${HOSTILE}.ipynb`])],
  ])('%s', async (_, run) => expectClean(await run()));

  it.each(['--no-statistics', '--json', '--filter=none'])('names and values of weights (%s)', async (option) => {
    const entries = [{ name: HOSTILE, shape: [1], data: new Float32Array(1) }];
    const torch = file('t.pt', writeTorchFile(entries, { within: [HOSTILE] }));
    const safe = file('s.safetensors', writeSafetensors(entries, { [HOSTILE]: HOSTILE }));
    for (const path of [torch, safe]) expectClean(await runWithFake(['inspect', path, option]));
  });
});

describe('standard output', () => {
  const command = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
  const argv = ['--import', 'tsx', '--conditions=source', command];

  it('on a full disk is one line and exit 2', async () => {
    const child = spawn(process.execPath, [...argv, '--help'], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    let said = '';
    child.stderr?.on('data', (piece) => {
      said += piece;
    });
    const code = await new Promise((done) => child.on('close', done));
    expect({ code, said }).toEqual({
      code: 2,
      said: 'glass-flamingo: standard output cannot be written: no space is left on the disk\n',
    });
  }, 60_000);

  it('whose reader is gone is quiet', async () => {
    const quoted = [process.execPath, ...argv, 'ask', '--help'].map((word) => `'${word}'`).join(' ');
    const { stderr } = await promisify(execFile)('bash', ['-c', `${quoted} | true; exit \${PIPESTATUS[0]}`]);
    expect(stderr).toBe('');
  }, 60_000);
});
