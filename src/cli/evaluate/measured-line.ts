import { padCells } from '../bars.ts';

/** A share that was measured, as a line: what of, how much, between which bounds, over how many, against what. */
export function measuredLine(
  what: readonly (string | null | undefined)[],
  { value, low, high, n }: { readonly value: number; readonly low: number; readonly high: number; readonly n: number },
  against: readonly (string | null | undefined)[],
): string {
  const present = (list: readonly (string | null | undefined)[]): string => list.filter(Boolean).join(', ');
  const bounds = `[${low.toFixed(3)}, ${high.toFixed(3)}]`;
  return `${padCells(present(what), 58)} ${value.toFixed(3)} ${bounds}  n ${n}  ${present(against)}`;
}
