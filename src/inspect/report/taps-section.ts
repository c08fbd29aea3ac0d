/** The part of a report that lists every value. */

import { citation } from '../../runs/citation.ts';
import { tapOf } from '../../runs/taps.ts';
import { inLanguage } from '../../runs/worded.ts';
import { significant } from '../figures/numbers.ts';
import type { Language } from '../figures/words.ts';
import { axesOf, partOf, type TapSummary } from '../tap-summary.ts';
import { type Html, html, scrolling, table } from './html.ts';
import type { Report } from './report.ts';
import type { Drawing, Section } from './sections.ts';
import { TEXTS } from './texts.ts';

export function tapsSection({ taps }: Report, { lang }: Drawing): Section {
  const text = TEXTS[lang];
  const parts: { readonly title: string; readonly taps: TapSummary[] }[] = [];
  for (const tap of taps) {
    const title = partOf(tap.name, lang);
    if (parts.at(-1)?.title !== title) parts.push({ title, taps: [] });
    parts.at(-1)?.taps.push(tap);
  }
  const columns = [text.name, text.spread, text.mean, text.std, text.min, text.max, text.axes];
  return {
    id: 'taps',
    title: text.taps,
    content: html`<p>${text.tapsNote}</p>
${parts.map(
  ({
    title,
    taps,
  }) => html`<details class="part" open><summary>${title} <small>${text.values(taps.length)}</small></summary>
${scrolling(
  title,
  table(
    columns,
    taps.map((tap) => tapRow(tap, lang)),
    { words: [1, 6] },
  ),
)}
</details>
`,
)}`,
  };
}

function tapRow({ name, dims, shape, mean, std, min, max, nan, infinite, spread }: TapSummary, lang: Language) {
  const notFinite = nan + infinite > 0 ? html` <small>${nan} NaN, ${infinite} ∞</small>` : null;
  return [
    named(name, lang),
    html`${bars(spread, TEXTS[lang].counts(spread.join(', ')))}${notFinite}`,
    ...[mean, std, min, max].map((value) => (value === null ? '–' : significant(value))),
    axesOf(dims, shape, lang),
  ];
}

function named(name: string, lang: Language): Html {
  const entry = tapOf(name);
  if (!entry) return html`<code>${name}</code>`;
  return html`<details class="tap"><summary title="${entry.equation}"><code>${name}</code></summary>
<p><code>${entry.equation}</code><br><small>${citation(entry.source, lang)}</small><br>${inLanguage(entry.gloss, lang)}</p></details>`;
}

const BAR = 5;
const HEIGHT = 18;

/** Small bars, the largest full; what holds any number at all can be seen. */
function bars(counts: readonly number[], label: string): Html {
  const largest = Math.max(...counts);
  const path = counts
    .map((count, i) => {
      const height = count === 0 ? 0 : Math.max(1, Math.round((count / largest) * HEIGHT));
      return height === 0 ? '' : `M${i * BAR},${HEIGHT}v-${height}h${BAR - 1}v${height}z`;
    })
    .join('');
  const width = 12 * BAR;
  return html`<svg class="spread" role="img" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}"><title>${label}</title><path d="M0,${HEIGHT - 0.5}h${width}" class="base"/><path d="${path}"/></svg>`;
}
