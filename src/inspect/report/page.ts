/** A report as one HTML file that needs nothing else: no server, no network, no script. */

import { requireKinds } from '../../files/kinds.ts';
import { requireOptions } from '../../tensor/index.ts';
import type { FigureOptions } from '../figures/options.ts';
import { styleSheet } from '../figures/theme.ts';
import { chanceSaid } from '../likely-rows.ts';
import { headsSection, looksSection } from './attention-sections.ts';
import { Html, html } from './html.ts';
import { pageStyle } from './page-style.ts';
import type { Report } from './report.ts';
import {
  answerSection,
  changeSections,
  type Drawing,
  gatesSection,
  lensSection,
  ribbonSection,
  type Section,
  verdict,
  whySection,
} from './sections.ts';
import { tapsSection } from './taps-section.ts';
import { TEXTS } from './texts.ts';

/** What the page may load: pictures that it holds itself, and its own style. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/**
 * The same text for the same report. All that comes from a prompt stands in it as text.
 * @param report as `reportOf` gives it
 * @returns a whole HTML document
 * @example
 * ```ts
 * const picture = await loadPicture('cat.png');
 * const report = await reportOf(model, { sequence: [{ image: picture }, { text: 'name :' }] });
 * const html = await reportPage(report, { lang: 'ko' });
 * ```
 */
export async function reportPage(report: Report, options: Omit<FigureOptions, 'heading'> = {}): Promise<string> {
  requireOptions('reportPage', options, 'lang:en|ko document');
  requireKinds('reportPage', { report }, '{sequence,pictures,answer,lens,taps}');
  const { lang = 'en' } = options;
  const text = TEXTS[lang];
  const drawing: Drawing = { ...options, lang };
  const sections: readonly Section[] = [
    answerSection(report, drawing),
    ...(await changeSections(report, drawing)),
    whySection(report, drawing),
    await gatesSection(report, drawing),
    await looksSection(report, drawing),
    await ribbonSection(report, drawing),
    await headsSection(report, drawing),
    await lensSection(report, drawing),
    tapsSection(report, drawing),
  ];
  const said = report.answer.text || text.nothing;
  return html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${new Html(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${said} · Glass Flamingo</title>
<style>${new Html(styleSheet() + pageStyle())}</style>
</head>
<body class="glass-figure">
<header>
<p class="name">Glass Flamingo</p>
<h1>${text.heading}</h1>
<p class="lead">${lead(report, drawing)}</p>
</header>
<nav aria-label="${text.contents}"><ol>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ol></nav>
<main>
${sections.map(
  ({ id, title, content }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${content}
</section>
`,
)}</main>
<footer><p>${text.footer(report.device)}</p></footer>
</body>
</html>
`.text;
}

/** What there is to see, in a few sentences. */
function lead(report: Report, { lang }: Drawing): string {
  const text = TEXTS[lang];
  const { answer } = report;
  const says = answer.text ? text.says(answer.text) : text.silent;
  const even = answer.likely?.some((one) => one.text === answer.text && one.probability >= 0.5);
  const chance = chanceSaid(answer);
  const sure = chance && (even ? text.sure(chance) : text.unsure(chance));
  return [says, sure, verdict(report, lang)].filter((sentence) => sentence !== null).join(' ');
}
