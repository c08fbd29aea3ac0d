/** A notebook as one HTML file: words, code and saved outputs. */

import { pathToFileURL } from 'node:url';
import { printableText } from '../../inspect/printable.ts';
import { Html, html } from '../../inspect/report/html.ts';
import type { Language } from '../../runs/worded.ts';
import { type Notebook, type Output, sourceOf } from './file.ts';
import { withoutFormulas } from './tex.ts';
import { toolPath } from './tools.ts';

interface Markdown {
  render(text: string): string;
}

/** @returns a whole HTML document without scripts, but for what outputs hold */
export async function renderNotebook(notebook: Notebook, title: string): Promise<string> {
  const { default: MarkdownIt } = (await import(pathToFileURL(toolPath('markdown-it')).href)) as {
    default: new (options: object) => Markdown;
  };
  const markdown = new MarkdownIt({ html: true, linkify: true });
  const cells = notebook.cells.map((cell) => {
    const source = sourceOf(cell);
    if (cell.cell_type === 'markdown') {
      const { text, putBack } = withoutFormulas(source);
      return html`<section>${new Html(putBack(printableText(markdown.render(text))))}</section>`;
    }
    if (cell.cell_type !== 'code') return html`<pre>${source}</pre>`;
    return html`<section class="code"><pre class="source"><code>${source}</code></pre>${cell.outputs.map(outputHtml)}</section>`;
  });
  return html`<!doctype html>
<html lang="${languageOf(notebook)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
${cells.map((cell) => html`${cell}\n`)}</body>
</html>
`.text;
}

const text = (value: unknown): string => (Array.isArray(value) ? value.join('') : String(value));

/** The richest form of an output. */
function outputHtml(output: Output): Html {
  if (output.output_type === 'stream') return html`<pre class="output ${output.name}">${output.text.join('')}</pre>`;
  const { data } = output;
  for (const mime of ['image/svg+xml', 'text/html'])
    if (data[mime] !== undefined) return html`<div class="output">${new Html(printableText(text(data[mime])))}</div>`;
  for (const mime of ['image/png', 'image/jpeg'])
    if (data[mime] !== undefined)
      return html`<img class="output" alt="" src="data:${mime};base64,${text(data[mime]).trim()}">`;
  if (data['text/markdown'] !== undefined) return html`<pre class="output">${text(data['text/markdown'])}</pre>`;
  return html`<pre class="output">${text(data['text/plain'] ?? JSON.stringify(data))}</pre>`;
}

/** The language of its words: Korean where they have as many Korean letters as others. */
function languageOf({ cells }: Notebook): Language {
  const words = cells.flatMap((cell) => (cell.cell_type === 'markdown' ? [sourceOf(cell)] : [])).join('\n');
  const letters = (pattern: RegExp): number => words.match(pattern)?.length ?? 0;
  return letters(/[가-힣]/g) > letters(/[a-z]/gi) / 2 ? 'ko' : 'en';
}

// What goes on behind an edge has a shade there, and what is very long scrolls; outputs were drawn for white paper.
const STYLE = `
:root{color-scheme:light dark;--ink:light-dark(#1f2328,#e6edf3);--paper:light-dark(#fff,#0d1117);--tint:light-dark(#f6f8fa,#161b22);--line:light-dark(#d0d7de,#3d444d);--shade:light-dark(#0004,#fff5)}
body{max-width:60rem;margin:2rem auto;padding:0 1.25rem;font:16px/1.6 system-ui,'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR',sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:break-word}
a{color:light-dark(#0072b2,#56b4e9)}
pre{--under:var(--paper);overflow-x:auto;padding:.75rem 1rem;border-radius:6px;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;background:linear-gradient(90deg,var(--under) 40%,#0000) left/2rem 100% no-repeat local,linear-gradient(270deg,var(--under) 40%,#0000) right/2rem 100% no-repeat local,linear-gradient(90deg,var(--shade),#0000) left/.75rem 100% no-repeat,linear-gradient(270deg,var(--shade),#0000) right/.75rem 100% no-repeat,var(--under)}
.source{--under:var(--tint);border:1px solid var(--line)}
.output{margin:.5rem 0;overflow-x:auto;max-width:100%}
pre.output{max-height:40rem;border-left:3px solid var(--line);border-radius:0}
pre.stderr{border-left-color:#d55e00}
.output>svg:not(.glass-figure),img.output{background:#fff;color:#1f2328}
math[display="block"]{display:block math;padding:.25rem 0;overflow-x:auto}
table{border-collapse:collapse}
th,td{padding:.25rem .6rem;border:1px solid var(--line)}
:lang(ko){word-break:keep-all}
@media print{pre.output{max-height:none}}
`;
