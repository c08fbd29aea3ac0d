/** The folded answers of a notebook can be put into its cells as they stand. */

import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const folder = new URL('../../notebooks/', import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith('.ipynb'));

interface Cell {
  readonly id: string;
  readonly cell_type: string;
  readonly source: string | readonly string[];
}

it.each(names)('%s imports all that its answers call', (name) => {
  const { cells } = JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { cells: readonly Cell[] };
  const sourceOf = ({ source }: Cell): string => (typeof source === 'string' ? source : source.join(''));
  const code = cells
    .filter(({ cell_type }) => cell_type === 'code')
    .map(sourceOf)
    .join('\n');
  const folded = sourceOf(cells.find(({ id }) => id === 'answers-text') as Cell);
  const answers = Array.from(folded.matchAll(/```ts\n([\s\S]*?)```/g), ([, answer]) => answer).join('\n');
  expect(answers).not.toBe('');
  const imported = Array.from(code.matchAll(/import \{([^}]*)\}/g), ([, list = '']) => list.split(/[\s,]+/)).flat();
  const made = Array.from(`${code}\n${answers}`.matchAll(/(?:const|let|function) (\w+)/g), ([, made]) => made);
  const called = Array.from(answers.matchAll(/(?<![.\w])([a-zA-Z]\w*)\(/g), ([, called]) => called);
  const keywords = ['if', 'for', 'while', 'return', 'Array'];
  expect(called.filter((call) => ![...imported, ...made, ...keywords].includes(call))).toEqual([]);
});
