/** Files of the repository that pages lead to, as plain pages: code is read beside the paper without a network. */

import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Html, html } from '../../src/inspect/report/html.ts';
import { ROOT } from './places.ts';

/** What the pages of sources look like, in a file that they share. */
export const SOURCE_STYLE: string = `:root{color-scheme:light dark}
body{max-width:80rem;margin:1.5rem auto;padding:0 1rem;font:15px/1.6 system-ui,'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR',sans-serif;color:light-dark(#33272f,#f2e6ea);background:light-dark(#fff,#1b1619)}
h1{font-size:1.1rem;font-weight:600;overflow-wrap:anywhere}
a{color:light-dark(#a3284b,#ff9db4)}
pre{--paper:light-dark(#fff,#1b1619);--shade:light-dark(#0004,#fff5);overflow-x:auto;font:13px/1.5 ui-monospace,Menlo,Consolas,monospace;background:linear-gradient(90deg,var(--paper) 40%,#0000) left/2rem 100% no-repeat local,linear-gradient(270deg,var(--paper) 40%,#0000) right/2rem 100% no-repeat local,linear-gradient(90deg,var(--shade),#0000) left/.75rem 100% no-repeat,linear-gradient(270deg,var(--shade),#0000) right/.75rem 100% no-repeat}
`;

function frame(title: string, home: string, body: Html): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Glass Flamingo</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${home}assets/source.css">
</head>
<body>
<main>
<p><a href="${home}index.html">Glass Flamingo</a></p>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`.text;
}

/** @param file from the root of the repository; its page is `source/FILE.html` */
export function filePage(file: string): string {
  const home = '../'.repeat(file.split('/').length);
  const text = readFileSync(join(ROOT, file), 'utf8').trimEnd();
  return frame(file, home, html`<pre tabindex="0">${text}</pre>`);
}

/** @returns the page of a folder, `source/FOLDER/index.html`, and the files that it leads to */
export function folderPage(folder: string): { page: string; files: string[] } {
  const home = '../'.repeat(folder.split('/').length + 1);
  const names = readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs|json|md|py|jsonl)$/.test(entry.name))
    .map(({ name }) => name);
  const rows = names.map((name) => html`<li><a href="${name}.html">${name}</a></li>\n`);
  return {
    page: frame(`${folder}/`, home, html`<ul>${rows}</ul>`),
    files: names.map((name) => posix.join(folder, name)),
  };
}
