import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { makeFolder, writeFileWhole } from '../files/write-file.ts';
import { type Context, UsageError } from './context.ts';
import { installKernel } from './notebook/deno.ts';
import { strip } from './notebook/file.ts';
import { openNotebook, runNotebooks, saveNotebook } from './notebook/runner.ts';
import { NOTEBOOKS, requireClone } from './notebook/tools.ts';
import { printable } from './terminal.ts';

const FILES = 'notebooks; all of notebooks/ when left out';

const HELP = `
A notebook of one's own runs from anywhere in the clone, where it can import 'glass-flamingo'. Those of notebooks/ come in
pairs, English and Korean, of the same code: a pair that is there is compared, and must be there when no FILES are named.

Examples:
  $ npm run notebook -- run mine.ipynb
  $ npm run notebook -- render mine.ipynb

Exit codes: 0 done, all passed; 1 a notebook failed; 2 wrong usage or input.`;

export function register(program: Command, context: Context): void {
  const command = program.command('notebook').addHelpText('after', HELP);
  command
    .command('run')
    .description('type-check and execute the cells, and save their outputs')
    .argument('[files...]', FILES)
    .action((files: string[]) => runAll(files, true, context));
  command
    .command('check')
    .description('execute the cells and compare with the saved outputs; writes nothing')
    .argument('[files...]', FILES)
    .action((files: string[]) => runAll(files, false, context));
  command
    .command('render')
    .description(
      'write each notebook with its saved outputs as one HTML file beside it, which needs no tool to be read',
    )
    .argument('[files...]', FILES)
    .option('--out <folder>', 'where to write')
    .action(async (files: string[], { out }: { out?: string }) => {
      const { renderNotebook } = await import('./notebook/render.ts');
      for (const file of find(files)) {
        const page = join(out ?? dirname(file), `${basename(file, '.ipynb')}.html`);
        if (out !== undefined) await makeFolder(out);
        await writeFileWhole(page, await renderNotebook(openNotebook(file), basename(file, '.ipynb')));
        context.out(`${relative(process.cwd(), page)}\n`);
      }
    });
  command
    .command('strip')
    .description('clear the saved outputs')
    .argument('[files...]', FILES)
    .action(async (files: string[]) => {
      for (const file of find(files)) {
        await saveNotebook(file, strip(openNotebook(file)));
        context.out(`${relative(process.cwd(), file)}: cleared\n`);
      }
    });
  command
    .command('open')
    .alias('lab')
    .description("install Deno's Jupyter kernel into .deno/ and say how to open the notebooks with it")
    .action(() => {
      requireClone();
      return installKernel(context);
    });
}

async function runAll(files: readonly string[], save: boolean, context: Context): Promise<void> {
  let [passed, failed] = [0, 0];
  const progress = (file: string, cell: number, cells: number): void => {
    const name = relative(process.cwd(), file);
    if (process.stderr.isTTY !== true) {
      if (cell <= 1) context.err(cell === 0 ? 'checking types\n' : `${name}: ${cells} cells\n`);
      return;
    }
    const doing = cell === 0 ? 'checking types' : `${name}: cell ${cell} of ${cells}`;
    process.stderr.write(`\r\x1b[K${printable(doing)}`);
  };
  await runNotebooks(find(files), { save, pairs: files.length === 0, progress }, ({ file, problems, seconds }) => {
    if (process.stderr.isTTY === true) process.stderr.write('\r\x1b[K');
    const name = relative(process.cwd(), file);
    if (problems.length === 0) {
      passed++;
      context.out(`ok      ${name} (${seconds.toFixed(1)} s)\n`);
    } else {
      failed++;
      context.out(`FAILED  ${name}\n${problems.map((problem) => `  ${problem.replaceAll('\n', '\n  ')}\n`).join('')}`);
    }
  });
  context.out(`${passed} passed, ${failed} failed\n`);
  if (failed > 0) context.exitCode = 1;
}

/** @throws UsageError when there is nothing to run, or a file is not there */
function find(files: readonly string[]): string[] {
  requireClone();
  const found = files.length > 0 ? files.map((file) => resolve(file)) : inFolder();
  for (const file of found) {
    if (!file.endsWith('.ipynb')) throw new UsageError(`${file} is not a notebook: its name does not end in .ipynb`);
    if (!existsSync(file)) throw new UsageError(`${file} does not exist`);
  }
  if (found.length === 0) throw new UsageError(`there is no notebook in ${NOTEBOOKS}`);
  return found;
}

function inFolder(): string[] {
  return readdirSync(NOTEBOOKS)
    .filter((name) => name.endsWith('.ipynb') && !name.startsWith('.'))
    .sort()
    .map((name) => join(NOTEBOOKS, name));
}
