/** Answers as lines of text for people. */

import { basename } from 'node:path';
import type { Answer, RankedCandidate } from '../model/answer.ts';
import type { Prompt } from '../model/prompt.ts';
import type { GateValues } from '../runs/gates.ts';
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

/** tanh(alpha) of one gate: a bar from -1 to 1, and the number. */
export function gateBar(value: number, gate: 'attention' | 'dense', colours: boolean): string {
  return `${paint(signedBar(value), gate, colours)} ${value.toFixed(3).padStart(6)}`;
}

/** tanh(alpha) of every layer, as bars from -1 to 1. */
export function gateLines(gates: readonly GateValues[], colours: boolean): string[] {
  const heading = `layer  ${'-1   attention  1'.padEnd(24)}  -1     dense    1`;
  return [
    heading,
    ...gates.map(
      ({ layer, attention, dense }) =>
        `${String(layer).padStart(5)}  ${gateBar(attention, 'attention', colours)}  ${gateBar(dense, 'dense', colours)}`,
    ),
  ];
}

/** Lines under a name that stands before the first. */
export function section(name: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `  ${(i === 0 ? name : '').padEnd(12)}${line}`);
}

/** A whole answer; `undefined` candidates are left out. */
export function answerLines(prompt: Prompt, answer: Answer, colours: boolean): string[] {
  return [
    ...promptLines(prompt),
    ...section('answer', [paint(answer.text || '(nothing)', 'answer', colours)]),
    ...section('first token', alternativeLines(answer.alternatives)),
    ...section('ranking', candidateLines(answer.candidates ?? [])),
    ...section('gates', gateLines(answer.gates, colours)),
  ];
}
