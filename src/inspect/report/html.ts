/** HTML in which everything that is put in is text, unless it was made here. */

import { printableText } from '../printable.ts';

/** Text that is HTML already. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Html | string | number | null | readonly Content[];

/** `html`<p>${text}</p>``: texts and numbers are escaped, lists joined, null is nothing. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Html {
  return new Html(strings.reduce((all, text, i) => all + written(contents[i - 1] ?? null) + text));
}

function written(content: Content): string {
  if (content === null) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'object') return content.map(written).join('');
  return printableText(String(content)).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

export interface TableOptions {
  readonly caption?: string;
  /** Columns of words, which begin at the left; the first is one. */
  readonly words?: readonly number[];
}

/** Rows under their columns' names; the first cell of a row names it. */
export function table(
  columns: readonly Content[],
  rows: readonly (readonly Content[])[],
  { caption, words = [] }: TableOptions = {},
): Html {
  const kind = (column: number): Html | null => (words.includes(column) ? html` class="words"` : null);
  return html`<table>
${caption === undefined ? null : html`<caption>${caption}</caption>`}
<thead><tr>${columns.map((name, i) => html`<th scope="col"${i === 0 ? html` class="words"` : kind(i)}>${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ([name = '', ...cells]) =>
      html`<tr><th scope="row">${name}</th>${cells.map((cell, i) => html`<td${kind(i + 1)}>${cell}</td>`)}</tr>
`,
  )}</tbody>
</table>`;
}

/** What is wider than the page scrolls in a box of its own, by keyboard too. */
export function scrolling(label: string, content: Content): Html {
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${label}">${content}</div>`;
}

/** A figure that stands in a page: no style and no ids but its own. */
export function figureInPage(svg: string, key: string): Html {
  return new Html(
    svg
      .replace(/<style>.*?<\/style>/s, '')
      .replace(/ xmlns="[^"]*"/g, '')
      .replaceAll('glass-hatched', `glass-hatched-${key}`),
  );
}
