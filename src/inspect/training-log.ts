/** Gates through training, as the paper's Figure 6 shows them, from the log that training writes. */

import { requireKinds } from '../files/kinds.ts';
import { ViewError } from './recorded.ts';

/** tanh(alpha) of one gate at one step; its size, where the log kept no sign. */
export interface GateAtStep {
  readonly step: number;
  readonly layer: number;
  readonly gate: 'attention' | 'dense';
  readonly value: number;
}

/**
 * The gates of a `training-log.jsonl`: a line a step, `{"step": 0, "gate.0.attention": 0.1, "gate.0.dense": 0.2, ...}`.
 * Training logs tanh(alpha) with its sign; older logs hold |tanh(alpha)|, as the figure of the paper does.
 * @throws ViewError for a line that is no such JSON, or when no line has gates
 * @example
 * ```ts
 * const gates = gatesThroughTraining('{"step": 0, "gate.0.attention": 0, "gate.0.dense": 0.1}'); // two values at step 0
 * ```
 */
export function gatesThroughTraining(log: string): GateAtStep[] {
  requireKinds('gatesThroughTraining', { log }, 'text');
  const gates = log.split('\n').flatMap((text, i) => (text.trim() === '' ? [] : gatesOfLine(text, i + 1)));
  if (gates.length === 0)
    throw new ViewError('the training log has no gates; expected "gate.0.attention" and the like');
  return gates;
}

function gatesOfLine(text: string, line: number): GateAtStep[] {
  const entry = parseLine(text, line);
  const { step } = entry;
  if (typeof step !== 'number') throw new ViewError(`line ${line} of the training log has no number "step"`);
  return Object.entries(entry).flatMap(([key, value]) => {
    const [, layer, gate] = /^gate\.(\d+)\.(attention|dense)$/.exec(key) ?? [];
    if (layer === undefined) return [];
    if (typeof value !== 'number') throw new ViewError(`"${key}" in line ${line} of the training log is not a number`);
    return [{ step, layer: Number(layer), gate: gate as GateAtStep['gate'], value }];
  });
}

function parseLine(text: string, line: number): Record<string, unknown> {
  try {
    const entry: unknown = JSON.parse(text);
    if (typeof entry === 'object' && entry !== null) return entry as Record<string, unknown>;
  } catch {}
  throw new ViewError(`line ${line} of the training log is not a JSON object`);
}
