/** The parts of a report about the answer and the gates. */

import type { Answer } from '../../model/answer.ts';
import { largestOf } from '../figures/heat.ts';
import { contributionMap, gateBars, logitLensTable, tokenRibbon, topChangeDots } from '../figures/index.ts';
import { percent, signed } from '../figures/numbers.ts';
import type { FigureOptions } from '../figures/options.ts';
import { type Language, layerName, readable, tokenLabel, words } from '../figures/words.ts';
import { decisiveGate, type GateEffect } from '../gate-effects.ts';
import { type LikelyRow, likelyRows } from '../likely-rows.ts';
import { range } from '../recorded.ts';
import { type Content, figureInPage, type Html, html, scrolling, table } from './html.ts';
import type { Report } from './report.ts';
import { TEXTS, type Texts } from './texts.ts';

export interface Section {
  /** Its place in the page's address. */
  readonly id: string;
  readonly title: string;
  readonly content: Content;
}

/** How a section is written. */
export type Drawing = Omit<FigureOptions, 'lang' | 'heading'> & { readonly lang: Language };

/** A figure in its box, and below it the numbers that it draws. */
export function figure(svg: string, key: string, title: string, tables: readonly Html[], lang: Language): Html {
  const { numbers } = TEXTS[lang];
  return html`<figure id="figure-${key}">
${scrolling(title, figureInPage(svg, key))}
<details><summary>${numbers}</summary>
${tables.map((one, i) => scrolling(tables.length > 1 ? `${title}, ${i + 1}` : title, one))}
</details>
</figure>
`;
}

/** A share from 0 to 1 behind a number; what isn't 0 can be seen. */
function bar(share: number, kind: 'heat' | 'negative'): Html | null {
  if (share === 0) return null;
  const width = (Math.min(1, Math.abs(share)) * 100).toFixed(1);
  return html`<span class="bar" aria-hidden="true"><span class="${kind}" style="width:${width}%"></span></span>`;
}

export function answerSection({ sequence, pictures, answer }: Report, { lang }: Drawing): Section {
  const text = TEXTS[lang];
  const items = sequence.map((item) => {
    if ('text' in item) return html`<p class="said">${item.text}</p>`;
    const picture = pictures[item.image] as Report['pictures'][number];
    const { name, width, height, large, seen, seenSize } = picture;
    return html`<figure class="picture">
<img src="${large}" alt="${text.picture(item.image, name)}" width="160" height="160">
<img class="pixels" src="${seen}" alt="${text.pictureSeen(item.image, name, seenSize)}" width="64" height="64">
<figcaption>${text.picture(item.image, name)}<br><small>${text.sizes(width, height, seenSize)}</small></figcaption>
</figure>`;
  });
  const first = answer.alternatives.map(({ token, probability }) => [
    readable(token),
    percent(probability),
    bar(probability, 'heat'),
  ]);
  const likely = likelyRows(answer).map(likelyRow(text));
  const ranked = [...(answer.candidates ?? [])].sort((a, b) => b.logProbability - a.logProbability);
  return {
    id: 'answer',
    title: text.asked,
    content: html`<div class="prompt">${items}<p class="said answer"><span aria-hidden="true">→ </span>${answer.text || text.nothing}</p></div>
<p>${text.askedNote}${pictures.length > 0 ? ` ${text.seenNote}` : null}</p>
<div class="side">${scrolling(text.likely, table([text.wholeAnswer, text.probability, ''], likely, { caption: text.likely, words: [2] }))}
${scrolling(text.firstTokens, table([text.token, text.probability, ''], first, { caption: text.firstTokens, words: [2] }))}
${
  ranked.length === 0
    ? null
    : scrolling(
        text.ranking,
        table(
          [text.candidate, text.logProbability, text.tokenCount],
          ranked.map(({ text, logProbability, tokens }) => [text, signed(logProbability), tokens]),
          { caption: text.ranking },
        ),
      )
}</div>`,
  };
}

const likelyRow =
  ({ nothing }: Texts) =>
  ({ text, probability, chance }: LikelyRow): Content[] => [text || nothing, chance, bar(probability, 'heat')];

/** The answer under edits beside the one without; no section where there were none. */
export async function changeSections({ answer, changed }: Report, drawing: Drawing): Promise<Section[]> {
  if (!changed) return [];
  const { lang } = drawing;
  const [text, say] = [TEXTS[lang], words(lang)];
  const said = (heading: string, { text: answered }: { readonly text: string }): Html =>
    html`<p class="said answer"><small>${heading}</small><br>${answered || text.nothing}</p>`;
  const whole = (heading: string, said: Pick<Answer, 'text' | 'likely'>): Html =>
    scrolling(
      heading,
      table([text.wholeAnswer, text.probability, ''], likelyRows(said).map(likelyRow(text)), {
        caption: `${text.wholeAnswers}, ${heading}`,
        words: [2],
      }),
    );
  const tokens = table(
    [text.token, text.before, text.afterChange],
    changed.tokens.map(({ token, before, after }) => [readable(token), percent(before), percent(after)]),
  );
  const gates = table(
    [say('layer'), ...KINDS.flatMap((kind) => [`${say(kind)}, ${text.before}`, `${say(kind)}, ${text.afterChange}`])],
    answer.gates.map((gate, i) => [
      gate.layer,
      ...KINDS.flatMap((kind) => [signed(gate[kind]), signed(changed.answer.gates[i]?.[kind] ?? Number.NaN)]),
    ]),
    { caption: text.tanh },
  );
  const svg = await topChangeDots(changed.tokens, { ...drawing, heading: false });
  return [
    {
      id: 'change',
      title: text.changed,
      content: html`<p>${text.changedNote(changed.edits.join(', '))}</p>
<div class="prompt">${said(text.before, answer)}<span aria-hidden="true">→</span>${said(text.afterChange, changed.answer)}</div>
<div class="pair">${whole(text.before, answer)}${whole(text.afterChange, changed.answer)}</div>
<div class="side">${figure(svg, 'change', say('changes'), [tokens], lang)}
${scrolling(text.tanh, gates)}</div>`,
    },
  ];
}

export async function ribbonSection({ ribbon, tokens }: Report, drawing: Drawing): Promise<Section> {
  const { lang } = drawing;
  const [text, say] = [TEXTS[lang], words(lang)];
  const list = (images: readonly number[]): string => images.join(', ') || '–';
  const rows = ribbon.tokens.map(({ latest, previous, allowed }, i) => [
    tokenLabel(tokens, i),
    latest ?? '–',
    list(previous),
    list(allowed),
  ]);
  const svg = await tokenRibbon(ribbon, tokens, { ...drawing, heading: false });
  const numbers = table([text.token, text.latest, text.previous, text.allowed], rows);
  return {
    id: 'ribbon',
    title: text.ribbon,
    content: html`<p>${text.ribbonNote} ${say('ribbonNote')}</p>
${figure(svg, 'ribbon', text.ribbon, [numbers], lang)}`,
  };
}

const KINDS = ['attention', 'dense'] as const;

export async function gatesSection({ contributions, tokens }: Report, drawing: Drawing): Promise<Section> {
  const { lang } = drawing;
  const [text, say] = [TEXTS[lang], words(lang)];
  const gates = contributions.map((block) => block.gates);
  const values = table(
    [say('layer'), ...KINDS.map((kind) => `${say(kind)}, ${text.tanh}`)],
    gates.map(({ layer, attention, dense }) => [layer, signed(attention), signed(dense)]),
  );
  const added = table(
    [
      text.token,
      ...contributions.flatMap(({ layer }) => KINDS.map((kind) => `${layerName(say, layer)}, ${say(kind)}`)),
    ],
    tokens.map((_, i) => [
      tokenLabel(tokens, i),
      ...contributions.flatMap((block) =>
        KINDS.map((kind) => (block[kind][i] === null ? '–' : signed(block[kind][i] as number, 4))),
      ),
    ]),
  );
  const options = { ...drawing, heading: false };
  return {
    id: 'gates',
    title: text.gates,
    content: html`<div class="side"><div><h3>${say('gates')}</h3>
<p>${say('gatesNote')}</p>
${figure(await gateBars(gates, options), 'gates', say('gates'), [values], lang)}</div>
<div><h3>${say('contributions')}</h3>
<p>${text.gatesNote} ${say('contributionsNote')}</p>
${figure(await contributionMap(contributions, tokens, options), 'contributions', say('contributions'), [added], lang)}</div></div>`,
  };
}

/** The gate that speaks most for the answer, in a sentence; null where there is nothing to say. */
export function verdict({ effects }: Report, lang: Language): string | null {
  if (!effects) return null;
  const text = TEXTS[lang];
  const gate = decisiveGate(effects);
  if (!gate) return text.noGate(effects.text);
  const [before, after] = [signed(effects.logProbability, 2), signed(gate.logProbability, 2)];
  const sentence = text.decisive(
    gate.layer,
    words(lang)(gate.gate as 'attention' | 'dense'),
    effects.text,
    before,
    after,
  );
  return sentence + (gate.text === effects.text ? text.stays : text.becomes(gate.text || text.nothing));
}

export function whySection(report: Report, { lang }: Drawing): Section {
  const [text, say] = [TEXTS[lang], words(lang)];
  const { effects } = report;
  const section = { id: 'why', title: text.why };
  if (!effects) return { ...section, content: html`<p>${text.whyNothing}</p>` };
  const largest = largestOf(effects.effects.map(({ change }) => change));
  const name = ({ layer, gate }: GateEffect): string =>
    `${layerName(say, layer)}, ${gate === 'both' ? text.both : say(gate)}`;
  const rows = effects.effects.map((effect) => [
    name(effect),
    signed(effect.logProbability),
    signed(effect.change),
    bar(largest === 0 ? 0 : effect.change / largest, effect.change < 0 ? 'negative' : 'heat'),
    effect.text || text.nothing,
  ]);
  const untouched = [text.closedNothing, signed(effects.logProbability), '', '', effects.text];
  const numbers = table([text.closed, text.logProbability, text.change, '', text.answerThen], [untouched, ...rows], {
    words: [3, 4],
  });
  return {
    ...section,
    content: html`<div class="side"><div><p>${text.whyNote}</p>
<p class="verdict">${verdict(report, lang)}</p></div>
${scrolling(text.why, numbers)}</div>`,
  };
}

export async function lensSection({ lens, tokens }: Report, drawing: Drawing): Promise<Section> {
  const { lang } = drawing;
  const [text, say] = [TEXTS[lang], words(lang)];
  const rows = range(lens.positions.length).map((row) => [
    tokenLabel(tokens, lens.positions[row] as number),
    ...lens.layers.map(({ positions }) =>
      (positions[row] ?? []).map(({ token, probability }) => `${readable(token)} ${percent(probability)}`).join(', '),
    ),
  ]);
  const columns = lens.layers.map(({ layer }) => `${layerName(say, layer)}`);
  const numbers = table([text.after, ...columns], rows, { words: range(columns.length + 1) });
  const svg = await logitLensTable(lens, tokens, { ...drawing, heading: false });
  return {
    id: 'lens',
    title: text.lens,
    content: html`<p>${say('lensNote')}</p>
${figure(svg, 'lens', text.lens, [numbers], lang)}`,
  };
}
