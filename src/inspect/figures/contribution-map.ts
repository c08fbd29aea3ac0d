import { requireKinds } from '../../files/kinds.ts';
import type { GateContribution } from '../gates.ts';
import { type HeatCell, hatchedEntry, heatLegend, heatMarks, largestOf, notFiniteEntry } from './heat.ts';
import { signed } from './numbers.ts';
import type { FigureOptions } from './options.ts';
import { draw } from './sheet.ts';
import { layerName, tokenLabel, words } from './words.ts';

const CELL = { width: 58, height: 20 };
const KINDS = ['attention', 'dense'] as const;

/**
 * Tokens by blocks: what each gate adds to each token, relative to its residual.
 * @param contributions as `gateContributions` gives them
 * @param tokens of the prompt, as they stand in the vocabulary
 * @returns an SVG
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: CONTRIBUTION_TAPS });
 * const svg = await contributionMap(gateContributions(run), ['<BOS>', '<image>', 'name', ':']);
 * ```
 */
export function contributionMap(
  contributions: readonly GateContribution[],
  tokens: readonly string[],
  options: FigureOptions = {},
): Promise<string> {
  requireKinds('contributionMap', { contributions, tokens, options }, '[layer,attention,dense] texts {}');
  const say = words(options.lang ?? 'en');
  const columns = contributions.flatMap((block) =>
    KINDS.map((kind) => ({ layer: block.layer, kind, values: block[kind] })),
  );
  const all = columns.flatMap(({ values }) => values);
  const largest = largestOf(all);
  const cells = columns.flatMap(({ layer, kind, values }, column) =>
    values.map((value, row): HeatCell => {
      const written = value === null ? say('noImage') : signed(value, 4);
      const title = `${tokenLabel(tokens, row)}, ${layerName(say, layer)}, ${say(kind)}: ${written}`;
      return { column, row, value, title, ...(value !== null && { text: signed(value, 2) }) };
    }),
  );
  const [left, top] = [110, 40];
  const width = left + columns.length * CELL.width + 8;
  const height = top + tokens.length * CELL.height + 4;
  return draw(
    {
      title: say('contributions'),
      note: say('contributionsNote'),
      legend: [
        ...heatLegend(all, (value) => signed(value, 2)),
        ...(all.includes(null) ? [hatchedEntry(say('noImage'))] : []),
        ...(all.some((value) => value !== null && !Number.isFinite(value)) ? [notFiniteEntry(say('notFinite'))] : []),
      ],
      width,
      height,
      panels: (Plot) => [
        {
          x: 0,
          y: 0,
          plot: {
            width,
            height,
            marginLeft: left,
            marginTop: top,
            marginRight: 8,
            marginBottom: 4,
            x: {
              domain: columns.keys(),
              axis: 'top',
              label: null,
              tickSize: 0,
              padding: 0,
              tickFormat: (i: number) => `${layerName(say, columns[i]?.layer)}\n${say(columns[i]?.kind ?? 'dense')}`,
            },
            y: {
              domain: tokens.keys(),
              label: null,
              tickSize: 0,
              padding: 0,
              tickFormat: (i: number) => tokenLabel(tokens, i),
            },
            marks: heatMarks(Plot, cells, largest),
          },
        },
      ],
    },
    options,
  );
}
