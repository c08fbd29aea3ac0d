import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  appendToFile,
  checkFolder,
  checkNewFolder,
  checkWritable,
  makeFolder,
  WriteError,
  writeFileWhole,
  writeFolderWhole,
} from '../../src/files/write-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'glass-flamingo-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const within = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(within(name), 'utf8');

describe('a file', () => {
  it('is written whole, in place of what was there, with its mode', async () => {
    writeFileSync(within('a'), 'before');
    chmodSync(within('a'), 0o640);
    await writeFileWhole(within('a'), 'after');
    expect(text('a')).toBe('after');
    expect(statSync(within('a')).mode & 0o7777).toBe(0o640);
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it('is written piece by piece; pieces that fail leave the old one', async () => {
    async function* pieces(fail: boolean): AsyncGenerator<Uint8Array> {
      yield new Uint8Array([97]);
      if (fail) throw new TypeError('no more');
      yield new Uint8Array([98]);
    }
    await writeFileWhole(within('a'), pieces(false));
    await expect(writeFileWhole(within('a'), pieces(true))).rejects.toThrow('no more');
    expect(text('a')).toBe('ab');
    expect(readdirSync(folder)).toEqual(['a']);
  });

  it.each([
    ['none/b', 'its folder does not exist'],
    ['a/b', 'a file is in the way'],
    ['', 'a folder is in the way'],
    ['circle', 'its links lead in a circle'],
    ['n'.repeat(300), 'the name is too long'],
  ])('says why %j cannot be written, and leaves nothing', async (name, reason) => {
    writeFileSync(within('a'), 'a');
    symlinkSync('circle', within('circle'));
    for (const refuse of [() => writeFileWhole(within(name), 'text'), () => checkWritable(within(name))]) {
      const refused = refuse();
      await expect(refused).rejects.toThrow(`'${within(name)}' cannot be written: ${reason}`);
      await expect(refused).rejects.toBeInstanceOf(WriteError);
    }
    expect(readdirSync(folder)).toEqual(['a', 'circle']);
  });

  it('is written through links, also through one that leads to nothing yet', async () => {
    mkdirSync(within('real'));
    writeFileSync(within('real/a'), 'before');
    symlinkSync('real/a', within('a'));
    symlinkSync('real', within('alias'));
    symlinkSync('alias/b', within('b'));
    await writeFileWhole(within('a'), 'one');
    await writeFileWhole(within('b'), 'two');
    expect([text('real/a'), text('real/b')]).toEqual(['one', 'two']);
    expect(['a', 'b'].map((name) => lstatSync(within(name)).isSymbolicLink())).toEqual([true, true]);
  });

  it('that is a device or a FIFO is written into, and stays what it is', async () => {
    const device = within('null');
    symlinkSync('/dev/null', device);
    await writeFileWhole(device, 'text');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
    await expect(writeFileWhole('/dev/full', 'text')).rejects.toThrow('no space is left on the disk');
    execFileSync('mkfifo', [within('fifo')]);
    const reader = spawn('cat', [within('fifo')]);
    let read = '';
    reader.stdout.on('data', (piece) => {
      read += piece;
    });
    await writeFileWhole(within('fifo'), 'through');
    await new Promise((done) => reader.on('close', done));
    expect(read).toBe('through');
    expect(statSync(within('fifo')).isFIFO()).toBe(true);
  });

  it('that standard output goes to is written into, by whatever name, and what follows is not lost', () => {
    const module = new URL('../../src/files/write-file.ts', import.meta.url).href;
    const code = `const { writeFileWhole } = await import(${JSON.stringify(module)});
      console.log('before');
      for (const name of process.argv.slice(1)) await writeFileWhole(name, name + '\\n');
      console.log('after');`;
    symlinkSync('/dev/stdout', within('link'));
    const names = [within('link'), '/dev/stdout', '/proc/self/fd/1', within('log')];
    const log = openSync(within('log'), 'w');
    const options = ['--import', 'tsx', '--input-type=module', '-e', code, '--'];
    execFileSync(process.execPath, [...options, ...names], { stdio: ['ignore', log, 'inherit'] });
    closeSync(log);
    expect(text('log')).toBe(['before', ...names, 'after', ''].join('\n'));
  });

  it('is not written without a name', async () => {
    await expect(writeFileWhole('', 'x')).rejects.toThrow("'' cannot be written: it has no name");
  });

  it('is not written through a name that ends in a slash', async () => {
    await expect(writeFileWhole(`${within('a')}/`, '')).rejects.toThrow('a folder is in the way');
  });

  it('has a name as long as the disk takes', async () => {
    await writeFileWhole(within('n'.repeat(255)), 'text');
    expect(text('n'.repeat(255))).toBe('text');
  });

  it('of two writers at once is that of one of them', async () => {
    await Promise.all(['a', 'b', 'c'].map((letter) => writeFileWhole(within('x'), letter.repeat(100_000))));
    expect(text('x')).toMatch(/^(a{100000}|b{100000}|c{100000})$/);
    expect(readdirSync(folder)).toEqual(['x']);
  });
});

describe('what a killed save left', () => {
  const program = new URL('../../src/files/write-file.ts', import.meta.url).href;
  const slow = (file: string): string => `
    import { writeFileWhole } from ${JSON.stringify(program)};
    async function* pieces() { yield new Uint8Array(9); console.log('written'); await new Promise((r) => setTimeout(r, 1e6)); }
    await writeFileWhole(${JSON.stringify(file)}, pieces());`;

  it('is removed by the next save when its process is gone, and not before', async () => {
    writeFileSync(within('x'), 'old');
    writeFileSync(within('x.part'), 'not ours');
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', slow(within('x'))], {
      cwd: new URL('../..', import.meta.url),
    });
    await new Promise((done) => child.stdout.once('data', done));
    await writeFileWhole(within('x'), 'new');
    expect(readdirSync(folder)).toHaveLength(3);
    child.kill('SIGKILL');
    await new Promise((done) => child.once('close', done));
    expect(text('x')).toBe('new');
    await writeFileWhole(within('x'), 'newer');
    expect(readdirSync(folder)).toEqual(['x', 'x.part']);
  });
});

describe('a new folder', () => {
  const FILES = new Map([
    ['a', 'A'],
    ['b/c', 'C'],
  ]);

  it('is written whole, also where an empty one is, or a link to one', async () => {
    mkdirSync(within('empty'));
    symlinkSync('empty', within('link'));
    await writeFolderWhole(within('link'), FILES);
    await writeFolderWhole(within('new'), FILES);
    for (const name of ['empty', 'new']) expect([text(`${name}/a`), text(`${name}/b/c`)]).toEqual(['A', 'C']);
    expect(readdirSync(folder).sort()).toEqual(['empty', 'link', 'new']);
    expect(readdirSync(within('empty')).sort()).toEqual(['a', 'b']);
  });

  it('is refused where something lies, which stays', async () => {
    mkdirSync(within('full'));
    writeFileSync(within('full/x'), 'theirs');
    await expect(writeFolderWhole(within('full'), FILES)).rejects.toThrow('holds something already');
    await expect(checkNewFolder(within('full/x'))).rejects.toThrow('a file is in the way');
    expect(readdirSync(within('full'))).toEqual(['x']);
  });

  it('keeps what another wrote into it meanwhile, and takes its own back', async () => {
    mkdirSync(within('shared'));
    async function* meanwhile(): AsyncGenerator<Uint8Array> {
      writeFileSync(within('shared/b'), 'theirs');
      yield new Uint8Array(1);
    }
    const files = new Map<string, string | AsyncIterable<Uint8Array>>([
      ['a', 'A'],
      ['b', meanwhile()],
    ]);
    await expect(writeFolderWhole(within('shared'), files)).rejects.toThrow('a file is in the way');
    expect(readdirSync(within('shared'))).toEqual(['b']);
    expect(text('shared/b')).toBe('theirs');
  });
});

it('adds to a file', async () => {
  await appendToFile(within('log'), 'a\n');
  await appendToFile(within('log'), 'b\n');
  expect(text('log')).toBe('a\nb\n');
  await expect(appendToFile(within('none/log'), '')).rejects.toThrow('its folder does not exist');
});

const NO_FOLDERS = ['/dev/stdout', '/dev/null', '/proc/nothing/at-all', ''].filter(
  (path) => existsSync('/proc') || path === '',
);
it.each(NO_FOLDERS)('makes no folder of %j', async (path) => {
  const reason =
    { '/proc/nothing/at-all': 'that is not allowed', '': 'it has no name' }[path] ?? 'a file is in the way';
  const message = `cannot be written: ${reason}`;
  if (!path.startsWith('/proc')) {
    await expect(checkFolder(path)).rejects.toThrow(message);
    await expect(checkNewFolder(path)).rejects.toThrow(message);
    await expect(writeFolderWhole(path, new Map([['a', 'b']]))).rejects.toThrow(message);
  }
  await expect(makeFolder(path)).rejects.toThrow(message);
});

it('makes folders, but not over a file', async () => {
  await makeFolder(within('b/c'));
  await makeFolder(within('b/c'));
  expect(existsSync(within('b/c'))).toBe(true);
  writeFileSync(within('a'), '');
  await expect(makeFolder(within('a'))).rejects.toThrow(`'${within('a')}' cannot be written: a file is in the way`);
});
