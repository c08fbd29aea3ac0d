import { type Command, Option } from 'commander';
import { type Prompt, type PromptItem, parsePrompt } from '../model/prompt.ts';
import { UsageError } from './context.ts';
import { readPromptFile } from './prompts.ts';

/** How a command line says what is asked: pictures and texts in the order in which they were written, or a file. */
export interface PromptOptions {
  /** Whether `--image` or `--text` was given. */
  readonly written: () => boolean;
  /** The prompt of one command line. @throws UsageError when there is none, or two; PromptError */
  readonly read: (file: string | undefined) => Promise<Prompt>;
}

/** Adds `--image`, `--text` and `--prompt`, the same for every command that reads a prompt. */
export function withPromptOptions(command: Command, files = 'a prompt in JSON'): PromptOptions {
  const sequence: PromptItem[] = [];
  const collect = (flags: string, what: string, item: (value: string) => PromptItem): Option =>
    new Option(flags, what).argParser((value: string) => void sequence.push(item(value)));
  command
    .addOption(collect('--image <file>', 'a picture; repeatable', (image) => ({ image })))
    .addOption(collect('--text <words>', 'a text; repeatable', (text) => ({ text })))
    .option('--prompt <file>', files);
  const written = (): boolean => sequence.length > 0;
  const read = async (file: string | undefined): Promise<Prompt> => {
    if (file !== undefined && written()) throw new UsageError('--prompt goes without --image and --text');
    if (file === undefined && !written()) throw new UsageError('expected --prompt, or --image and --text');
    return file === undefined ? parsePrompt({ sequence }) : readPromptFile(file);
  };
  return { written, read };
}
