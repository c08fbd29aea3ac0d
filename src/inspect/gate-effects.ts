/** What each gate does for an answer: it is closed, and the same answer is looked at again. */

import { requireKinds } from '../files/kinds.ts';
import type { Answer } from '../model/answer.ts';
import type { PictureSource } from '../model/image/source.ts';
import type { Model } from '../model/model.ts';
import type { Prompt } from '../model/prompt.ts';
import type { Edit } from '../runs/edit.ts';
import { ViewError } from './recorded.ts';

export interface GateEffect {
  readonly layer: number;
  /** What was closed: one gate of the block before this layer, or both. */
  readonly gate: 'attention' | 'dense' | 'both';
  /** Of the answer of the untouched model, end of chunk included, natural. */
  readonly logProbability: number;
  /** `logProbability` less that of the untouched model: negative: closing the gate makes the answer less likely. */
  readonly change: number;
  /** What the model answers now. */
  readonly text: string;
}

export interface GateEffects {
  /** The untouched model's answer. */
  readonly text: string;
  readonly logProbability: number;
  /** The strongest support of the answer first. */
  readonly effects: readonly GateEffect[];
}

/**
 * change = log p(answer | gate = 0) - log p(answer), for each gate of each block, and for both of a block.
 *
 * One gate at a time: what two gates do only together shows in neither. `progress` is called after each.
 * @throws ViewError when the model answers nothing, or has no gates
 * @example
 * ```ts
 * const effects = await gateEffects(model, prompt); // what the answer loses when each gate is closed
 * console.log(decisiveGate(effects));
 * ```
 */
export async function gateEffects(
  model: Pick<Model, 'prepare'>,
  asked: Prompt<PictureSource>,
  progress: (done: number, all: number) => void = () => {},
): Promise<GateEffects> {
  requireKinds('gateEffects', { model, 'the prompt': asked, progress }, '{prepare} {sequence} function');
  const { sequence, generate } = asked;
  const prompt = { sequence, ...(generate && { generate }) };
  const { text, gates } = await answered(model, prompt);
  if (text === '') throw new ViewError('the model answers nothing to this prompt; expected an answer to explain');
  if (gates.length === 0) throw new ViewError('the model has no gated cross-attention');
  const closings = gates.flatMap(({ layer }) =>
    (['attention', 'dense', 'both'] as const).map((gate) => ({ layer, gate })),
  );
  // Read once for all: no gate changes what the vision encoder and the resampler see.
  const prepared = await model.prepare({ ...prompt, candidates: [text] });
  try {
    const scored = async (edit: readonly Edit[]): Promise<{ text: string; logProbability: number }> => {
      const answer = await prepared.answer({ edit });
      return { text: answer.text, logProbability: answer.candidates?.[0]?.logProbability ?? Number.NaN };
    };
    const { logProbability } = await scored([]);
    const effects: GateEffect[] = [];
    for (const { layer, gate } of closings) {
      const closed = await scored([{ at: `xattn.${layer}.gate.${gate === 'both' ? '*' : gate}`, set: 0 }]);
      effects.push({ layer, gate, ...closed, change: closed.logProbability - logProbability });
      progress(effects.length, closings.length);
    }
    return { text, logProbability, effects: effects.sort((a, b) => a.change - b.change) };
  } finally {
    prepared.dispose();
  }
}

async function answered(model: Pick<Model, 'prepare'>, prompt: Prompt<PictureSource>): Promise<Answer> {
  const prepared = await model.prepare(prompt);
  try {
    return await prepared.answer();
  } finally {
    prepared.dispose();
  }
}

/**
 * The single gate that speaks most for the answer; null when none does.
 * @param effects as `gateEffects` gives them
 * @example
 * ```ts
 * console.log(decisiveGate(await gateEffects(model, prompt))?.layer);
 * ```
 */
export function decisiveGate(effects: GateEffects): GateEffect | null {
  requireKinds('decisiveGate', { effects }, '{effects}');
  const single = effects.effects.find(({ gate }) => gate !== 'both');
  return single && single.change < 0 ? single : null;
}
