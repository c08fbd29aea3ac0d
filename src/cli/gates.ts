import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeFileWhole } from '../files/write-file.ts';
import { contributionMap, gateBars, gateLines as gateLinesFigure } from '../inspect/figures/index.ts';
import { decisiveGate, type GateEffect, type GateEffects, gateEffects } from '../inspect/gate-effects.ts';
import { CONTRIBUTION_TAPS, type GateContribution, gateContributions } from '../inspect/gates.ts';
import { called, fitted, into, together } from '../inspect/particles.ts';
import { oneLine } from '../inspect/printable.ts';
import { type GateAtStep, gatesThroughTraining } from '../inspect/training-log.ts';
import type { Picture } from '../model/image.ts';
import type { Model } from '../model/model.ts';
import { type Prompt, tokenise } from '../model/prompt.ts';
import { checkedPictures } from './answers.ts';
import { modelOptions, sayDevice, withModelOptions } from './ask.ts';
import { displayWidth, padCells, paint, sparkline } from './bars.ts';
import { type Context, type ModelOptions, UsageError } from './context.ts';
import { DONE_OR_WRONG, type Help, helpText } from './help.ts';
import { type Language, sayIn } from './language.ts';
import { checkOutputFile } from './output-file.ts';
import { progressBar } from './progress.ts';
import { withPromptOptions } from './prompt-options.ts';
import { barAxis, gateBar, gateLines, type Look, percent, promptLines } from './render.ts';
import { table } from './table.ts';
import { WORDS } from './words.ts';

const HELP: Help = {
  about: {
    en: `Without a prompt: tanh(alpha) of both gates of every layer. With one, beside it, how much each gate adds to the last
token: |tanh(alpha) out| / |residual|, since what stands before a gate may be large or small.
With --why every gate is closed in turn: which layer and which gate put the answer there?`,
    ko: `프롬프트가 없으면 층마다 두 게이트의 tanh(alpha)를 보여 줘요. 있으면 게이트마다 마지막 토큰에 보태는 몫도 보여
줘요: |tanh(alpha) out| / |residual|. 게이트 앞의 값이 클 수도 작을 수도 있어서예요.
--why는 게이트를 하나씩 닫아 봐요. 어느 층의 어느 게이트가 그 답을 만들었을까요?`,
  },
  examples: [
    'gates',
    'gates --image a.png --text "name :"',
    'gates --image a.png --text "name :" --why',
    'gates --svg gates.svg --lang ko',
    'gates --training --svg training.svg',
  ],
  more: {
    en: '--svg draws what is asked: the gates, with a prompt what each adds to each token, with --training how they opened.',
    ko: '--svg는 물은 것을 그려요: 게이트, 프롬프트가 있으면 토큰마다 보태는 몫, --training이면 열린 과정.',
  },
  exits: DONE_OR_WRONG,
};

interface GatesOptions extends ModelOptions {
  readonly prompt?: string;
  readonly why?: boolean;
  readonly training?: boolean;
  readonly svg?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const say = sayIn(lang);
  const command = program.command('gates');
  const prompts = withPromptOptions(command, lang);
  command
    .option(
      '--why',
      say(
        'close each gate in turn, and see what becomes of the answer',
        '게이트를 하나씩 닫고 답이 어떻게 되는지 봐요',
      ),
    )
    .option(
      '--training',
      say(
        'how they opened while the weights were trained, as in Figure 6 of the paper',
        '학습하는 동안 열린 과정을 논문의 그림 6처럼 보여 줘요',
      ),
    )
    .option('--svg <file>', say('draw it', '그림으로 그려요'))
    .option('--json', say('print one JSON object', 'JSON 객체 하나로 써요'))
    .addHelpText('after', helpText(HELP, lang));
  withModelOptions(command, lang).action(async ({ prompt: file, why, training, svg, ...rest }: GatesOptions) => {
    const { json = false } = rest;
    const given = file !== undefined || prompts.written();
    if (training && given) throw new UsageError('--training goes without a prompt', '--training은 프롬프트 없이 써요');
    if (svg !== undefined) await checkOutputFile('--svg', svg, context);
    if (training) return showTraining({ ...rest, ...(svg !== undefined && { svg }) }, context);
    if (why && !given)
      throw new UsageError(
        '--why needs a prompt: --image and --text, or --prompt',
        '--why에는 프롬프트가 필요해요: --image와 --text, 또는 --prompt',
      );
    const prompt = given ? await prompts.read(file) : null;
    const model = await context.loadModel(modelOptions(rest));
    sayDevice(model, json, context);
    const loaded = prompt && (await checkedPictures(prompt, model, context));
    const shown = await look(model, loaded, why ?? false, lang);
    if (svg !== undefined) await writeFileWhole(svg, await drawing(shown, model, loaded, lang));
    if (json) context.out(`${JSON.stringify(shown)}\n`);
    else context.out(`\n${lines(prompt, shown, context).map(oneLine).join('\n')}\n`);
  });
}

interface Shown {
  readonly gates: Awaited<ReturnType<Model['gates']>>;
  /** Of every token of the prompt. */
  readonly contributions?: readonly GateContribution[];
  readonly why?: GateEffects & { readonly decisive: GateEffect | null };
}

async function look(model: Model, prompt: Prompt<Picture> | null, why: boolean, lang: Language): Promise<Shown> {
  const gates = await model.gates();
  if (!prompt) return { gates };
  const contributions = gateContributions(
    await model.run({ sequence: prompt.sequence }, { capture: CONTRIBUTION_TAPS }),
  );
  const all = contributions.flatMap(({ attention, dense }) => [...attention, ...dense]);
  // Of a damaged model the answer fails, and tells where NaN or infinity first arises.
  if (!all.every((share) => share === null || Number.isFinite(share)))
    await model.answer({ sequence: prompt.sequence, generate: { maxTokens: 1 } });
  if (!why) return { gates, contributions };
  const bar = progressBar(TEXTS[lang].closing, gates.length * 3, 30, lang);
  try {
    const effects = await gateEffects(model, prompt, () => bar.add(1));
    return { gates, contributions, why: { ...effects, decisive: decisiveGate(effects) } };
  } finally {
    bar.stop();
  }
}

/** The gates, or with a prompt what each adds to each token. @returns an SVG */
function drawing(
  { gates, contributions }: Shown,
  model: Model,
  prompt: Prompt<Picture> | null,
  lang: Language,
): Promise<string> {
  if (!prompt || !contributions) return gateBars(gates, { lang });
  const { ids } = tokenise(prompt, model.tokenizer);
  const tokens = ids.map((id) => model.tokenizer.token(id));
  return contributionMap(contributions, tokens, { lang });
}

/** |tanh(alpha)| step by step, from the log that training left beside the weights. */
async function showTraining(
  { weights, svg, json }: Pick<GatesOptions, 'weights' | 'svg' | 'json'>,
  context: Context,
): Promise<void> {
  const steps = gatesThroughTraining(await readTrainingLog(weights));
  if (svg !== undefined) await writeFileWhole(svg, await gateLinesFigure(steps, { lang: context.lang }));
  context.out(json ? `${JSON.stringify({ steps })}\n` : `${trainingLines(steps, context.lang).join('\n')}\n`);
}

const TRAINING_LOG = 'training-log.jsonl';

async function readTrainingLog(weights: string | undefined): Promise<string> {
  const file =
    weights === undefined ? new URL(`../../weights/${TRAINING_LOG}`, import.meta.url) : join(weights, TRAINING_LOG);
  try {
    return await readFile(file, 'utf8');
  } catch {
    throw new UsageError(
      `--training: there is no ${TRAINING_LOG} beside the weights${weights === undefined ? '' : ` in ${weights}`}`,
      fitted`--training: 가중치 옆에 ${TRAINING_LOG}이 없어요${weights === undefined ? '' : ` (${weights})`}`,
    );
  }
}

/** Points of a line of bars. */
const POINTS = 40;

function trainingLines(steps: readonly GateAtStep[], lang: Language): string[] {
  const text = TEXTS[lang];
  const gates = new Map<string, GateAtStep[]>();
  for (const step of steps) {
    const name = text.gateOf(step.layer, WORDS[lang][step.gate]);
    gates.set(name, [...(gates.get(name) ?? []), step]);
  }
  const last = steps.at(-1)?.step ?? 0;
  return [
    text.training(steps[0]?.step ?? 0, last),
    ...table(
      Array.from(gates, ([name, all]) => {
        const count = Math.min(POINTS, all.length);
        const at = (i: number): number => Math.round((i * (all.length - 1)) / Math.max(1, count - 1));
        const points = Array.from({ length: count }, (_, i) => Math.abs(all[at(i)]?.value ?? 0));
        return [name, sparkline(points, 1), (all.at(-1)?.value ?? 0).toFixed(3)];
      }),
    ),
  ];
}

function lines(prompt: Prompt | null, { gates, contributions, why }: Shown, look: Look): string[] {
  if (!prompt || !contributions) return gateLines(gates, look);
  return [
    ...promptLines(prompt),
    '',
    ...contributionLines(contributions, look),
    ...(why ? ['', ...whyLines(why, look)] : []),
  ];
}

function contributionLines(contributions: readonly GateContribution[], { lang, colours }: Look): string[] {
  const [text, words] = [TEXTS[lang], WORDS[lang]];
  const share = (value: number | null | undefined): string =>
    leftPadded(typeof value !== 'number' ? text.noImage : Number.isFinite(value) ? percent(Math.abs(value)) : '-');
  return [
    `${padCells(words.layer, 7)}${padCells(barAxis(words.attention), 24)}${leftPadded(text.adds)}` +
      `  ${padCells(barAxis(words.dense), 24)}${leftPadded(text.adds)}`,
    ...contributions.map(
      ({ layer, gates, attention, dense }) =>
        `${String(layer).padStart(5)}  ${gateBar(gates.attention, 'attention', colours)}${share(attention.at(-1))}` +
        `  ${gateBar(gates.dense, 'dense', colours)}${share(dense.at(-1))}`,
    ),
    `${text.adds}: ${text.addsMeans}`,
  ];
}

function whyLines(
  { text, logProbability, effects, decisive }: NonNullable<Shown['why']>,
  { lang, colours }: Look,
): string[] {
  const [say, words] = [TEXTS[lang], WORDS[lang]];
  const named = (gate: GateEffect['gate']): string => (gate === 'both' ? say.both : words[gate]);
  const rows = effects.map((effect) => [
    say.gateOf(effect.layer, named(effect.gate)),
    effect.logProbability.toFixed(2),
    `${effect.change >= 0 ? '+' : ''}${effect.change.toFixed(2)}`,
    effect.text || words.nothing,
  ]);
  const heading = [say.closed, 'log p', say.change, say.answerThen];
  const closed = table([heading, [say.closedNothing, logProbability.toFixed(2), '', text], ...rows], [1, 2]);
  const layer = effects.find(({ gate }) => gate === 'both');
  const verdict = decisive
    ? [
        say.decisive(text, decisive.layer, named(decisive.gate)) + becomes(decisive, logProbability, text, lang),
        ...(layer ? [say.ofLayers(layer.layer) + becomes(layer, logProbability, text, lang)] : []),
      ]
    : [say.noGate(text)];
  return [...closed, '', ...verdict.map((line) => paint(line, 'answer', colours)), say.logP(text)];
}

function becomes(closed: GateEffect, before: number, text: string, lang: Language): string {
  const say = TEXTS[lang];
  const answer = closed.text === text ? say.stays : say.becomes(closed.text || WORDS[lang].nothing);
  return say.goes(before.toFixed(2), closed.logProbability.toFixed(2), answer);
}

const leftPadded = (text: string): string => ' '.repeat(Math.max(0, 9 - displayWidth(text))) + text;

const EN = {
  closing: 'closing gates',
  gateOf: (layer: number, gate: string) => `layer ${layer}, ${gate}`,
  training: (first: number, last: number) => `|tanh(alpha)| from step ${first} to ${last}; a full bar is 1`,
  noImage: 'no image',
  adds: 'adds',
  addsMeans: '|tanh(alpha) out| / |residual| of the last token',
  closed: 'closed',
  closedNothing: 'nothing',
  change: 'change',
  answerThen: 'answer then',
  both: 'both',
  decisive: (text: string, layer: number, gate: string) => `Layer ${layer}'s ${gate} gate speaks most for "${text}": `,
  ofLayers: (layer: number) => `Of whole layers, layer ${layer} does: `,
  noGate: (text: string) => `No single gate speaks for "${text}".`,
  stays: 'the answer stays',
  becomes: (text: string) => `the answer becomes "${text}"`,
  goes: (before: string, after: string, answer: string) =>
    `closed, log p goes from ${before} to ${after}, and ${answer}.`,
  logP: (text: string) =>
    `log p: natural, of "${text}" and its end, as the model gives it: without the temperature of shown percentages`,
};

const KO: typeof EN = {
  closing: '게이트를 닫는 중',
  gateOf: (layer, gate) => `${layer}번 층, ${gate}`,
  training: (first, last) => `${first}번째부터 ${last}번째 스텝까지의 |tanh(alpha)|. 막대가 가득 차면 1이에요`,
  noImage: '그림 없음',
  adds: '보태는 몫',
  addsMeans: '마지막 토큰의 |tanh(alpha) out| / |residual|',
  closed: '닫은 것',
  closedNothing: '없음',
  change: '변화',
  answerThen: '그때의 답',
  both: '둘 다',
  decisive: (text, layer, gate) =>
    `“${text}”${called(text)} 답을 가장 세게 밀어 준 것은 ${layer}번 층의 ${gate} 게이트예요. `,
  ofLayers: (layer) => `층 전체로 보면 ${layer}번 층이에요. `,
  noGate: (text) => `혼자서 “${text}”${called(text)} 답을 밀어 준 게이트는 없어요.`,
  stays: '답은 그대로예요',
  becomes: (text) => `답은 “${text}”${into(text)} 바뀌어요`,
  goes: (before, after, answer) => `닫으면 log p가 ${before}에서 ${after}${into(after)} 바뀌고, ${answer}.`,
  logP: (text) =>
    `log p: “${text}”${together(text)} 그 끝의 자연로그 확률. 모델이 준 그대로라서, 보여 주는 %에 쓰는 온도는 들어 있지 않아요`,
};

const TEXTS: Readonly<Record<Language, typeof EN>> = { en: EN, ko: KO };
