import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { dialoguePrompt, type Question, type Turn, turnsThatFit } from '../model/dialogue.ts';
import type { Picture } from '../model/image.ts';
import { END_OF_CHUNK, type PicturePrompt, type PromptItem } from '../model/prompt.ts';
import { modelOptions, noteUnknown, type Shown, sayDevice, withModelOptions } from './ask.ts';
import { CHAT_WORDS } from './chat/words.ts';
import { type AnsweringModel, type Context, isExpected, type Line, type ModelOptions } from './context.ts';
import { errorText, noteText } from './korean-errors.ts';
import { readKnowledgeOf } from './load-model.ts';
import { loadPictures } from './prompts.ts';
import { promptLines, saidLine } from './render.ts';
import { WORDS } from './words.ts';

interface Options extends ModelOptions {
  readonly image: string;
  readonly json?: boolean;
}

export function register(program: Command, context: Context): void {
  const words = CHAT_WORDS[context.lang];
  const command = program
    .command('chat')
    .requiredOption('--image <file>', words.image)
    .option('--json', words.json)
    .addHelpText('after', words.help);
  withModelOptions(command, context.lang).action((options: Options) => run(options, context));
}

async function run({ image, json = false, ...rest }: Options, context: Context): Promise<void> {
  const words = CHAT_WORDS[context.lang];
  const options = modelOptions(rest);
  const first = await openPicture(image, context);
  const model = await context.openModel(options);
  sayDevice(model, json, context);
  const knowledge = await readKnowledgeOf(options);
  const chat = new Chat(model, context, { json, knowledge }, first);
  if (!json) context.out(`${words.welcome}\n`);
  for await (const { text, typed } of context.lines?.() ?? linesOf(process.stdin)) {
    if (!json && !typed) context.out(`> ${text}\n`);
    if (text.trim() !== '' && !(await chat.hear(text.trim()))) return;
  }
}

async function* linesOf(input: NodeJS.ReadStream): AsyncGenerator<Line> {
  const typed = input.isTTY === true;
  const reader = createInterface({ input, ...(typed && { output: process.stdout, prompt: '> ' }) });
  if (typed) reader.prompt();
  for await (const text of reader) {
    yield { text, typed };
    if (typed) reader.prompt();
  }
}

/** A picture with the name by which prompts show it. */
interface Opened {
  readonly path: string;
  readonly picture: Picture;
}

async function openPicture(path: string, context: Context): Promise<Opened> {
  const { sequence } = await loadPictures({ sequence: [{ image: path }] });
  const [{ image: picture }] = sequence as readonly [{ readonly image: Picture }];
  for (const note of new Set(picture.notes))
    context.err(`${WORDS[context.lang].note}: ${noteText(note, context.lang)}\n`);
  return { path, picture };
}

/** Whole answers that are looked at to tell how sure one is. */
const LIKELY = 5;

/** What is said about pictures, and what was said before. */
class Chat {
  private readonly model: AnsweringModel;
  private readonly context: Context;
  private readonly shown: Omit<Shown, 'tokens'>;
  private image: Opened;
  private turns: Turn<Opened>[] = [];

  constructor(model: AnsweringModel, context: Context, shown: Omit<Shown, 'tokens'>, image: Opened) {
    this.model = model;
    this.context = context;
    this.shown = shown;
    this.image = image;
  }

  /** One line. @returns false at the end. What cannot be done is said, and the dialogue goes on. */
  async hear(line: string): Promise<boolean> {
    if (line === '/quit') return false;
    try {
      if (line.startsWith('/')) await this.obey(line);
      else await this.answer(line);
    } catch (error) {
      if (!isExpected(error)) throw error;
      this.context.err(`${errorText(error, this.context.lang)}\n`);
      this.context.exitCode = 1;
    }
    return true;
  }

  private async obey(line: string): Promise<void> {
    const { context } = this;
    const words = CHAT_WORDS[context.lang];
    const [name] = line.split(/\s/, 1);
    const rest = line.slice(name?.length).trim();
    const said = told(rest);
    if (name === '/image' && rest !== '') {
      this.image = await openPicture(rest, context);
    } else if (name === '/tell' && said) {
      const [text = this.nameQuestion(), answer] = said;
      this.turns.push({ question: { image: this.image, text }, answer });
    } else if (line === '/history') {
      const prompt = dialoguePrompt(this.turns, { image: this.image, text: '' });
      context.out(`${promptLines(withImages(prompt, ({ path }) => path)).join('\n')}\n`);
    } else if (line === '/forget') {
      this.turns = [];
    } else {
      context.err(`${line === '/help' ? '' : `${words.unknown(line)}\n`}${words.commands}\n`);
      if (line !== '/help') context.exitCode = 1;
    }
  }

  /** How training asked for names, in the language that is spoken; '' where the model's files do not say it. */
  private nameQuestion(): string {
    const { questions = [] } = this.shown.knowledge ?? {};
    return questions.find(({ asks, language }) => asks === 'name' && language === this.context.lang)?.forms[0] ?? '';
  }

  private async answer(text: string): Promise<void> {
    const { model, context, shown } = this;
    const question: Question<Opened> = { image: this.image, text };
    const left = turnsThatFit(this.turns, question, model.tokenizer, model.limits);
    const forgotten = this.turns.length - left.length;
    this.turns = [...left];
    if (forgotten > 0) context.err(`${WORDS[context.lang].note}: ${CHAT_WORDS[context.lang].forgotten(forgotten)}\n`);
    const prompt = dialoguePrompt(left, question);
    const said = await model.answer(
      withImages(prompt, ({ picture }) => picture),
      { likely: LIKELY },
    );
    this.turns.push({ question, answer: said.text });
    const note = noteUnknown({ sequence: [...left, { question, answer: null }].flatMap(askedAlone) }, shown, context);
    if (shown.json)
      context.out(`${JSON.stringify({ question: text, answer: said.text, likely: said.likely, ...note })}\n`);
    else context.out(`${saidLine(said, context)}\n`);
  }
}

/** A turn as if its picture stood right before it: it is seen from every question about it. */
function askedAlone({
  question: { image, text },
  answer,
}: {
  question: Question<Opened>;
  answer: string | null;
}): PromptItem[] {
  return [{ image: image.path }, { text: answer === null ? text : `${text} ${answer}${END_OF_CHUNK}` }];
}

function withImages<From, To>({ sequence }: PicturePrompt<From>, to: (image: From) => To): PicturePrompt<To> {
  return { sequence: sequence.map((item) => ('image' in item ? { image: to(item.image) } : item)) };
}

/** `QUESTION = WORDS`, or `WORDS` alone; null where there are no words. */
function told(text: string): [question: string | undefined, answer: string] | null {
  const at = text.indexOf('=');
  const answer = text.slice(at + 1).trim();
  return answer === '' ? null : [at < 0 ? undefined : text.slice(0, at).trim(), answer];
}
