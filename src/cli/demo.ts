import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { Answer } from '../model/answer.ts';
import type { PicturePrompt } from '../model/prompt.ts';
import { answer } from './answers.ts';
import { modelOptions, sayDevice, withModelOptions } from './ask.ts';
import { paint, wrapped } from './bars.ts';
import type { AnsweringModel, Context, ModelOptions } from './context.ts';
import { closeGate } from './demo/closing.ts';
import { beside, column, INDENT } from './demo/scene.ts';
import { readScript, type Scene } from './demo/script.ts';
import { TEXTS } from './demo/texts.ts';
import { DONE_OR_WRONG, type Help, helpText } from './help.ts';
import { inLanguage, sayIn } from './language.ts';
import { gateLines } from './render.ts';
import { WORDS } from './words.ts';

const SCRIPT = fileURLToPath(new URL('../../examples/demo.json', import.meta.url));
const LIKELY = 5;

const HELP: Help = {
  about: {
    en: 'Pictures are shown where the terminal has colours (NO_COLOR is respected), as names of files where it has none.',
    ko: '색이 나오는 터미널에서는 그림을, 아니면 파일의 이름을 보여 줘요 (NO_COLOR를 따라요).',
  },
  examples: ['demo', 'demo --lang ko', 'demo --gpu gpu'],
  exits: DONE_OR_WRONG,
};

interface DemoOptions extends ModelOptions {
  script?: string;
  gpu?: string;
}

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const say = sayIn(lang);
  const command = program
    .command('demo')
    .option(
      '--script <file>',
      say('another list of scenes than examples/demo.json', 'examples/demo.json 대신 쓸 장면의 목록'),
    )
    .option(
      '--gpu <device>',
      say(
        'run one prompt again on the gpu.js kernels, on this device',
        '프롬프트 하나를 gpu.js 커널로, 이 장치에서 다시 계산해요',
      ),
    );
  withModelOptions(command, lang)
    .addHelpText('after', helpText(HELP, lang))
    .action((options: DemoOptions) => demo(options, context));
}

async function demo({ script: file = SCRIPT, gpu, ...rest }: DemoOptions, context: Context): Promise<void> {
  const options = modelOptions(rest);
  const script = await readScript(file);
  const text = TEXTS[context.lang];
  const say = (...lines: string[]): void => context.out(`${lines.join('\n')}\n`);
  say(...wrapped(text.opening, context.columns), '');
  const model = await context.openModel(options);
  sayDevice(model, false, context);
  const answers: { zeroShot: Answer; fewShot: Answer }[] = [];
  for (const [i, scene] of script.scenes.entries()) {
    say('', ...wrapped(`${i + 1}. ${inLanguage(scene.title, context.lang)}`, context.columns), '');
    answers.push(await showScene(scene, model, context));
  }
  say('', ...wrapped(text.gates, context.columns), '', ...gateLines(answers[0]?.zeroShot.gates ?? [], context));
  await closeGate(script.closing, model, context);
  if (gpu !== undefined) {
    const { fewShot } = script.scenes[script.again - 1] as Scene;
    const again = await context.openModel({ ...options, device: gpu });
    const before = (answers[script.again - 1] as Shown).fewShot;
    say('', ...(await runAgain(script.again, fewShot, before, again, context)));
  }
  const own = relative(process.cwd(), join(file, '..', script.own));
  say(
    '',
    ...text.next.flatMap(([what, command]) => [
      ...wrapped(what, context.columns),
      `  ${command.replace('GLASS', ownCommand()).replace('OWN', own)}`,
    ]),
  );
  say('', inLanguage(script.credits, context.lang));
}

/** How this command is called where it was installed, or in a clone, where npx would first link the clone into its cache. */
function ownCommand(): string {
  const isClone = existsSync(new URL('../../src', import.meta.url));
  return isClone ? 'node bin/glass-flamingo.js' : 'npx glass-flamingo';
}

interface Shown {
  readonly zeroShot: Answer;
  readonly fewShot: Answer;
}

async function showScene(scene: Scene, model: AnsweringModel, context: Context): Promise<Shown> {
  const text = TEXTS[context.lang];
  const zeroShot = await answer(scene.zeroShot, model, context, { likely: LIKELY });
  const fewShot = await answer(scene.fewShot, model, context, { likely: LIKELY });
  const left = await column(text.zeroShot, scene.zeroShot, zeroShot, context);
  const right = await column(text.fewShot, scene.fewShot, fewShot, context);
  const lines = beside(left, right, context.columns - INDENT).map((line) => `${' '.repeat(INDENT)}${line}`.trimEnd());
  context.out(`${lines.join('\n')}\n`);
  return { zeroShot, fewShot };
}

/** The same prompt on other kernels: which, how long, and how far the logits are apart. */
async function runAgain(
  number: number,
  prompt: PicturePrompt,
  before: Answer,
  model: AnsweringModel,
  context: Context,
): Promise<string[]> {
  const text = TEXTS[context.lang];
  const start = performance.now();
  const after = await answer(prompt, model, context);
  const seconds = (performance.now() - start) / 1000;
  const difference = after.logits.reduce((most, logit, i) => {
    return Math.max(most, Math.abs(logit - (before.logits[i] ?? Number.NaN)));
  }, 0);
  const verdict = after.text === before.text ? text.same : text.other(before.text);
  return [
    text.again(number, model.device.name),
    `   ${paint(`-> ${after.text || WORDS[context.lang].nothing}`, 'answer', context.colours)}  (${verdict})`,
    `   ${text.took(seconds.toFixed(2), difference.toExponential(1))}`,
  ];
}
