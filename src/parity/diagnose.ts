/**
 * What a failing case says about its cause. Nothing is known of the build but its numbers: mistakes that shapes and
 * permutations give away are read off them, for all others the build is run again with what would put each right, and
 * the one after which most agrees is named.
 */

import { type Alteration, under, type Where } from '../inspect/alteration.ts';
import { type Correction, MISTAKES, type Mistake, type MistakeName } from '../inspect/mistakes.ts';
import type { Module } from '../nn/index.ts';
import type { Comparison } from './compare.ts';
import { evidenceOf } from './evidence.ts';
import type { Values } from './runner.ts';

export interface Diagnosis {
  /** The first tap, in order of computation, that diverges; the first result where all taps agree. */
  readonly first: string;
  readonly mistake?: MistakeName;
  readonly title?: string;
  /** Why this mistake, in numbers. */
  readonly evidence?: string;
}

/** One run of the case's taps, in order of computation, with something altered. */
type Observe = (alteration: Alteration) => Promise<readonly Comparison[]>;

interface Failure {
  /** Comparisons of the failing run, in order of computation. */
  readonly compared: readonly Comparison[];
  readonly expected: (tensor: string) => Promise<Values>;
  readonly found: (tensor: string) => Values | undefined;
}

/** @param observe runs the failing build again; throws where an alteration does not fit */
export async function diagnose({ compared, expected, found }: Failure, observe: Observe): Promise<Diagnosis> {
  const failing = compared.find(({ verdict }) => verdict === 'fail');
  const first = failing?.tensor ?? '';
  if (!first.startsWith('tap.')) return { first };
  const seen = found(first);
  const read = seen && evidenceOf(first, await expected(first), seen);
  if (read) return { first, ...named(read.mistake), evidence: read.says };
  const before = compared.filter(({ tensor, verdict }) => tensor.startsWith('tap.') && verdict === 'pass').length;
  const best = await bestCorrection(first, before, observe);
  if (!best) return { first };
  const evidence = `${best.says}${best.scope}, ${best.agree} of ${best.all} taps agree, ${before} without`;
  return { first, ...named(best.mistake), evidence };
}

function named(name: MistakeName): { mistake: MistakeName; title: string } {
  return { mistake: name, title: (MISTAKES.find((mistake) => mistake.name === name) as Mistake).title };
}

interface Trial {
  readonly mistake: MistakeName;
  readonly says: string;
  readonly scope: string;
  readonly agree: number;
  readonly all: number;
  /** What is left of the first tap's difference, over what is allowed. */
  readonly left: number;
}

/** The correction after which most taps agree, among those that put `first` right and nothing before it wrong. */
async function bestCorrection(first: string, before: number, observe: Observe): Promise<Trial | undefined> {
  const model = await modelOf(observe);
  let best: Trial | undefined;
  for (const mistake of byLikelihood(first)) {
    for (const { scope, where } of scopesOf(first)) {
      for (const correction of mistake.corrections(model, where)) {
        const trial = await attempt(mistake, correction, scope, first, observe);
        if (!trial || trial.agree <= before) continue;
        if (!best || trial.agree > best.agree || (trial.agree === best.agree && trial.left < best.left)) best = trial;
      }
    }
    // Nothing explains more than all.
    if (best && best.agree === best.all) return best;
  }
  return best;
}

async function modelOf(observe: Observe): Promise<Module> {
  let found: Module | undefined;
  await observe((model) => {
    found = model;
    return null;
  });
  return found as Module;
}

async function attempt(
  { name }: Mistake,
  { says, alteration }: Correction,
  scope: string,
  first: string,
  observe: Observe,
): Promise<Trial | undefined> {
  const compared = await observe(alteration).catch(() => []);
  const at = compared.findIndex(({ tensor }) => tensor === first);
  if (at < 0 || compared.slice(0, at + 1).some(({ verdict }) => verdict === 'fail')) return undefined;
  const { maxAbsolute = 0, allowed = 0 } = compared[at] as Comparison;
  const agree = compared.filter(({ verdict }) => verdict === 'pass').length;
  return { mistake: name, says, scope, agree, all: compared.length, left: allowed ? maxAbsolute / allowed : 0 };
}

/** Where the mistake may lie: in the layer of the tap that diverges first, or everywhere. */
function scopesOf(tap: string): { scope: string; where: Where }[] {
  const name = tap.slice('tap.'.length);
  const layer = /^(?:(?:vision|text|lm|resampler)\.layers|xattn)\.\d+/.exec(name)?.[0];
  const part = layer ?? (/^(logits|lm)/.test(name) ? 'lm' : (name.split('.')[0] as string));
  const isOutside: Where = (role) => under(part)(role) && !role.startsWith(`${part}.layers.`);
  return [
    { scope: ` in ${part}`, where: layer ? under(layer) : isOutside },
    { scope: ' everywhere', where: () => true },
  ];
}

/** Those that show at such a tap come first; it saves runs and decides nothing. */
const SHOWS_AT: Readonly<Record<MistakeName, RegExp>> = {
  'mask-off-by-one': /mask\./,
  'latents-missing': /^$/,
  'media-and-latents-swapped': /resampler.*\.(scores|weights|keys|values)$/,
  'quick-gelu-for-gelu': /feedforward\.(hidden|out)$/,
  'wrong-eps': /norm|resampler\.out$/,
  'transposed-weight': /attention\.out$/,
  'keys-and-values-swapped': /(scores|weights|keys|values)$/,
  'scale-missing': /(scores|weights)$/,
};

function byLikelihood(first: string): Mistake[] {
  return [...MISTAKES].sort((a, b) => Number(SHOWS_AT[b.name].test(first)) - Number(SHOWS_AT[a.name].test(first)));
}
