/** A notebook as a page: its words, its code, and its outputs as they were saved. */

import { createHash } from 'node:crypto';
import { type CodeCell, type Notebook, type Output, sourceOf } from '../../src/cli/notebook/file.ts';

export interface NotebookPage {
  readonly markdown: string;
  /** Pictures by their names in `/outputs/`; the same picture in both languages is one file. */
  readonly pictures: ReadonlyMap<string, string>;
}

export function notebookPage(notebook: Notebook): NotebookPage {
  const pictures = new Map<string, string>();
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type !== 'code') return sourceOf(cell);
    return [fence('ts', sourceOf(cell)), ...cell.outputs.map((output) => outputOf(output, cell, pictures))].join(
      '\n\n',
    );
  });
  return { markdown: `${cells.join('\n\n')}\n`, pictures };
}

const joined = (value: unknown): string => (Array.isArray(value) ? value.join('') : String(value));

function outputOf(output: Output, cell: CodeCell, pictures: Map<string, string>): string {
  if (output.output_type === 'stream') return printed(joined(output.text));
  const svg = output.data['image/svg+xml'];
  if (svg === undefined) return printed(joined(output.data['text/plain']));
  const text = joined(svg);
  const name = `${createHash('sha256').update(text).digest('hex').slice(0, 12)}.svg`;
  pictures.set(name, text);
  const title = /<title>([^<]*)<\/title>/.exec(text)?.[1] ?? cell.id;
  return `![${title.replace(/[[\]\\`*_$<]/g, '\\$&')}](/outputs/${name})`;
}

const printed = (text: string): string => `<div class="output">\n\n${fence('text', text.trimEnd())}\n\n</div>`;

function fence(language: string, text: string): string {
  const ticks = '`'.repeat(Math.max(3, ...Array.from(text.matchAll(/`{3,}/g), ([run]) => run.length + 1)));
  return `${ticks}${language}\n${text}\n${ticks}`;
}
