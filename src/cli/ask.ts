import type { Command } from 'commander';
import { MAX_MEGAPIXELS } from '../model/image.ts';
import { type Knowledge, nearestForm, unknownQuestion } from '../model/knowledge.ts';
import type { PromptLine } from '../model/prompt/file.ts';
import { type Prompt, SHIPPED_LIMITS } from '../model/prompt.ts';
import type { Edit } from '../runs/edit.ts';
import { answer, checkedPictures } from './answers.ts';
import { type AnsweringModel, type Context, isExpected, type ModelOptions, UsageError } from './context.ts';
import { withEditOptions } from './edit-options.ts';
import { type Help, helpText } from './help.ts';
import { errorText } from './korean-errors.ts';
import { type Language, sayIn, type Worded } from './language.ts';
import { readKnowledgeOf } from './load-model.ts';
import { questionLines } from './names.ts';
import { withClipOptions } from './prompt-options.ts';
import { readPromptLinesFile } from './prompts.ts';
import { answerLines, gateLines, isUnsure, type Said, section } from './render.ts';
import { wholeNumber } from './whole-number.ts';
import { WORDS } from './words.ts';

const ABOUT: Worded = {
  en: `The shipped model names emoji-like drawings of some 300 things, in English and Korean, and was kept from others on purpose:
\`glass-flamingo names\` lists both. What it says of anything else, photographs among it, is a guess.`,
  ko: `실린 모델은 이모지 같은 그림 300가지쯤의 이름을 한국어와 영어로 알고, 일부러 안 가르친 것도 있어요.
둘 다 \`glass-flamingo names\`가 보여 줘요. 사진을 비롯해 다른 것에 하는 말은 짐작이에요.`,
};

const PROMPT_FILE = `  {"sequence": [{"image": "a.png"}, {"text": "dax<EOC>"}, {"image": "b.png"}, {"text": "wug<EOC>"}, {"image": "query.png"}],
   "candidates": ["dax", "wug"],
   "generate": {"maxTokens": 8, "beams": 1, "temperature": 0, "topK": 5, "topP": 0.9, "seed": 1}}`;

const MORE: Worded = {
  en: `With --set, --scale or --add the prompt is answered twice, before and after; with --json as {"before": .., "after": ..}.
A pattern names what flows inside (\`glass-flamingo walk\` lists it): * is one segment between dots, ** any number.

A prompt file (paths are relative to it; candidates and generate may be left out):
${PROMPT_FILE}
A clip is {"video": "clip.gif"}, or the list of its frames: {"video": ["1.png", "2.png"]}.

Limits of the shipped model: ${SHIPPED_LIMITS.images} pictures and ${SHIPPED_LIMITS.tokens} tokens a prompt, what is generated or ranked included
(a picture is one token, a name about three). Pictures: PNG, JPEG, GIF, BMP, TIFF, WebP, AVIF, up to ${MAX_MEGAPIXELS} megapixels.

An answer that the model gives less than an even chance is said to be one of low confidence.`,
  ko: `--set, --scale, --add를 쓰면 바꾸기 전과 바꾼 뒤, 두 번 답해요. --json이면 {"before": .., "after": ..}로 나와요.
패턴은 속을 지나는 값의 이름이에요 (\`glass-flamingo walk\`가 보여 줘요). *는 점 사이의 한 마디, **는 몇 마디든 뜻해요.

프롬프트 파일 (경로는 이 파일에서부터예요. candidates와 generate는 빼도 돼요):
${PROMPT_FILE}
움직이는 그림은 {"video": "clip.gif"}나 프레임의 목록이에요: {"video": ["1.png", "2.png"]}.

실린 모델의 한계: 프롬프트 하나에 그림 ${SHIPPED_LIMITS.images}장, 만들거나 순위를 매길 것까지 토큰 ${SHIPPED_LIMITS.tokens}개
(그림 하나가 토큰 하나, 이름 하나가 셋쯤). 그림: PNG, JPEG, GIF, BMP, TIFF, WebP, AVIF, ${MAX_MEGAPIXELS}메가픽셀까지.

모델이 반반도 안 되는 확률을 준 답에는 확신이 낮다고 적어요.`,
};

const HELP: Help = {
  about: ABOUT,
  examples: [
    'ask --image a.png --text "name :"',
    'ask --image a.png --text "dax<EOC>" --image b.png --text "wug<EOC>" --image query.png',
    'ask --weights video --video clip.gif --text "motion :"',
    'ask --prompt prompt.json --json',
    'ask --prompt prompts.jsonl --json > answers.jsonl',
    `ask --image a.png --text "name :" --set 'xattn.*.gate.*=0'`,
    'ask --model dhansmair/flamingo-tiny --image photo.jpg',
  ],
  more: MORE,
  exits: {
    en: '0 answered; 1 some lines of a JSONL file were not; 2 wrong usage or input',
    ko: '0 답함; 1 JSONL 파일에 답하지 못한 줄이 있음; 2 사용법이나 입력이 잘못됨',
  },
};

interface AskOptions extends ModelOptions {
  prompt?: string;
  json?: boolean;
  tokens?: boolean;
  threads?: number;
}

/** How the answers of one command line are shown. */
export interface Shown {
  readonly json: boolean;
  readonly tokens: boolean;
  /** Null where the model's files do not say what it was taught. */
  readonly knowledge: Knowledge | null;
}

/** Whole answers that are listed. */
const LIKELY = 5;

/** `--device`, `--weights` and `--model`, the same for every command that runs the model. */
export function withModelOptions(command: Command, lang: Language): Command {
  const say = sayIn(lang);
  return command
    .option(
      '--device <device>',
      say(
        'simd, gpu, gpu:MODE (webgpu, webgl2, headlessgl, webasm, cpu) or auto',
        'simd, gpu, gpu:방식(webgpu, webgl2, headlessgl, webasm, cpu), auto 가운데 하나',
      ),
      'simd',
    )
    .option(
      '--weights <location>',
      say(
        'other weights than the shipped ones: video (reads clips), a folder, or the file of a public Flamingo',
        '실린 것 대신 쓸 가중치: video(움직이는 그림을 읽어요), 폴더, 또는 공개된 Flamingo의 파일',
      ),
    )
    .option(
      '--model <name>',
      say('a public Flamingo that `fetch` brought, or its folder', '`fetch`로 가져온 공개 Flamingo, 또는 그 폴더'),
    );
}

/** Only what concerns the model, of a command's options. */
export function modelOptions({ device, weights, model }: ModelOptions): ModelOptions {
  return {
    ...(device !== undefined && { device }),
    ...(weights !== undefined && { weights }),
    ...(model !== undefined && { model }),
  };
}

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const say = sayIn(lang);
  const command = program.command('ask');
  const files = say('a prompt in JSON, or one a line in JSONL', 'JSON으로 쓴 프롬프트, 또는 한 줄에 하나씩 쓴 JSONL');
  const prompts = withClipOptions(command, lang, files);
  const edits = withEditOptions(command, lang);
  command
    .option(
      '--tokens',
      say(
        'show the likeliest first tokens and the scores of candidates too',
        '가장 그럴듯한 첫 토큰과 후보의 점수도 보여 줘요',
      ),
    )
    .option('--json', say('print one line of JSON a prompt', '프롬프트마다 JSON 한 줄로 써요'))
    .option(
      '--threads <number>',
      say(
        'threads that answer a JSONL file (default: 1, and more where a long file pays for them)',
        'JSONL 파일에 답할 스레드 수 (기본값: 1. 파일이 길어서 이득이면 더 써요)',
      ),
      wholeNumber(1),
    )
    .addHelpText('after', helpText(HELP, lang));
  withModelOptions(command, lang).action(
    async ({ prompt: file, json = false, tokens = false, threads, ...rest }: AskOptions) => {
      const options = modelOptions(rest);
      const shown = { json, tokens, knowledge: await readKnowledgeOf(options) };
      if (file?.toLowerCase().endsWith('.jsonl') && !prompts.written()) {
        if (edits.length > 0)
          throw new UsageError(
            '--set, --scale and --add go with a single prompt, not with JSONL',
            '--set, --scale, --add는 프롬프트 하나에만 쓸 수 있고, JSONL에는 쓸 수 없어요',
          );
        return answerEach(file, await readPromptLinesFile(file), options, shown, context, threads);
      }
      if (threads !== undefined)
        throw new UsageError(
          '--threads goes with JSONL, not with a single prompt',
          '--threads는 JSONL에만 쓸 수 있고, 프롬프트 하나에는 쓸 수 없어요',
        );
      const prompt = await prompts.read(file);
      if (edits.length > 0) return askEdited(prompt, edits, options, shown, context);
      const model = await openModel(options, json, context);
      const said = await answer(prompt, model, context, { likely: LIKELY });
      print(prompt, said, shown, context);
      showGates(said, json, context);
    },
  );
}

async function askEdited(
  prompt: Prompt,
  edits: readonly Edit[],
  options: ModelOptions,
  shown: Shown,
  context: Context,
): Promise<void> {
  const { json, tokens } = shown;
  const { answerTwice, beforeAfterLines } = await import('./ask-edited.ts'); // reads much of the library
  const model = await context.loadModel(options);
  sayDevice(model, json, context);
  const both = await answerTwice(await checkedPictures(prompt, model, context), model, edits, LIKELY);
  const note = noteUnknown(prompt, shown, context);
  if (json) context.out(`${JSON.stringify({ before: toJson(both.before), after: toJson(both.after), ...note })}\n`);
  else context.out(`\n${beforeAfterLines(prompt, both, edits, tokens, context).join('\n')}\n`);
}

async function openModel(options: ModelOptions, json: boolean, context: Context): Promise<AnsweringModel> {
  const model = await context.openModel(options);
  sayDevice(model, json, context);
  return model;
}

/** Where the model runs; beside JSON, on standard error. */
export function sayDevice({ device }: Pick<AnsweringModel, 'device'>, json: boolean, context: Context): void {
  (json ? context.err : context.out)(`${WORDS[context.lang].device}: ${device.name}\n`);
}

/** A line that fails is reported in its place; the others are answered. */
async function answerEach(
  file: string,
  lines: readonly PromptLine[],
  options: ModelOptions,
  shown: Shown,
  context: Context,
  asked: number | undefined,
): Promise<void> {
  const { json } = shown;
  const { answersInOrder, threadsThatPay } = await import('./answer-threads.ts');
  const threads = asked ?? threadsThatPay(lines.length, options, context.cores);
  const model = await openModel(options, json, context);
  const answers = answersInOrder(lines, { model, options, threads, likely: LIKELY, lang: context.lang });
  let last: Said | undefined;
  let at = 0;
  for await (const { said, notes, error } of answers) {
    const entry = lines[at++] as PromptLine;
    context.err(notes);
    if (said && 'prompt' in entry) {
      last = said;
      print(entry.prompt, said, shown, context);
      continue;
    }
    if (!isExpected(error)) throw error;
    const { line } = entry;
    if (json) context.out(`${JSON.stringify({ error: { line, message: error.message } })}\n`);
    context.err(`${file}:${line}: ${errorText(error, context.lang)}\n`);
    context.exitCode = 1;
  }
  if (last) showGates(last, json, context);
}

function print(prompt: Prompt, answer: Said, shown: Shown, context: Context): void {
  const note = noteUnknown(prompt, shown, context);
  if (shown.json) context.out(`${JSON.stringify({ ...toJson(answer), ...note })}\n`);
  else context.out(`\n${answerLines(prompt, answer, shown.tokens, context).join('\n')}\n`);
}

/** The same for every prompt, so they are shown once. */
function showGates({ gates }: Said, json: boolean, context: Context): void {
  if (json || gates.length === 0) return;
  context.out(`\n${section(WORDS[context.lang].gates, gateLines(gates, context)).join('\n')}\n`);
}

/** Says that a question has a form that training never used, and lists those that it did. @returns the same for JSON */
export function noteUnknown(prompt: Prompt, { json, knowledge }: Omit<Shown, 'tokens'>, context: Context): object {
  const asked = knowledge && unknownQuestion(prompt, knowledge.questions);
  if (asked === null) return {};
  const { questions } = knowledge as Knowledge;
  const nearest = nearestForm(asked, questions);
  if (json) return { unknownQuestion: { asked, nearest, known: questions.flatMap(({ forms }) => forms) } };
  const words = WORDS[context.lang];
  const lines = questionLines(questions, words.eachKind).map((line) => `  ${line}`);
  context.err(`${words.note}: ${words.unknownQuestion(asked, nearest)}\n${lines.join('\n')}\n${words.orTaught}\n`);
  return {};
}

function toJson(answer: Said): object {
  const { text, alternatives, candidates, gates, likely } = answer;
  const lowConfidence = isUnsure(answer);
  return {
    text,
    ...(likely && { likely, lowConfidence }),
    alternatives,
    ...(candidates && { candidates }),
    gates,
  };
}
