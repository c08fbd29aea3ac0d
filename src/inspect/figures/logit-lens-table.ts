import { requireKinds } from '../../files/kinds.ts';
import type { LogitLens } from '../logit-lens.ts';
import { type HeatCell, heatLegend, heatMarks } from './heat.ts';
import { percent } from './numbers.ts';
import type { FigureOptions } from './options.ts';
import { draw } from './sheet.ts';
import { layerName, readable, textWidth, tokenLabel, words } from './words.ts';

/**
 * Tokens by layers: the likeliest next token after each layer, as strongly coloured as it is likely (0 to 1).
 * @param lens as `logitLens` gives it
 * @param tokens of the prompt, as they stand in the vocabulary
 * @returns an SVG
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: LOGIT_LENS_TAPS });
 * const svg = await logitLensTable(await logitLens(model, run), ['a', 'picture', 'a', 'colon']);
 * ```
 */
export function logitLensTable(
  lens: LogitLens,
  tokens: readonly string[],
  options: FigureOptions = {},
): Promise<string> {
  requireKinds('logitLensTable', { lens, tokens, options }, '{layers,positions} texts {}');
  const say = words(options.lang ?? 'en');
  const cells = lens.layers.flatMap(({ layer, positions }, column) =>
    positions.map((chances, row): HeatCell => {
      const [best] = chances;
      const all = chances.map(({ token, probability }) => `${readable(token)} ${percent(probability)}`).join(', ');
      return {
        column,
        row,
        value: best?.probability ?? null,
        text: best ? `${readable(best.token)} ${percent(best.probability)}` : '',
        title: `${tokenLabel(tokens, lens.positions[row] ?? 0)} → ${layerName(say, layer)}: ${all}`,
      };
    }),
  );
  const column = Math.max(84, ...cells.map(({ text = '' }) => textWidth(text) + 8));
  const [left, top, row] = [110, 24, 22];
  const width = left + lens.layers.length * column + 8;
  const height = top + lens.positions.length * row + 4;
  return draw(
    {
      title: say('lens'),
      note: say('lensNote'),
      legend: heatLegend([0, 1], percent),
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
              domain: lens.layers.keys(),
              axis: 'top',
              label: null,
              tickSize: 0,
              padding: 0,
              tickFormat: (i: number) => `${layerName(say, lens.layers[i]?.layer)}`,
            },
            y: {
              domain: lens.positions.keys(),
              label: null,
              tickSize: 0,
              padding: 0,
              tickFormat: (i: number) => tokenLabel(tokens, lens.positions[i] ?? 0),
            },
            marks: heatMarks(Plot, cells, 1),
          },
        },
      ],
    },
    options,
  );
}
