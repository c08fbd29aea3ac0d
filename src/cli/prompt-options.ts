import { type Command, Option } from 'commander';
import { type PicturePrompt, type Prompt, type PromptItem, parsePrompt, requirePictures } from '../model/prompt.ts';
import { UsageError } from './context.ts';
import { type Language, sayIn } from './language.ts';
import { readPromptFile } from './prompts.ts';

/** How a command line says what is asked: pictures and texts in the order in which they were written, or a file. */
export interface PromptOptions<P extends Prompt = PicturePrompt> {
  /** Tells whether `--image` or `--text` was given. */
  readonly written: () => boolean;
  /** The prompt of one command line. @throws UsageError when there is none, or two; PromptError */
  readonly read: (file: string | undefined) => Promise<P>;
}

/** The files that a prompt is read from: its own, where it has one, and those of its pictures. */
export function filesOf({ sequence }: Prompt, file: string | undefined): readonly string[] {
  const pictures = sequence.flatMap((item): string | readonly string[] => {
    if ('video' in item) return item.video;
    return 'image' in item ? item.image : [];
  });
  return file === undefined ? pictures : [file, ...pictures];
}

/** Adds `--image`, `--text` and `--prompt`, the same for every command that reads a prompt of pictures. */
export function withPromptOptions(command: Command, lang: Language, files?: string): PromptOptions {
  const { written, read } = promptOptions(command, lang, files);
  return { written, read: async (file) => requirePictures(await read(file), command.name()) };
}

/** The same, and `--video`. */
export function withClipOptions(command: Command, lang: Language, files?: string): PromptOptions<Prompt> {
  const say = sayIn(lang);
  return promptOptions(
    command,
    lang,
    files,
    say('a GIF as a clip; repeatable', 'GIF를 움직이는 그림으로. 여러 번 쓸 수 있어요'),
  );
}

function promptOptions(command: Command, lang: Language, files?: string, clips?: string): PromptOptions<Prompt> {
  const say = sayIn(lang);
  const sequence: PromptItem[] = [];
  const collect = (flags: string, what: string, item: (value: string) => PromptItem): Option =>
    new Option(flags, what).argParser((value: string) => void sequence.push(item(value)));
  command
    .addOption(
      collect(
        '--image <file>',
        say('a picture, or its address; repeatable', '그림이나 그림의 주소. 여러 번 쓸 수 있어요'),
        (image) => ({ image }),
      ),
    )
    .addOption(collect('--text <words>', say('a text; repeatable', '글. 여러 번 쓸 수 있어요'), (text) => ({ text })))
    .option('--prompt <file>', files ?? say('a prompt in JSON', 'JSON으로 쓴 프롬프트'));
  if (clips !== undefined) command.addOption(collect('--video <file>', clips, (video) => ({ video })));
  const written = (): boolean => sequence.length > 0;
  const read = async (file: string | undefined): Promise<Prompt> => {
    if (file !== undefined && written())
      throw new UsageError(
        '--prompt goes without --image and --text',
        '--prompt는 --image, --text와 함께 쓸 수 없어요',
      );
    if (file === undefined && !written())
      throw new UsageError('expected --prompt, or --image and --text', '--prompt나, --image와 --text가 필요해요');
    return file === undefined ? parsePrompt({ sequence }) : readPromptFile(file);
  };
  return { written, read };
}
