import { execFile, spawn } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { halfBlock, printable, tinted, untinted } from '../../src/cli/terminal.ts';
import { writeSafetensors } from '../../src/files/safetensors.ts';
import { writeTorchFile } from '../../src/files/torch-write.ts';
import { terminalReport } from '../../src/training/report.ts';
import { type Repository, startHub } from '../support/hub-server.ts';
import { EXAMPLES, type Result, runWithFake, runWithShipped } from './support.ts';

const CASE = fileURLToPath(new URL('../fixtures/terminal-escapes.json', import.meta.url));
const GOLDEN = fileURLToPath(new URL('../fixtures/goldens/lucidrains/resampler', import.meta.url));

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

const withPicture = (path: string): string => {
  const { sequence, ...rest } = JSON.parse(readFileSync(path, 'utf8'));
  return JSON.stringify({ sequence: [{ image: join(EXAMPLES, 'panda.png') }, ...sequence.slice(1)], ...rest });
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

  it('takes the nearest of 256 colours, greys among them', () => {
    const codes = (...colours: Parameters<typeof halfBlock>): string => printable(halfBlock(...colours));
    expect(codes([0, 0, 0], [255, 255, 255], 8)).toBe('\x1b[38;5;16;48;5;231m▀\x1b[39;49m');
    expect(codes([95, 135, 175], [120, 175, 60], 8)).toContain('38;5;67;48;5;107m');
    expect(codes([128, 128, 128], [226, 232, 240], 8)).toContain('38;5;244;48;5;254m');
    expect(codes([239, 84, 71], [1, 2, 3], 24)).toContain('38;2;239;84;71;48;2;1;2;3m');
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
    ['the case of a bug report, its picture missing', () => runWithShipped(['ask', '--prompt', CASE])],
    ['that case, walked through', () => runWithShipped(['walk', '--prompt', CASE])],
    ['that case, inspected', () => runWithShipped(['inspect', CASE])],
    ['that case with a picture', () => runWithShipped(['walk', '--prompt', file('c.json', withPicture(CASE))])],
    ['a notebook', () => runWithFake(['notebook', 'check', `${HOSTILE}.ipynb`])],
  ])('%s', async (_, run) => expectClean(await run()));

  /** A name that goes on in a second line, as if the command had said that. */
  const TWO = 'a\nFORGED';
  const twice = { sequence: [{ image: `${TWO}.png` }, { text: TWO }], candidates: [TWO, 'b'] };
  it.each<[string, number, () => string[]]>([
    ['a picture that is not there', 2, () => ['ask', '--image', `${TWO}.png`]],
    ['names, texts and candidates', 0, () => ['ask', '--prompt', file('two.json', JSON.stringify(twice)), '--tokens']],
    ['an unknown command', 2, () => [TWO]],
    ['a value that no option has', 2, () => ['attend', '--layer', TWO, '--image', 'x']],
    ['a pattern', 2, () => ['ask', '--image', join(EXAMPLES, 'panda.png'), '--set', TWO]],
    ['a folder', 2, () => ['describe', TWO]],
    [
      'a tensor',
      0,
      () => [
        'inspect',
        file('two.safetensors', writeSafetensors([{ name: TWO, shape: [1], data: new Float32Array(1) }])),
      ],
    ],
    [
      'a folder that is made',
      0,
      () => ['attend', '--prompt', file('two.json', JSON.stringify(twice)), '--out', join(folder, TWO)],
    ],
    ['a file that is made', 0, () => ['describe', 'shipped', '--svg', join(folder, `${TWO}.svg`)]],
    [
      'an implementation',
      3,
      () => {
        cpSync(GOLDEN, join(folder, 'case'), { recursive: true });
        file(
          'case/case.json',
          JSON.stringify({ ...JSON.parse(readFileSync(join(GOLDEN, 'case.json'), 'utf8')), implementation: TWO }),
        );
        return ['parity', '--cases', join(folder, 'case')];
      },
    ],
  ])('%s with a line break feigns no line of its own', async (_, code, argv) => {
    copyFileSync(join(EXAMPLES, 'panda.png'), join(folder, `${TWO}.png`));
    for (const lang of ['en', 'ko']) {
      const result = await runWithShipped([...argv(), '--lang', lang]);
      expect(result.code).toBe(code);
      expect(result.out + result.err).toMatch(/a\\nFORGED/);
      expect(result.out + result.err).not.toMatch(/^FORGED/m);
    }
  });

  it.each(['--no-statistics', '--json', '--filter=none'])('names and values of weights (%s)', async (option) => {
    const entries = [{ name: HOSTILE, shape: [1], data: new Float32Array(1) }];
    const torch = file('t.pt', writeTorchFile(entries, { within: [HOSTILE] }));
    const safe = file('s.safetensors', writeSafetensors(entries, { [HOSTILE]: HOSTILE }));
    for (const path of [torch, safe]) expectClean(await runWithFake(['inspect', path, option]));
  });
});

describe('a hub whose contents are hostile', () => {
  const [MODEL, CLIP, OPT] = ['dhansmair/flamingo-tiny', 'openai/clip-vit-large-patch14', 'facebook/opt-125m'];
  const NAME = HOSTILE.replaceAll(/[\0\r\n]/g, '');
  const sound = { 'config.json': JSON.stringify({ lm: OPT, clip_model_type: CLIP }), 'pytorch_model.bin': 'x' };
  const of = (model: Repository): Record<string, Repository> => ({
    [MODEL]: model,
    [CLIP]: { 'config.json': '{}', 'preprocessor_config.json': '{}', 'pytorch_model.bin': 'x' },
    [OPT]: { 'config.json': '{}', 'vocab.json': '{}', 'merges.txt': '', 'pytorch_model.bin': 'x' },
  });

  it.each<[string, Repository]>([
    ['a language model by name', { ...sound, 'config.json': JSON.stringify({ lm: HOSTILE, clip_model_type: CLIP }) }],
    ['an encoder by name', { ...sound, 'config.json': JSON.stringify({ lm: OPT, clip_model_type: `a/${HOSTILE}` }) }],
    ['a config that is no JSON', { ...sound, 'config.json': HOSTILE }],
    ['a type that nobody knows', { 'config.json': JSON.stringify({ model_type: HOSTILE }), 'pytorch_model.bin': 'x' }],
    ['files of other names', { ...sound, [`${NAME}.bin`]: 'x', [`pytorch_model-${NAME}.safetensors`]: 'x' }],
    [
      'shards by name',
      {
        'config.json': sound['config.json'],
        'pytorch_model.bin.index.json': JSON.stringify({ weight_map: { [HOSTILE]: `${HOSTILE}.bin`, a: NAME } }),
        [NAME]: 'x',
      },
    ],
    ['no weights', { 'config.json': sound['config.json'], [NAME]: 'x' }],
  ])('%s', async (_, model) => {
    const hub = await startHub({ repositories: of(model) });
    for (const name of ['HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE', 'HF_TOKEN']) vi.stubEnv(name, '');
    vi.stubEnv('HF_ENDPOINT', hub.endpoint);
    vi.stubEnv('HF_HOME', join(folder, 'hub'));
    try {
      for (const options of [['--dry-run'], ['--dry-run', '--json'], []])
        expectClean(await runWithFake(['fetch', MODEL, ...options]));
    } finally {
      vi.unstubAllEnvs();
      await hub.stop();
    }
  });
});

it('what long work says on its way goes through the command', () => {
  const said: string[] = [];
  const report = terminalReport(new PassThrough() as unknown as NodeJS.WriteStream, (text) => said.push(text), 1);
  report.say(HOSTILE);
  report.begin(HOSTILE, 1, 0);
  report.step(1, {}, 0);
  expect(said.map((text) => text.includes(HOSTILE))).toEqual([true, true, true]);
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
  });

  it('whose reader is gone is quiet', async () => {
    const quoted = [process.execPath, ...argv, 'ask', '--help'].map((word) => `'${word}'`).join(' ');
    const { stderr } = await promisify(execFile)('bash', ['-c', `${quoted} | true; exit \${PIPESTATUS[0]}`]);
    expect(stderr).toBe('');
  });

  it('whose reader is gone takes no file and no verdict with it', async () => {
    const weights = ['a', 'b'].map((name, i) =>
      file(`${name}.safetensors`, writeSafetensors([{ name: 'w', shape: [1], data: new Float32Array([i]) }])),
    );
    const svg = join(folder, 'gates.svg');
    const ends = [
      ['gates', '--svg', svg],
      ['diff', ...weights],
    ].map(
      (words) =>
        `${[process.execPath, ...argv, ...words].map((word) => `'${word}'`).join(' ')} | true; echo \${PIPESTATUS[0]}`,
    );
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', ends.join('\n')]);
    expect({ stdout, stderr }).toEqual({ stdout: '0\n1\n', stderr: '' });
    expect(readFileSync(svg, 'utf8')).toMatch(/<\/svg>\s*$/);
  });
});
