/** Answers as lines of text for people. */

import { basename } from 'node:path';
import type { Answer, GateValues, RankedCandidate } from '../flamingo/answer.ts';
import type { Prompt } from '../flamingo/prompt.ts';
import { displayWidth, padCells, paint, signedBar } from './bars.ts';

/** A prompt as it is read, a line for each picture with the text that follows it. */
export function promptLines(prompt: Prompt): string[] {
  const lines: string[] = [];
  let open = false;
  for (const item of prompt.sequence) {
    if ('image' in item) lines.push(`[${basename(item.image)}]`);
    else if (open) lines[lines.length - 1] += ` ${item.text.trim()}`;
    else lines.push(item.text.trim());
    open = true;
  }
  return lines;
}

export function percent(probability: number): string {
  return `${(probability * 100).toFixed(1)} %`;
}

/** One line a token, likeliest first. */
export function alternativeLines(alternatives: Answer['alternatives']): string[] {
  const width = Math.max(0, ...alternatives.map(({ token }) => displayWidth(token)));
  return alternatives.map(({ token, probability }) => `${padCells(token, width)} ${percent(probability).padStart(7)}`);
}

/** Best first. */
export function candidateLines(candidates: readonly RankedCandidate[]): string[] {
  const ranked = [...candidates].sort((a, b) => b.logProbability - a.logProbability);
  const width = Math.max(0, ...ranked.map(({ text }) => displayWidth(text)));
  return ranked.map(
    ({ text, logProbability, tokens }) =>
      `${padCells(text, width)} ${logProbability.toFixed(3).padStart(8)} (${tokens} tokens)`,
  );
}

/** tanh(alpha) of every layer, as bars from -1 to 1. */
export function gateLines(gates: readonly GateValues[], colours: boolean): string[] {
  const bar = (value: number, tone: 'attention' | 'dense') =>
    `${paint(signedBar(value), tone, colours)} ${value.toFixed(3).padStart(6)}`;
  const heading = `layer  ${'-1   attention  1'.padEnd(24)}  -1     dense    1`;
  return [
    heading,
    ...gates.map(
      ({ layer, attention, dense }) =>
        `${String(layer).padStart(5)}  ${bar(attention, 'attention')}  ${bar(dense, 'dense')}`,
    ),
  ];
}

/** A whole answer; `undefined` candidates are left out. */
export function answerLines(prompt: Prompt, answer: Answer, colours: boolean): string[] {
  const section = (name: string, lines: readonly string[]) =>
    lines.map((line, i) => `  ${(i === 0 ? name : '').padEnd(12)}${line}`);
  return [
    ...promptLines(prompt),
    ...section('answer', [paint(answer.text || '(nothing)', 'answer', colours)]),
    ...section('first token', alternativeLines(answer.alternatives)),
    ...section('ranking', candidateLines(answer.candidates ?? [])),
    ...section('gates', gateLines(answer.gates, colours)),
  ];
}
