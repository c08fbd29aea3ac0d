import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import type { Answer } from '../model/answer.ts';
import { parseJson } from '../model/prompt/file.ts';
import { type Prompt, PromptError, parsePrompt } from '../model/prompt.ts';
import { answer, modelOptions, withModelOptions } from './ask.ts';
import { paint, sideBySide } from './bars.ts';
import type { AnsweringModel, Context, ModelOptions } from './context.ts';
import { fromFolderOf, namingFile, readText } from './prompts.ts';
import { alternativeLines, candidateLines, gateLines, promptLines } from './render.ts';

/** What the demo shows: `examples/demo.json`. */
interface DemoScript {
  readonly scenes: readonly Scene[];
  /** Number, from 1, of the scene whose few-shot prompt runs again on the gpu.js kernels. */
  readonly again: number;
  /** A prompt file to copy for one's own pictures. */
  readonly own: string;
  readonly credits: string;
}

interface Scene {
  readonly title: string;
  readonly zeroShot: Prompt;
  readonly fewShot: Prompt;
}

const SCRIPT = fileURLToPath(new URL('../../examples/demo.json', import.meta.url));
const MOST_ALTERNATIVES = 3;

const HELP = `
Examples:
  glass-flamingo demo
  glass-flamingo demo --device gpu

Exit codes: 0 done; 2 wrong usage or input.`;

interface DemoOptions extends ModelOptions {
  script: string;
  gpu: string;
}

export function register(program: Command, context: Context): void {
  const command = program
    .command('demo')
    .option('--script <file>', 'another list of scenes than examples/demo.json', SCRIPT)
    .option('--gpu <device>', 'where one prompt runs again on the gpu.js kernels', 'gpu');
  withModelOptions(command)
    .addHelpText('after', HELP)
    .action((options: DemoOptions) => demo(options, context));
}

async function demo({ script: file, gpu, ...rest }: DemoOptions, context: Context): Promise<void> {
  const options = modelOptions(rest);
  const script = await readScript(file);
  const say = (...lines: string[]) => context.out(`${lines.join('\n')}\n`);
  const model = await context.openModel(options);
  say(`device: ${model.device.name}`);
  const answers: Answer[] = [];
  for (const [i, scene] of script.scenes.entries()) {
    const zeroShot = await answer(scene.zeroShot, model, context);
    const fewShot = await answer(scene.fewShot, model, context);
    answers.push(fewShot);
    say('', `${i + 1}. ${scene.title}`, '', ...sceneLines(scene, zeroShot, fewShot, context));
  }
  say('', 'How far each gate is open, tanh(alpha): 0 leaves the frozen language model alone', '');
  say(...gateLines(answers[0]?.gates ?? [], context.colours));
  const scene = script.scenes[script.again - 1] as Scene;
  const again = await context.openModel({ ...options, device: gpu });
  say('', ...(await runAgain(script.again, scene.fewShot, answers[script.again - 1] as Answer, again, context)));
  const own = relative(process.cwd(), join(file, '..', script.own));
  say('', 'Your own pictures:', ...OWN.map((line) => `  ${line.replace('OWN', own)}`), '', script.credits);
}

const OWN = [
  'npx glass-flamingo ask --image yours.png --text "name :"',
  'npx glass-flamingo ask --prompt OWN      # copy this file, put in your pictures and words',
  'npx glass-flamingo ask --help',
];

function sceneLines(scene: Scene, zeroShot: Answer, fewShot: Answer, context: Context): string[] {
  const column = (heading: string, prompt: Prompt, { text, alternatives, candidates }: Answer) => [
    heading,
    ...promptLines(prompt).map((line) => `  ${line}`),
    `  ${paint(`-> ${text || '(nothing)'}`, 'answer', context.colours)}`,
    ...alternativeLines(alternatives.slice(0, MOST_ALTERNATIVES)).map((line) => `     ${line}`),
    ...(candidates ? ['  ranking', ...candidateLines(candidates).map((line) => `     ${line}`)] : []),
  ];
  const left = column('zero-shot', scene.zeroShot, zeroShot);
  const right = column('few-shot', scene.fewShot, fewShot);
  const cells = Math.min(48, Math.floor(context.columns / 2));
  return sideBySide(left, right, cells).map((line) => `   ${line}`);
}

/** The same prompt on other kernels: which, how long, and how far the logits are apart. */
async function runAgain(
  number: number,
  prompt: Prompt,
  before: Answer,
  model: AnsweringModel,
  context: Context,
): Promise<string[]> {
  const start = performance.now();
  const after = await answer(prompt, model, context);
  const seconds = (performance.now() - start) / 1000;
  const difference = after.logits.reduce((most, logit, i) => {
    return Math.max(most, Math.abs(logit - (before.logits[i] ?? Number.NaN)));
  }, 0);
  const verdict = after.text === before.text ? 'the same answer' : `another answer than before: ${before.text}`;
  return [
    `${number}. once more on the gpu.js kernels: ${model.device.name}`,
    `   ${paint(`-> ${after.text || '(nothing)'}`, 'answer', context.colours)}  (${verdict})`,
    `   ${seconds.toFixed(2)} s; largest difference of the logits ${difference.toExponential(1)}`,
  ];
}

/** @throws PromptError, with the file's name, when it is no such list */
async function readScript(file: string): Promise<DemoScript> {
  const text = await readText(file);
  return namingFile(file, () => {
    const { scenes, again, own, credits } = parseJson(text) as DemoScript;
    if (!Array.isArray(scenes)) throw new PromptError('scenes', 'is missing', 'a list of scenes');
    if (scenes[again - 1] === undefined) throw new PromptError('again', `is ${again}`, 'the number of a scene');
    const placed = (prompt: unknown) => fromFolderOf(file, parsePrompt(prompt));
    const placedScenes = scenes.map(({ title, zeroShot, fewShot }: Scene) => {
      return { title, zeroShot: placed(zeroShot), fewShot: placed(fewShot) };
    });
    return { scenes: placedScenes, again, own, credits };
  });
}
