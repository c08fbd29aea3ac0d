/** The examples of the docblocks: every export that people call has one, all compile, and those that need no network run. */

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Tensor } from 'glass-flamingo/tensor';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const root = join(import.meta.dirname, '../..');
const ENTRIES = [
  'glass-flamingo/tensor',
  'glass-flamingo/nn',
  'glass-flamingo/flamingo',
  'glass-flamingo/inspect',
  'glass-flamingo/worker',
];

/** Where the examples of a browser's things, a network's or a checkpoint's are only compiled. */
const NOT_RUN = /https?:|document|new Worker|slider|openInWorker|serveModel|'(cat|checkpoint|clip)\b/;

interface Example {
  readonly file: string;
  readonly code: string;
}

function examplesIn(folder: string): Example[] {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  return files.flatMap((file) => {
    const source = readFileSync(join(root, folder, file), 'utf8');
    return Array.from(source.matchAll(/^( *)\* @example\n *\* ```ts\n([\s\S]*?)\n *\* ```$/gm), ([, , code = '']) => ({
      file,
      code: code.replace(/^ *\* ?/gm, ''),
    }));
  });
}

const examples = examplesIn('src');

/** `const NAME = VALUE; // [2, 3]` and `VALUE; // 20`: what an example says that comes out. */
const SAYS = /^( *)(?:const (\w+) = )?(.*); \/\/ (\[[-\d., ]*\]|'[^']*'|-?[\d.]+)$/gm;

/** The code with a call of `says` behind each value of which its example says what it is. */
const checked = (code: string): string =>
  code.replace(SAYS, (line, indent: string, name: string | undefined, value: string, told: string) =>
    name
      ? `${line}\n${indent}await says(${name}, ${JSON.stringify(told)});`
      : `${indent}await says(${value}, ${JSON.stringify(told)});`,
  );

/** Whether a value is what an example says: a tensor's shape or its values, a list, a text or a number, as far as it is written. */
async function isTold(value: unknown, told: string): Promise<boolean> {
  if (typeof value === 'string') return `'${value}'` === told;
  if (typeof value === 'number') return near([value], [told]);
  const numbers = told.slice(1, -1).split(', ').filter(Boolean);
  if (!(value instanceof Tensor)) return near(Array.from(value as ArrayLike<number>), numbers);
  return near(value.shape, numbers) || near(Array.from(await value.data()), numbers);
}

const near = (found: readonly number[], told: readonly string[]): boolean =>
  found.length === told.length &&
  told.every((number, i) => Math.abs((found[i] as number) - Number(number)) <= 0.51 * 10 ** -decimals(number));
const decimals = (number: string): number => number.split('.')[1]?.length ?? 0;
const GIVEN =
  'says: (value: unknown, told: string) => Promise<void>, device: Device, model: Model, answer: Answer, prepared: Prepared, file: File, slider: HTMLInputElement, caption: HTMLElement, bar: HTMLProgressElement, prompt: Prompt<PictureSource>';

let folder: string;
let names: Map<string, string>;
let compiled: string;
beforeAll(async () => {
  names = new Map();
  for (const entry of ENTRIES)
    for (const name of Object.keys(await import(/* @vite-ignore */ entry)))
      if (!names.has(name)) names.set(name, entry);
  const imports = ENTRIES.map((entry) => {
    const own = Array.from(names).flatMap(([name, from]) => (from === entry ? [name] : []));
    return `import { ${own.join(', ')} } from '${entry}';`;
  });
  const functions = examples.map(({ file, code }, i) => {
    const body = checked(code.replace(/^import .*\n/gm, ''));
    return `// ${file}\nexport async function example${i}(${GIVEN}) {\n{\n${body}\n}\n}`;
  });
  folder = await mkdtemp(join(import.meta.dirname, '.examples-'));
  compiled = join(folder, 'examples.ts');
  imports.push("import type { PictureSource, Prompt } from 'glass-flamingo/flamingo';");
  await writeFile(compiled, [...imports, ...functions].join('\n'));
  const settings = {
    extends: '../../../tsconfig.json',
    compilerOptions: { isolatedDeclarations: false, declaration: false },
    include: ['examples.ts'],
    exclude: [],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the examples of the docblocks', () => {
  it('compile', () => {
    const tsc = join(root, 'node_modules/typescript7/bin/tsc');
    let said = '';
    try {
      execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8', cwd: folder });
    } catch (error) {
      said = (error as { stdout: string }).stdout;
    }
    const lines = readFileSync(compiled, 'utf8').split('\n');
    const where = said.replace(/examples\.ts\((\d+),/g, (all, line) => `${all} ${lines[Number(line) - 1]?.trim()} (`);
    expect(where).toBe('');
  });

  it('run, where they need nothing but the package', async () => {
    const module = await import(/* @vite-ignore */ pathToFileURL(compiled).href);
    const { load, openDevice } = await import('../../src/flamingo.ts').then(async (flamingo) => ({
      ...flamingo,
      ...(await import('../../src/tensor/index.ts')),
    }));
    const [device, model] = [await openDevice(), await load()];
    const prompt = { sequence: [{ image: join(root, 'examples/pictures/panda.png') }, { text: 'name :' }] };
    const print = vi.spyOn(console, 'log').mockImplementation(() => {});
    const failed: string[] = [];
    let [ran, told] = [0, 0];
    for (const [i, { file, code }] of examples.entries()) {
      if (NOT_RUN.test(code)) continue;
      ran++;
      try {
        const own = /model/.test(code) ? model.device : device;
        const answer = /\banswer\.top/.test(code) ? await model.answer(prompt) : null;
        const says = async (value: unknown, text: string): Promise<void> => {
          told++;
          if (!(await isTold(value, text))) failed.push(`${file}: ${text} is said of ${value}`);
        };
        await module[`example${i}`](says, own, model, answer, null, null, null, null, null, prompt);
      } catch (error) {
        failed.push(`${file}: ${code}\n  ${error}`);
      }
    }
    print.mockRestore();
    model.dispose();
    expect(failed).toEqual([]);
    expect(ran).toBeGreaterThan(80);
    expect(told).toBeGreaterThan(60);
  });

  it('stand behind a sentence that says what is shown', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
    const bare = files
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) =>
        Array.from(
          readFileSync(join(root, 'src', name), 'utf8').matchAll(
            /^\/\*\*\n \* @(?:(?!\*\/)[\s\S])*\*\/\nexport (?:async )?(?:function|class) (\w+)/gm,
          ),
          ([, called]) => `${name}: ${called}`,
        ),
      );
    expect(bare).toEqual([]);
  });

  it('are there for every function and class that people call', async () => {
    const documented = new Set<string>();
    const docblock =
      /\/\*\*(?:(?!\*\/)[\s\S])*@example(?:(?!\*\/)[\s\S])*\*\/\s*export (?:abstract |async )*(?:function\*?|class) (\w+)/g;
    for (const file of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      for (const [, name = ''] of readFileSync(join(root, 'src', file), 'utf8').matchAll(docblock))
        documented.add(name);
    }
    const missing: string[] = [];
    for (const [name, entry] of names) {
      const value = (await import(/* @vite-ignore */ entry))[name];
      if (typeof value !== 'function' || value.prototype instanceof Error || documented.has(name) || WITHOUT.has(name))
        continue;
      missing.push(name);
    }
    expect(missing).toEqual([]);
  });

  it('call every method and accessor that people call, beside the class that has it and a sentence for each', async () => {
    const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(join(root, 'src', name), 'utf8'));
    const [missing, bare]: [string[], string[]] = [[], []];
    for (const [name, entry] of [...names, ['Pointwise', 'glass-flamingo/tensor'] as const]) {
      const value = (await import(/* @vite-ignore */ entry))[name];
      const source = sources.find((text) => new RegExp(`^export (abstract )?class ${name}\\b`, 'm').test(text));
      const skipped = value?.prototype instanceof Error || (WITHOUT.has(name) && name !== 'Pointwise');
      if (typeof value !== 'function' || source === undefined || skipped) continue;
      const shown = Array.from(source.matchAll(/```ts([\s\S]*?)```/g), ([, code]) => code).join('');
      for (const method of methodsOf(value)) {
        const inner = new RegExp(`(private|protected) (async |get )?${method}\\b|@internal \\*/\\n.*\\b${method}\\(`);
        if (!inner.test(source) && !INNER.has(`${name}.${method}`) && isBare(source, method))
          bare.push(`${name}.${method}`);
        const called = method === 'toString' || shown.includes(`.${method}`);
        if (!called && !inner.test(source) && !INNER.has(`${name}.${method}`)) missing.push(`${name}.${method}`);
      }
    }
    expect({ missing, bare }).toEqual({ missing: [], bare: [] });
  });
});

/** True if a method is declared here and no docblock of words, not of tags alone, stands before it. */
function isBare(source: string, method: string): boolean {
  const at = source.search(new RegExp(`^  ((static|override|abstract|async|get) )*\\*?${method}(<|\\()`, 'm'));
  if (at < 0) return false;
  const doc = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(source.slice(0, at))?.[1] ?? '';
  return method !== 'toString' && !/[a-z]/i.test(doc.replace(/@\w+[\s\S]*/, ''));
}

/** Own ones and those of bases that are not exported, such as the operations by element. */
function methodsOf({ name, prototype }: { name: string; prototype: object }): string[] {
  const base = Object.getPrototypeOf(prototype);
  const hidden = name === 'Pointwise' ? Object.getOwnPropertyNames(base) : [];
  return [...Object.getOwnPropertyNames(prototype), ...hidden].filter((method) => method !== 'constructor');
}

/** What the library calls itself, of what is public. */
const INNER = new Set([
  ...['GpuDevice', 'ShapeDevice', 'SimdDevice'].flatMap((device) =>
    ['allocateFor', 'execute', 'fill', 'free', 'hold', 'download', 'readSync', 'compiledKernels'].map(
      (method) => `${device}.${method}`,
    ),
  ),
  ...['Tensor.asOf', 'Tensor.apply', 'Tensor.operand', 'AdamW.update', 'Muon.update'],
  ...['Capture.wants', 'Capture.pass', 'Capture.check', 'Flamingo.next', 'Flamingo.sight', 'LanguageModel.next'],
  ...['SharedBeginning.begin', 'SharedBeginning.encode', 'SharedBeginning.reader'],
]);

/** What the library makes itself and nobody calls by hand: bases, parts of parts, what a whole reader of a file calls. */
const WITHOUT = new Set([
  'noTap',
  'flopsOf',
  'Decoding',
  'Device',
  'MaskedCrossAttention',
  'Optimizer',
  'PerceiverAttention',
  'Pointwise',
  'RemotePrepared',
  'ResamplerLayer',
  'SafetensorsFile',
  'TransformerLayer',
  'byteLevelTokenizerJson',
  'flamingoFromFlamingoMini',
  'flamingoFromIdefics',
  'flamingoMiniNames',
  'flamingoMiniTokens',
  'ideficsNames',
  'ideficsTokens',
  'inOurNames',
  'inTheirNames',
  'languageModelNames',
  'languageModelNamesOf',
  'mediaSeen',
  'mediaSeenAfter',
  'ofAllLayers',
  'openFlamingoFiles',
  'openFlamingoNames',
  'openFlamingoTokens',
  'readNamedTokens',
]);
