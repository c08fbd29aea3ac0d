import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Context, UsageError } from './context.ts';
import { installKernel } from './notebook/deno.ts';
import { strip } from './notebook/file.ts';
import { openNotebook, runNotebooks, saveNotebook } from './notebook/runner.ts';
import { NOTEBOOKS, requireClone } from './notebook/tools.ts';

const FILES = 'notebooks; all of notebooks/ when left out';

const HELP = `
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
  await runNotebooks(find(files), save, ({ file, problems, seconds }) => {
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
