/** What the library promises of its speed on one thread, beside whom, and whether a run kept it. */

import { FORWARD, TRAINING } from './block.ts';
import { meanCase } from './cold.ts';
import { figure, type Row, ratio } from './results.ts';
import { shotsCase, TEXT_ONLY } from './shipped.ts';
import { TAPS_CASE, UNUSED } from './taps.ts';

interface Goal {
  readonly group: string;
  readonly case: string;
  readonly than: string;
  /** How many times its processor time should be ours, at least. */
  readonly least: number;
  /** What stands in the way where a goal is missed. */
  readonly limit?: string;
}

/** At equal instructions per cycle, native code does two to four times as much. */
const NATIVE = 'SIMD of 128 bits in WebAssembly, of 256 or 512 in native code';

/** By a CPU profile: 135 operations for the few rows of seven tokens, 61 % of the time in kernels. */
const DISPATCH = 'dispatch and garbage: 39 % of this forward, by a profile';

const WIDE_MODEL = [TEXT_ONLY, shotsCase(4)];

const GOALS: readonly Goal[] = [
  { group: 'products', case: 'product 512^3', than: 'JS loop', least: 25 },
  { group: 'products', case: 'product 512^3', than: 'tfjs-wasm', least: 1.5 },
  { group: 'products', case: 'product 512^3', than: 'ORT-node', least: 0.5, limit: NATIVE },
  { group: 'products', case: '64 products 65x32x65', than: 'tfjs-wasm', least: 8 },
  { group: 'block', case: FORWARD, than: 'ORT-web', least: 2 },
  { group: 'block', case: FORWARD, than: 'ORT-node', least: 0.67, limit: NATIVE },
  { group: 'block', case: TRAINING, than: 'tfjs-wasm', least: 14 },
  { group: 'block', case: TRAINING, than: 'jax-js', least: 4 },
  { group: 'block', case: TRAINING, than: 'PyTorch', least: 0.67, limit: NATIVE },
  ...['ORT-web', 'ORT-node'].flatMap((than) =>
    WIDE_MODEL.flatMap((name): Goal[] => {
      const web = { than, least: 1, ...(name === TEXT_ONLY && { limit: DISPATCH }) };
      const goal = than === 'ORT-web' ? web : { than, least: 0.67, limit: NATIVE };
      return [
        { group: 'shipped', case: name, ...goal },
        { group: 'cold', case: meanCase(name), ...goal },
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
    return [{ text, verdict, limit: verdict === 'missed' ? (goal.limit ?? '') : '' }];
  });
  const idle = rows.find((row) => row.case === TAPS_CASE && row.contestant === UNUSED);
  const share = idle && ratio(idle, rows);
  if (!share) return found;
  const text = `unused taps take ${figure(100 * share)} % of a forward, goal below 1 %`;
  return [...found, { text, verdict: share < 0.01 ? 'reached' : 'missed', limit: '' }];
}
