import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import * as ask from './ask.ts';
import * as attend from './attend.ts';
import type { Context } from './context.ts';
import * as demo from './demo.ts';
import * as describe from './describe.ts';
import * as diff from './diff.ts';
import { isExpected } from './errors.ts';
import * as evaluate from './evaluate.ts';
import * as exporting from './export.ts';
import * as fetch from './fetch.ts';
import * as gates from './gates.ts';
import * as inspect from './inspect.ts';
import * as notebook from './notebook.ts';
import * as parity from './parity.ts';
import * as report from './report.ts';
import * as train from './train.ts';
import * as walk from './walk.ts';

const EXIT_WRONG_INPUT = 2;
const EXIT_BUG = 70; // EX_SOFTWARE of sysexits.h

/** Runs one command line. @returns the exit code: 0 done, 1 done in part, 2 wrong usage or input */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  try {
    await createProgram(context).parseAsync(argv, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_WRONG_INPUT;
    if (isExpected(error)) {
      context.err(`glass-flamingo: ${error.message}\n`);
      return EXIT_WRONG_INPUT;
    }
    const trace = error instanceof Error ? error.stack : String(error);
    context.err(`glass-flamingo: this should not happen, please report it\n${trace}\n`);
    return EXIT_BUG;
  }
}

function createProgram(context: Context): Command {
  const program = new Command('glass-flamingo')
    .description('A Flamingo you can see through: pictures and words in, an answer and its inner workings out.')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ writeOut: context.out, writeErr: context.err })
    .showHelpAfterError('(--help shows what is possible)');
  for (const command of [
    demo,
    ask,
    walk,
    gates,
    attend,
    diff,
    report,
    describe,
    inspect,
    fetch,
    parity,
    train,
    evaluate,
    exporting,
    notebook,
  ])
    command.register(program, context);
  return program;
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
