/** The parts of a report about where the model looked. */

import type { AnswerWord } from '../answer-words.ts';
import type { AttentionKey } from '../attention-map.ts';
import { attentionHeads, wordOverlays } from '../figures/index.ts';
import { percent, plain, signed } from '../figures/numbers.ts';
import { imageName, readable, tokenLabel, words } from '../figures/words.ts';
import { spreadOf } from '../patch-map.ts';
import { range } from '../recorded.ts';
import { type Html, html, table } from './html.ts';
import type { Report } from './report.ts';
import { type Drawing, figure, type Section } from './sections.ts';
import { TEXTS, type Texts } from './texts.ts';

export async function looksSection({ words: found, pictures }: Report, drawing: Drawing): Promise<Section> {
  const { lang } = drawing;
  const text = TEXTS[lang];
  const section = { id: 'looks', title: text.looks };
  if (found.length === 0) return { ...section, content: html`<p>${text.looksNothing}</p>` };
  const svg = await wordOverlays(
    found,
    pictures.map(({ grey }) => grey),
    { ...drawing, heading: false },
  );
  const tables = found.flatMap((word) => wordTables(word, text));
  return {
    ...section,
    content: html`<p class="warning">${text.warning}</p>
<p>${text.looksNote}</p>
${figure(svg, 'looks', text.looks, tables, lang)}`,
  };
}

function wordTables({ text: word, map, occlusions }: AnswerWord, text: Texts): Html[] {
  return map.images.flatMap(({ image, rows, columns, patches, elsewhere }, i) => {
    const { least, most, even } = spreadOf(patches);
    const spread = even ? text.evenRange(percent(least), percent(most)) : text.range(percent(least), percent(most));
    const caption = text.attentionOf(word, image, spread, percent(elsewhere));
    const attention = gridTable({ rows, columns, values: patches }, percent, caption, text);
    const covered = occlusions[i];
    if (!covered) return [attention];
    const { token, logProbability, changes } = covered;
    const of = text.coveredOf(word, image, readable(token), signed(logProbability));
    return [gridTable({ rows: covered.rows, columns: covered.columns, values: changes }, signed, of, text), attention];
  });
}

function gridTable(
  { rows, columns, values }: { readonly rows: number; readonly columns: number; readonly values: readonly number[] },
  write: (value: number) => string,
  caption: string,
  { rowColumn }: Texts,
): Html {
  return table(
    [rowColumn, ...range(columns)],
    range(rows).map((row) => [row, ...range(columns).map((column) => write(values[row * columns + column] as number))]),
    { caption },
  );
}

export async function headsSection({ attention, tokens }: Report, drawing: Drawing): Promise<Section> {
  const { lang } = drawing;
  const [text, say] = [TEXTS[lang], words(lang)];
  if (!attention) return { id: 'heads', title: text.noHeads, content: html`<p>${text.headsNothing}</p>` };
  const title = text.heads(attention.layer);
  const key = (key: AttentionKey): string =>
    key.kind === 'latent' ? `${imageName(say, key.image)}, ${say('latent')} ${key.latent}` : key.kind;
  const tables = attention.heads.map((rows, head) =>
    table(
      [text.token, ...attention.keys.map(key)],
      rows.map((row, i) => [
        tokenLabel(tokens, i),
        ...attention.keys.map((_, k) => {
          const weight = row?.[k] ?? null;
          return weight === null ? '–' : plain(weight, 4);
        }),
      ]),
      { caption: text.headCaption(head) },
    ),
  );
  const svg = await attentionHeads(attention, { ...drawing, heading: false, tokens });
  return {
    id: 'heads',
    title,
    content: html`<p class="warning">${text.warning}</p>
<p>${text.headsNote}</p>
${figure(svg, 'heads', title, tables, lang)}`,
  };
}
