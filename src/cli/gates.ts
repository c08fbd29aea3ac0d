import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { writeFileWhole } from '../files/write-file.ts';
import { contributionMap, gateBars, gateLines as gateLinesFigure } from '../inspect/figures/index.ts';
import { decisiveGate, type GateEffect, type GateEffects, gateEffects } from '../inspect/gate-effects.ts';
import { CONTRIBUTION_TAPS, type GateContribution, gateContributions } from '../inspect/gates.ts';
import { type GateAtStep, gatesThroughTraining } from '../inspect/training-log.ts';
import type { Picture } from '../model/image.ts';
import type { Model } from '../model/model.ts';
import { type Prompt, tokenise } from '../model/prompt.ts';
import { checkedPictures, modelOptions, sayDevice, withModelOptions } from './ask.ts';
import { paint, sparkline } from './bars.ts';
import { type Context, type ModelOptions, UsageError } from './context.ts';
import type { Language } from './language.ts';
import { checkOutputFile } from './output-file.ts';
import { progressBar } from './progress.ts';
import { withPromptOptions } from './prompt-options.ts';
import { gateBar, gateLines, percent, promptLines } from './render.ts';
import { table } from './table.ts';

const HELP = `
Without a prompt: tanh(alpha) of both gates of every layer. With one, beside it, how much each gate adds to the last
token: |tanh(alpha) out| / |residual|, since what stands before a gate may be large or small.
With --why every gate is closed in turn: which layer and which gate put the answer there?

Examples:
  $ glass-flamingo gates
  $ glass-flamingo gates --image a.png --text "name :"
  $ glass-flamingo gates --image a.png --text "name :" --why
  $ glass-flamingo gates --svg gates.svg --lang ko
  $ glass-flamingo gates --training --svg training.svg

--svg draws what is asked: the gates, with a prompt what each adds to each token, with --training how they opened.

Exit codes: 0 done; 2 wrong usage or input.`;

interface GatesOptions extends ModelOptions {
  readonly prompt?: string;
  readonly why?: boolean;
  readonly training?: boolean;
  readonly svg?: string;
  readonly json?: boolean;
}

export function register(program: Command, context: Context): void {
  const command = program.command('gates');
  const prompts = withPromptOptions(command);
  command
    .option('--why', 'close each gate in turn, and see what becomes of the answer')
    .option('--training', 'how they opened while the weights were trained, as in Figure 6 of the paper')
    .option('--svg <file>', 'draw it')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP);
  withModelOptions(command).action(async ({ prompt: file, why, training, svg, ...rest }: GatesOptions) => {
    const { lang } = context;
    const { json = false } = rest;
    const given = file !== undefined || prompts.written();
    if (training && given) throw new UsageError('--training goes without a prompt');
    if (svg !== undefined) await checkOutputFile('--svg', svg);
    if (training) return showTraining({ ...rest, ...(svg !== undefined && { svg }) }, context);
    if (why && !given) throw new UsageError('--why needs a prompt: --image and --text, or --prompt');
    const prompt = given ? await prompts.read(file) : null;
    const model = await context.loadModel(modelOptions(rest));
    sayDevice(model, json, context);
    const loaded = prompt && (await checkedPictures(prompt, model, context));
    const shown = await look(model, loaded, why ?? false);
    if (svg !== undefined) await writeFileWhole(svg, await drawing(shown, model, loaded, lang));
    if (json) context.out(`${JSON.stringify(shown)}\n`);
    else context.out(`\n${lines(prompt, shown, context.colours).join('\n')}\n`);
  });
}

interface Shown {
  readonly gates: Awaited<ReturnType<Model['gates']>>;
  /** Of every token of the prompt. */
  readonly contributions?: readonly GateContribution[];
  readonly why?: GateEffects & { readonly decisive: GateEffect | null };
}

async function look(model: Model, prompt: Prompt<Picture> | null, why: boolean): Promise<Shown> {
  const gates = await model.gates();
  if (!prompt) return { gates };
  const contributions = gateContributions(
    await model.run({ sequence: prompt.sequence }, { capture: CONTRIBUTION_TAPS }),
  );
  if (!why) return { gates, contributions };
  const bar = progressBar('closing gates', gates.length * 3, 30);
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
  context.out(json ? `${JSON.stringify({ steps })}\n` : `${trainingLines(steps).join('\n')}\n`);
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
    );
  }
}

/** Points of a line of bars. */
const POINTS = 40;

function trainingLines(steps: readonly GateAtStep[]): string[] {
  const gates = new Map<string, GateAtStep[]>();
  for (const step of steps) {
    const name = `layer ${step.layer}, ${step.gate}`;
    gates.set(name, [...(gates.get(name) ?? []), step]);
  }
  const last = steps.at(-1)?.step ?? 0;
  return [
    `|tanh(alpha)| from step ${steps[0]?.step ?? 0} to ${last}; a full bar is 1`,
    ...table(
      Array.from(gates, ([name, all]) => {
        const count = Math.min(POINTS, all.length);
        const at = (i: number): number => Math.round((i * (all.length - 1)) / Math.max(1, count - 1));
        const points = Array.from({ length: count }, (_, i) => all[at(i)]?.value ?? 0);
        return [name, sparkline(points, 1), (all.at(-1)?.value ?? 0).toFixed(3)];
      }),
    ),
  ];
}

function lines(prompt: Prompt | null, { gates, contributions, why }: Shown, colours: boolean): string[] {
  if (!prompt || !contributions) return gateLines(gates, { lang: 'en', colours });
  return [
    ...promptLines(prompt),
    '',
    ...contributionLines(contributions, colours),
    ...(why ? ['', ...whyLines(why, colours)] : []),
  ];
}

function contributionLines(contributions: readonly GateContribution[], colours: boolean): string[] {
  const share = (value: number | null | undefined): string =>
    (typeof value === 'number' ? percent(Math.abs(value)) : 'no image').padStart(9);
  return [
    `layer  ${'-1   attention  1'.padEnd(24)}     adds  ${'-1     dense    1'.padEnd(24)}     adds`,
    ...contributions.map(
      ({ layer, gates, attention, dense }) =>
        `${String(layer).padStart(5)}  ${gateBar(gates.attention, 'attention', colours)}${share(attention.at(-1))}` +
        `  ${gateBar(gates.dense, 'dense', colours)}${share(dense.at(-1))}`,
    ),
    'adds: |tanh(alpha) out| / |residual| of the last token',
  ];
}

function whyLines({ text, logProbability, effects, decisive }: NonNullable<Shown['why']>, colours: boolean): string[] {
  const rows = effects.map((effect) => [
    `layer ${effect.layer}, ${effect.gate}`,
    effect.logProbability.toFixed(2),
    `${effect.change >= 0 ? '+' : ''}${effect.change.toFixed(2)}`,
    effect.text || '(nothing)',
  ]);
  const heading = ['closed', 'log p', 'change', 'answer then'];
  const closed = table([heading, ['nothing', logProbability.toFixed(2), '', text], ...rows], [1, 2]);
  const layer = effects.find(({ gate }) => gate === 'both');
  const verdict = decisive
    ? [
        `Layer ${decisive.layer}'s ${decisive.gate} gate speaks most for "${text}": ${becomes(decisive, logProbability, text)}.`,
        ...(layer ? [`Of whole layers, layer ${layer.layer} does: ${becomes(layer, logProbability, text)}.`] : []),
      ]
    : [`No single gate speaks for "${text}".`];
  return [
    ...closed,
    '',
    ...verdict.map((line) => paint(line, 'answer', colours)),
    `log p: natural, of "${text}" and its end`,
  ];
}

function becomes(closed: GateEffect, before: number, text: string): string {
  const answer = closed.text === text ? 'the answer stays' : `the answer becomes "${closed.text}"`;
  return `closed, log p goes from ${before.toFixed(2)} to ${closed.logProbability.toFixed(2)}, and ${answer}`;
}
