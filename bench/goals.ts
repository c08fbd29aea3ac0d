/** What the library promises of its speed on one thread, beside whom, and whether a run kept it. */

import { FORWARD, TRAINING } from './block.ts';
import { meanCase } from './cold.ts';
import { ofCold, ofDispatch, ofProduct, ofWork, type Reason } from './limits/reasons.ts';
import { figure, type Row, ratio } from './results.ts';
import { shotsCase, TEXT_ONLY } from './shipped.ts';
import { TAPS_CASE, UNUSED } from './taps.ts';

interface Goal {
  readonly group: string;
  readonly case: string;
  readonly than: string;
  /** How many times its processor time should be ours, at least. */
  readonly least: number;
  /** What stands in the way where the goal is missed. */
  readonly limit: Reason;
}

const goal = (group: string, name: string, than: string, least: number, limit: Reason): Goal => ({
  ...{ group, case: name, than, least, limit },
});

const WHOLE_MODEL = [TEXT_ONLY, shotsCase(4)];

const GOALS: readonly Goal[] = [
  goal('products', 'product 512^3', 'JS loop', 25, ofProduct),
  goal('products', 'product 512^3', 'tfjs-wasm', 1.5, ofProduct),
  goal('products', 'product 512^3', 'ORT-node', 0.5, ofProduct),
  goal('products', '64 products 65x32x65', 'tfjs-wasm', 8, ofProduct),
  goal('block', FORWARD, 'ORT-web', 2, ofWork(FORWARD)),
  goal('block', FORWARD, 'ORT-node', 0.67, ofWork(FORWARD)),
  goal('block', TRAINING, 'tfjs-wasm', 14, ofWork(TRAINING)),
  goal('block', TRAINING, 'jax-js', 4, ofWork(TRAINING)),
  goal('block', TRAINING, 'PyTorch', 0.67, ofWork(TRAINING)),
  ...['ORT-web', 'ORT-node'].flatMap((than) =>
    WHOLE_MODEL.flatMap((name) => {
      const least = than === 'ORT-web' ? 1 : 0.67;
      return [
        goal('shipped', name, than, least, ofDispatch(name)),
        goal('cold', meanCase(name), than, least, ofCold(meanCase(name), name)),
      ];
    }),
  ),
];

export interface Verdict {
  readonly text: string;
  readonly verdict: 'reached' | 'missed';
  readonly limit: string;
}

/** One for each goal whose case was run. */
export function goalsOf(rows: readonly Row[]): Verdict[] {
  const found = GOALS.flatMap((goal): Verdict[] => {
    const row = rows.find((r) => r.group === goal.group && r.case === goal.case && r.contestant === goal.than);
    const times = row && ratio(row, rows);
    if (!times) return [];
    const verdict = times >= goal.least ? 'reached' : 'missed';
    const text = `${goal.case}: ${goal.than} takes ${figure(times)} times our processor time, goal at least ${goal.least}`;
    return [{ text, verdict, limit: verdict === 'missed' ? goal.limit(rows, { times, least: goal.least }) : '' }];
  });
  const idle = rows.find((row) => row.case === TAPS_CASE && row.contestant === UNUSED);
  const share = idle && ratio(idle, rows);
  if (!share) return found;
  const text = `unused taps take ${figure(100 * share)} % of a forward, goal below 1 %`;
  return [...found, { text, verdict: share < 0.01 ? 'reached' : 'missed', limit: '' }];
}
