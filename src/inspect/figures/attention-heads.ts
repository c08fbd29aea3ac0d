import { requireKinds } from '../../files/kinds.ts';
import { requireOptions } from '../../tensor/index.ts';
import type { AttentionKey, AttentionMap } from '../attention-map.ts';
import { range } from '../recorded.ts';
import { type HeatCell, hatchedEntry, heatLegend, heatMarks, largestOf } from './heat.ts';
import { plain } from './numbers.ts';
import { FIGURE_OPTIONS, type FigureOptions } from './options.ts';
import { draw, type Panel, type Plot } from './sheet.ts';
import { colour } from './theme.ts';
import { imageName, tokenLabel, type Word, words } from './words.ts';

export interface AttentionHeadsOptions extends FigureOptions {
  /** Tokens of the text, as they stand in the vocabulary; without them rows bear numbers alone. */
  readonly tokens?: readonly string[];
}

const LEFT = 100;
const TOP = 42;
const GAP = 18;
const CELL_HEIGHT = 14;
const SHEET_WIDTH = 900;
const TITLES: Readonly<Record<string, Word>> = {
  xattn: 'cross',
  lm: 'self',
  resampler: 'resampler',
  vision: 'visionAttention',
};

/**
 * Attention weights of all heads, one panel a head, rows looking at columns. Columns in groups: the latents of each image,
 * or patches and latents. What the mask hides is hatched; a weight of 0 is blank.
 * @param map as `crossAttentionMap` and the other three give it
 * @returns an SVG
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: ['lm.layers.0.attention.weights'] });
 * const svg = await attentionHeads(selfAttentionMap(run, 0));
 * ```
 */
export function attentionHeads(map: AttentionMap, asked: AttentionHeadsOptions = {}): Promise<string> {
  requireOptions('attentionHeads', asked, `tokens ${FIGURE_OPTIONS}`);
  requireKinds('attentionHeads', { map }, '{heads,keys}');
  const { tokens = [], ...options } = asked;
  const say = words(options.lang ?? 'en');
  const rows = map.heads[0]?.length ?? 0;
  // In a step of generation the queries are the last of the tokens.
  const first = map.keys[0]?.kind === 'token' ? map.keys.length - rows : 0;
  const query = (row: number): string => {
    if (map.queries === 'latent') return `${say('latent')} ${row}`;
    const asks = map.queries === 'patch' ? map.keys[row] : undefined;
    return asks ? keyLabel(asks, say, tokens).whole : tokenLabel(tokens, first + row);
  };
  const all = map.heads.flatMap((head) => head.flatMap((row) => row ?? map.keys.map(() => null)));
  const size = {
    width: LEFT + map.keys.length * Math.max(4, Math.min(16, Math.floor(230 / map.keys.length))) + 2,
    height: TOP + rows * CELL_HEIGHT + 2,
  };
  const across = Math.max(1, Math.floor((SHEET_WIDTH + GAP) / (size.width + GAP)));
  const down = Math.ceil(map.heads.length / across);
  const [part = '', layer = ''] = /^(\w+)\D*(\d+)/.exec(map.name)?.slice(1) ?? [];
  const of = map.image === undefined ? '' : `, ${imageName(say, map.image)}`;
  return draw(
    {
      title: say(TITLES[part] ?? 'attention').replace('{n}', layer) + of,
      note: `${say('attentionNote')} (${map.name})`,
      legend: [
        ...heatLegend(all, (value) => plain(value, 2)),
        ...(all.includes(null) ? [hatchedEntry(say(part === 'xattn' ? 'hiddenImage' : 'hidden'))] : []),
      ],
      width: Math.min(across, map.heads.length) * (size.width + GAP) - GAP,
      height: down * (size.height + 16 + GAP) - GAP,
      panels: (Plot) =>
        map.heads.map((_, head) => ({
          x: (head % across) * (size.width + GAP),
          y: 16 + Math.floor(head / across) * (size.height + 16 + GAP),
          title: `${say('head')} ${head}`,
          plot: panel(Plot, map, head, largestOf(all), size, query, (key) => keyLabel(key, say, tokens)),
        })),
    },
    options,
  );
}

function panel(
  plot: Plot,
  { heads, keys }: AttentionMap,
  head: number,
  largest: number,
  size: { readonly width: number; readonly height: number },
  query: (row: number) => string,
  key: (key: AttentionKey) => KeyLabel,
): Panel['plot'] {
  const rows = heads[head] ?? [];
  const labels = keys.map(key);
  const cells = rows.flatMap((row, i) =>
    labels.map(({ whole }, column): HeatCell => {
      const value = row?.[column] ?? null;
      const written = value === null ? '–' : plain(value, 4);
      return { row: i, column, value, title: `${query(i)} → ${whole}: ${written}` };
    }),
  );
  const starts = labels.flatMap(({ group }, column) => (labels[column - 1]?.group === group ? [] : [column]));
  const groups = starts.map((start) => ({ name: labels[start]?.group ?? '', start }));
  const cell = (size.width - LEFT - 2) / keys.length;
  const every = Math.ceil(14 / cell); // numbers of two digits want room
  return {
    ...size,
    marginLeft: LEFT,
    marginTop: TOP,
    marginRight: 2,
    marginBottom: 2,
    x: { domain: range(keys.length), axis: null, padding: 0 },
    y: { domain: range(rows.length), label: null, tickSize: 0, padding: 0, tickFormat: query },
    marks: [
      ...heatMarks(plot, cells, largest),
      plot.axisX(
        range(keys.length).filter((i) => Number(labels[i]?.name) % every === 0),
        { anchor: 'top', label: null, tickSize: 0, fontSize: 9, tickFormat: (i: number) => labels[i]?.name ?? '' },
      ),
      plot.text(groups, { x: 'start', frameAnchor: 'top', dx: -cell / 2, dy: -28, text: 'name', textAnchor: 'start' }),
      plot.ruleX(groups.slice(1), { x: 'start', dx: -cell / 2, stroke: colour('ink'), strokeWidth: 1.5 }),
    ],
  };
}

interface KeyLabel {
  /** Over its columns. */
  readonly group: string;
  /** Over its own column. */
  readonly name: string;
  readonly whole: string;
}

function keyLabel(key: AttentionKey, say: (word: Word) => string, tokens: readonly string[]): KeyLabel {
  if (key.kind === 'token')
    return { group: say('tokens'), name: String(key.token), whole: tokenLabel(tokens, key.token) };
  if (key.kind === 'class') return { group: say('classToken'), name: '', whole: say('classToken') };
  if (key.kind === 'patch')
    return { group: say('patches'), name: String(key.patch), whole: `${say('patch')} ${key.patch}` };
  const whole = `${say('latent')} ${key.latent}`;
  if (key.image === undefined) return { group: say('latents'), name: String(key.latent), whole };
  const group = imageName(say, key.image);
  return { group, name: String(key.latent), whole: `${group}, ${whole}` };
}
