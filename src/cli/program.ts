import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { asResourceError } from '../files/location.ts';
import { COMMANDS } from './commands.ts';
import { type Context, isExpected } from './context.ts';
import { koreanPlaceholders, withHelpIn } from './help.ts';
import { errorText, inKorean } from './korean-errors.ts';
import { inLanguage, languageOf, sayIn, withLanguage } from './language.ts';
import { printable } from './terminal.ts';

const EXIT_WRONG_INPUT = 2;
const EXIT_BUG = 70; // EX_SOFTWARE of sysexits.h

/** Runs one command line. @returns the exit code: 0 done, 1 done in part, 2 wrong usage or input */
export async function run(argv: readonly string[], surroundings: Omit<Context, 'lang'>): Promise<number> {
  const lang = languageOf(argv);
  const context: Context = {
    ...surroundings,
    out: (text) => surroundings.out(printable(text)),
    err: (text) => surroundings.err(printable(text)),
    openModel: (options) => surroundings.openModel(options, lang),
    loadModel: (options) => surroundings.loadModel(options, lang),
    lang,
  };
  try {
    await (await createProgram(argv, context)).parseAsync(argv, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_WRONG_INPUT;
    const told = ofFile(error);
    if (isExpected(told)) {
      context.err(`glass-flamingo: ${errorText(told, context.lang)}\n`);
      return EXIT_WRONG_INPUT;
    }
    const trace = error instanceof Error ? error.stack : String(error);
    const sorry = sayIn(context.lang)(
      'this should not happen, please report it',
      '일어나면 안 되는 일이에요. 알려 주세요',
    );
    context.err(`glass-flamingo: ${sorry}\n${trace}\n`);
    return EXIT_BUG;
  }
}

const NOT_TO_BE_READ = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES'];

/** What the system says of a file that is not there, or not to be read: an error as the library's own readers throw it. */
function ofFile(error: unknown): unknown {
  const { code = '', path, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  const isRead = NOT_TO_BE_READ.includes(code) && typeof path === 'string' && !syscall?.startsWith('spawn');
  return isRead ? asResourceError(path, error) : error;
}

const DESCRIPTION = {
  en: 'A Flamingo you can see through: pictures and words in, an answer and its inner workings out.',
  ko: '속이 들여다보이는 Flamingo: 그림과 글을 넣으면 답과 그 속에서 일어난 일이 나와요.',
};

/** Of the command that is called everything, of the others name and description: their code stays unread. */
async function createProgram(argv: readonly string[], context: Context): Promise<Command> {
  const { lang } = context;
  const say = sayIn(lang);
  const program = withHelpIn(withLanguage(new Command('glass-flamingo'), lang), lang)
    .description(DESCRIPTION[lang])
    .version(packageVersion(), '-V, --version', say('show the version', '버전을 보여 줘요'))
    .exitOverride()
    .configureOutput({
      writeOut: context.out,
      writeErr: context.err,
      outputError: (message, write) => {
        const told = message.trim().replace(/\n(?!\(Did you mean )/g, '\\n');
        write(`${lang === 'ko' ? koreanPlaceholders(inKorean(told) ?? told) : told}\n`);
      },
    });
  for (const [name, { does, load }] of Object.entries(COMMANDS)) {
    if (argv.includes(name)) (await load()).register(program, context);
    else program.command(name);
    program.commands.at(-1)?.description(inLanguage(does, lang));
  }
  return program;
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
