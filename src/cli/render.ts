/** Answers as lines of text for people. */

import { chanceSaid, likelyRows } from '../inspect/likely-rows.ts';
import { oneLine } from '../inspect/printable.ts';
import type { Answer, LikelyAnswer, RankedCandidate } from '../model/answer.ts';
import { pictureName } from '../model/image/place.ts';
import type { MediaItem, Prompt } from '../model/prompt.ts';
import type { GateValues } from '../runs/gates.ts';
import { displayWidth, padCells, paint, signedBar, widest } from './bars.ts';
import type { Context } from './context.ts';
import { WORDS } from './words.ts';

/** What is shown of an answer. */
export type Said = Pick<Answer, 'text' | 'alternatives' | 'gates' | 'likely' | 'candidates' | 'temperature'>;

/** How lines are written. */
export type Look = Pick<Context, 'lang' | 'colours'> & { readonly columns?: number };

/** A prompt as it is read, a line for each picture with the text that follows it. */
export function promptLines(prompt: Prompt): string[] {
  const lines: string[] = [];
  let open = false;
  for (const item of prompt.sequence) {
    if (!('text' in item)) lines.push(`[${mediaName(item)}]`);
    else if (open) lines[lines.length - 1] += ` ${oneLine(item.text.trim())}`;
    else lines.push(oneLine(item.text.trim()));
    open = true;
  }
  return lines;
}

/** What a picture or a clip is called. */
export function mediaName(item: MediaItem): string {
  const named = (path: string): string => oneLine(pictureName(path));
  if ('image' in item) return named(item.image);
  const [first = '', ...others] = [item.video].flat();
  return others.length === 0 ? named(first) : `${named(first)} .. ${named(others.at(-1) as string)}`;
}

export function percent(probability: number): string {
  return `${(probability * 100).toFixed(1)}%`;
}

function chanceLines(rows: readonly (readonly [text: string, chance: string])[]): string[] {
  const names = rows.map(([text]) => oneLine(text));
  const width = widest(names);
  return rows.map(([, chance], i) => `${padCells(names[i] as string, width)} ${chance.padStart(6)}`);
}

/** One line a token, likeliest first. */
export function alternativeLines(alternatives: Answer['alternatives']): string[] {
  return chanceLines(alternatives.map(({ token, probability }) => [token, percent(probability)]));
}

/** One line a whole answer, likeliest first, the one that was given among them. */
export function likelyLines(answer: Pick<Said, 'text' | 'likely'>, { lang }: Look): string[] {
  return chanceLines(likelyRows(answer).map(({ text, chance }) => [text || WORDS[lang].nothing, chance]));
}

/** What each candidate gets of what all of them get together, at the temperature of all shown probabilities, best first. */
export function candidateLines({ candidates = [], temperature = 1 }: Partial<Answer>): string[] {
  const ranked = [...candidates].sort((a, b) => b.logProbability - a.logProbability);
  const best = ranked[0]?.logProbability ?? 0;
  const weights = ranked.map(({ logProbability }) => Math.exp((logProbability - best) / temperature));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return chanceLines(ranked.map(({ text }, i) => [text, percent((weights[i] as number) / all)]));
}

/** Natural log-probability of each candidate with its end, best first. */
function scoreLines(candidates: readonly RankedCandidate[], { lang }: Look): string[] {
  const ranked = [...candidates].sort((a, b) => b.logProbability - a.logProbability);
  const names = ranked.map(({ text }) => oneLine(text));
  const width = widest(names);
  return ranked.map(
    ({ logProbability, tokens }, i) =>
      `${padCells(names[i] as string, width)} ${logProbability.toFixed(3).padStart(8)} (${WORDS[lang].tokens(tokens)})`,
  );
}

/** Below it an answer is more likely wrong than right, as far as the model's own probabilities go. */
const LOW = 0.5;

/** Tells whether the model itself gives its answer less than an even chance; null where that was not asked. */
export function isUnsure({ text, likely }: Said): boolean | null {
  return likely ? chanceOf(text, likely) < LOW : null;
}

/** 0 for a text that is not among the likeliest. */
export function chanceOf(text: string, likely: readonly LikelyAnswer[] = []): number {
  return likely.find((one) => one.text === text)?.probability ?? 0;
}

/** What the model says, and that it is unsure when it is. */
export function saidLine(answer: Said, { lang, colours }: Look): string {
  const words = WORDS[lang];
  const said = paint(oneLine(answer.text) || words.nothing, 'answer', colours);
  const chance = chanceSaid(answer);
  return chance && isUnsure(answer) ? `${said}  ${words.lowConfidence(chance)}` : said;
}

/** tanh(alpha) of one gate: a bar from -1 to 1, and the number. */
export function gateBar(value: number, gate: 'attention' | 'dense', colours: boolean): string {
  return `${paint(signedBar(value), gate, colours)} ${value.toFixed(3).padStart(6)}`;
}

/** The ends of a bar, and between them what it shows. */
export function barAxis(label: string): string {
  const room = 14 - displayWidth(label);
  return `-1${' '.repeat(Math.ceil(room / 2))}${label}${' '.repeat(Math.floor(room / 2))}1`;
}

/** Columns that both gates need beside each other. */
const BOTH = 57;

/** tanh(alpha) of every layer, as bars from -1 to 1: both gates beside each other, or below where that is too wide. */
export function gateLines(gates: readonly GateValues[], { lang, colours, columns = BOTH }: Look): string[] {
  const words = WORDS[lang];
  const lines = (kinds: readonly ('attention' | 'dense')[]): string[] => [
    `${padCells(words.layer, 7)}${kinds.map((kind) => padCells(barAxis(words[kind]), 24)).join('  ')}`.trimEnd(),
    ...gates.map(
      ({ layer, ...values }) =>
        `${String(layer).padStart(5)}  ${kinds.map((kind) => gateBar(values[kind], kind, colours)).join('  ')}`,
    ),
  ];
  return columns >= BOTH ? lines(['attention', 'dense']) : [...lines(['attention']), '', ...lines(['dense'])];
}

/** Lines under a name that stands before the first. */
export function section(name: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `  ${padCells(i === 0 ? name : '', 12)}${line}`);
}

/** A whole answer without its gates; tokens where they are asked for. */
export function answerLines(prompt: Prompt, answer: Said, tokens: boolean, look: Look): string[] {
  const words = WORDS[look.lang];
  const { alternatives, candidates = [] } = answer;
  return [
    ...promptLines(prompt),
    ...section(words.answer, [saidLine(answer, look)]),
    ...section(words.likely, likelyLines(answer, look)),
    ...(tokens ? section(words.firstToken, alternativeLines(alternatives)) : []),
    ...section(words.ranking, tokens ? scoreLines(candidates, look) : candidateLines(answer)),
  ];
}
