import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { makeFolder, writeFileWhole } from '../files/write-file.ts';
import { oneLine } from '../inspect/printable.ts';
import { type Context, UsageError } from './context.ts';
import { withHelpIn } from './help.ts';
import { installKernel } from './notebook/deno.ts';
import { strip } from './notebook/file.ts';
import { openNotebook, runNotebooks, saveNotebook, type Verdict } from './notebook/runner.ts';
import { NOTEBOOKS, requireClone } from './notebook/tools.ts';
import { NOTEBOOK_WORDS } from './notebook/words.ts';
import { goOnUnread } from './standard-output.ts';
import { INTERRUPTED, interruptible } from './stop-on-interrupt.ts';
import { printable } from './terminal.ts';
import { wholeNumber } from './whole-number.ts';

/** Seconds that a notebook may take, unless said otherwise: a cell that never ends should not be waited for. */
const LIMIT = 120;

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const words = NOTEBOOK_WORDS[lang];
  const command = program.command('notebook').addHelpText('after', words.help);
  const say = (name: string, does: string): Command => withHelpIn(command.command(name), lang).description(does);
  const limited = (name: string, does: string): Command =>
    say(name, does).argument('[files...]', words.files).option('--limit <seconds>', words.limit, wholeNumber(1), LIMIT);
  limited('run', words.run).action((files: string[], { limit }: Limit) =>
    runAll(files, { save: true, limit }, context),
  );
  limited('check', words.check).action((files: string[], { limit }: Limit) =>
    runAll(files, { save: false, limit }, context),
  );
  say('render', words.render)
    .argument('[files...]', words.files)
    .option('--out <folder>', words.out)
    .action(async (files: string[], { out }: { out?: string }) => {
      const { renderNotebook } = await import('./notebook/render.ts');
      const found = find(files);
      const pages = found.map((file) => join(out ?? dirname(file), `${basename(file, '.ipynb')}.html`));
      const twice = pages.find((page, i) => pages.indexOf(page) < i);
      if (twice !== undefined)
        throw new UsageError(
          `two notebooks would become ${twice}; render them one after the other, with another --out`,
          `노트북 둘이 ${twice} 하나가 돼요. --out을 달리해서 따로 만들어 주세요`,
        );
      if (out !== undefined) await makeFolder(out);
      for (const [i, file] of found.entries()) {
        const page = pages[i] as string;
        await writeFileWhole(page, await renderNotebook(await openNotebook(file), basename(file, '.ipynb')));
        context.out(`${nameOf(page)}\n`);
      }
    });
  say('strip', words.strip)
    .argument('[files...]', words.files)
    .action(async (files: string[]) => {
      for (const file of find(files)) {
        await saveNotebook(file, strip(await openNotebook(file)));
        context.out(`${words.cleared(nameOf(file))}\n`);
      }
    });
  say('open', words.open)
    .alias('lab')
    .action(() => {
      requireClone();
      goOnUnread();
      return installKernel(context);
    });
}

/** As it is shown: from here, in one line. */
const nameOf = (file: string): string => oneLine(relative(process.cwd(), file));

interface Limit {
  readonly limit: number;
}

async function runAll(
  files: readonly string[],
  { save, limit }: { readonly save: boolean } & Limit,
  context: Context,
): Promise<void> {
  const words = NOTEBOOK_WORDS[context.lang];
  const onTerminal = process.stderr.isTTY === true;
  let [passed, failed] = [0, 0];
  let doing = words.types;
  const progress = (file: string, cell: number, cells: number): void => {
    const name = nameOf(file);
    doing = cell === 0 ? words.types : words.cell(name, cell, cells);
    if (onTerminal) process.stderr.write(`\r\x1b[K${printable(doing)}`);
    else if (cell <= 1) context.err(`${cell === 0 ? doing : words.cells(name, cells)}\n`);
  };
  const report = ({ file, problems, seconds }: Verdict): void => {
    if (onTerminal) process.stderr.write('\r\x1b[K');
    const name = nameOf(file);
    if (problems.length === 0) {
      passed++;
      context.out(`${words.passed(name, seconds.toFixed(1))}\n`);
    } else {
      failed++;
      const told = problems.map((problem) => `  ${words.problem(problem).replaceAll('\n', '\n  ')}\n`);
      context.out(`${words.failed(name)}\n${told.join('')}`);
    }
  };
  const found = find(files);
  const stopped = await interruptible(
    async (signal) => {
      await runNotebooks(found, { save, limit, pairs: files.length === 0, progress, signal }, report);
      return signal.aborted;
    },
    () => {},
  );
  if (stopped) {
    context.err(`${onTerminal ? '\r\x1b[K' : ''}${words.stopped(doing)}\n`);
    context.exitCode = INTERRUPTED;
    return;
  }
  context.out(`${words.counts(passed, failed)}\n`);
  if (failed > 0) context.exitCode = 1;
}

/** @throws UsageError when there is nothing to run, or a file is not there */
function find(files: readonly string[]): string[] {
  goOnUnread();
  requireClone();
  const found = files.length > 0 ? files.map((file) => resolve(file)) : inFolder();
  for (const file of found) {
    if (!file.endsWith('.ipynb'))
      throw new UsageError(
        `${file} is not a notebook: its name does not end in .ipynb`,
        `${file}: 노트북이 아니에요. 이름이 .ipynb로 끝나야 해요`,
      );
    if (!existsSync(file)) throw new UsageError(`${file} does not exist`, `${file}: 그런 파일이 없어요`);
  }
  if (found.length === 0)
    throw new UsageError(`there is no notebook in ${NOTEBOOKS}`, `${NOTEBOOKS}에 노트북이 없어요`);
  return found;
}

function inFolder(): string[] {
  return readdirSync(NOTEBOOKS)
    .filter((name) => name.endsWith('.ipynb') && !name.startsWith('.'))
    .sort()
    .map((name) => join(NOTEBOOKS, name));
}
