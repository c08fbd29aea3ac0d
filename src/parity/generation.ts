/** What comes after a prompt: greedily, by beams, and how likely candidates are. */

import type { Flamingo } from '../flamingo/flamingo.ts';
import { generate } from '../flamingo/generate.ts';
import type { DecodingPrompt } from '../flamingo/generation/decoding.ts';
import type { GenerationOptions } from '../flamingo/generation/options.ts';
import { logLikelihoods } from '../flamingo/generation/rank.ts';
import { tableOf } from './language-model.ts';
import type { GoldenCase, Values } from './runner.ts';

interface GenerationCase extends Pick<GenerationOptions, 'stop' | 'lengthRule'> {
  /** What rows that stopped early are filled up with. */
  readonly fill: number;
}

/** `out.greedy`, `out.beam3` and `out.beam3_short` (length penalty -2), each with its score. Nothing is suppressed. */
export async function generated(
  golden: GoldenCase,
  model: Flamingo,
  prompt: DecodingPrompt,
  { fill, ...options }: GenerationCase,
): Promise<[string, Values][]> {
  const results: [string, Values][] = [];
  for (const name of golden.io.names.filter((name) => /^out\.(greedy|beam\d+(_short)?)$/.test(name))) {
    const beams = Number(/\d+/.exec(name)?.[0] ?? 1);
    const lengthPenalty = name.endsWith('_short') ? -2 : 1;
    const maxTokens = newTokens(golden);
    const rows = await generate(model, prompt, { ...options, maxTokens, suppress: [], beams, lengthPenalty });
    const table = tableOf(
      rows.map((row) => row.ids),
      fill,
    );
    results.push([name, table], [`${name}_score`, { shape: [rows.length], data: rows.map(({ score }) => score) }]);
  }
  return results;
}

/** Sum of log-probabilities of every candidate after every prompt, and how many tokens each has. */
export async function ranked(
  model: Flamingo,
  prompt: DecodingPrompt,
  candidates: readonly (readonly number[])[],
): Promise<{ sums: number[]; means: number[] }> {
  const found = await logLikelihoods(
    model,
    prompt,
    prompt.ids.map(() => candidates),
  );
  const sums = found.flatMap((row) => row.map((tokens) => tokens.reduce((sum, p) => sum + p, 0)));
  return { sums, means: sums.map((sum, i) => sum / (candidates[i % candidates.length] as number[]).length) };
}

/** How many tokens were asked for: the case says it in words, rows that stopped early may be shorter. */
function newTokens({ json, io }: GoldenCase): number {
  const { outputs } = json as unknown as { outputs?: { greedy?: string } };
  const said = Number(/<= (\d+)/.exec(outputs?.greedy ?? '')?.[1] ?? 0);
  return said || Math.max(...['out.greedy', 'out.beam3'].filter((n) => io.has(n)).map((n) => io.info(n).shape[1] ?? 0));
}
