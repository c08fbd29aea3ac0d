import { type CodeCell, codeCells, isVolatile, type Notebook, type Output, sourceOf } from './file.ts';

/** What of a notebook's saved outputs is not what its cells give now. */
export function compareOutputs(saved: Notebook, outputs: readonly (readonly Output[])[]): string[] {
  return codeCells(saved).flatMap((cell, index) => {
    const now = outputs[index] ?? [];
    if (cell.execution_count !== index + 1) return [`[cell ${index + 1}] has no saved outputs of a whole run`];
    const difference = isVolatile(cell) ? kindDifference(cell, now) : firstDifference(cell.outputs, now);
    return difference ? [`[cell ${index + 1}] ${difference}`] : [];
  });
}

function kindDifference(cell: CodeCell, now: readonly Output[]): string | undefined {
  const [before, after] = [cell.outputs.map(kindOf).join(', '), now.map(kindOf).join(', ')];
  return before === after ? undefined : `showed ${before || 'nothing'}, now ${after || 'nothing'}`;
}

function kindOf(output: Output): string {
  return output.output_type === 'stream' ? output.name : Object.keys(output.data).sort().join(' + ');
}

function firstDifference(saved: readonly Output[], now: readonly Output[]): string | undefined {
  const [before, after] = [linesOfAll(saved), linesOfAll(now)];
  const at = Array.from({ length: Math.max(before.length, after.length) }, (_, i) => i).find(
    (i) => before[i] !== after[i],
  );
  if (at === undefined) return undefined;
  return `output differs:\n  - ${before[at] ?? '(end)'}\n  + ${after[at] ?? '(end)'}`;
}

function linesOfAll(outputs: readonly Output[]): string[] {
  return outputs.flatMap((output) => {
    if (output.output_type === 'stream') return [output.name, ...output.text.map((line) => line.trimEnd())];
    const parts = Object.entries(output.data ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return parts.flatMap(([mime, value]) => [
      mime,
      ...(Array.isArray(value) ? value.map((line: unknown) => String(line).trimEnd()) : [JSON.stringify(value)]),
    ]);
  });
}

/** `01-name.ipynb` and `01-name.en.ipynb`: the Korean notebook and the English one. */
export function pairOf(path: string): string {
  return path.endsWith('.en.ipynb') ? path.replace(/\.en\.ipynb$/, '.ipynb') : path.replace(/\.ipynb$/, '.en.ipynb');
}

/** The first code cell in which a pair differs: only the words between may. */
export function comparePair(own: Notebook, other: Notebook): string | undefined {
  const [mine, theirs] = [codeCells(own), codeCells(other)];
  const at = Array.from({ length: Math.max(mine.length, theirs.length) }, (_, i) => i).find((i) => {
    const [a, b] = [mine[i], theirs[i]];
    return !a || !b || sourceOf(a) !== sourceOf(b) || isVolatile(a) !== isVolatile(b);
  });
  if (at === undefined) return undefined;
  if (!mine[at] || !theirs[at]) return `has ${mine.length} code cells, its pair ${theirs.length}`;
  return `[cell ${at + 1}] is not the same code as in its pair`;
}
