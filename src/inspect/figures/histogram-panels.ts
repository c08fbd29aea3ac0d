import { requireKinds } from '../../files/kinds.ts';
import type { Histogram } from '../histogram.ts';
import { significant } from './numbers.ts';
import type { FigureOptions } from './options.ts';
import { draw } from './sheet.ts';
import { colour } from './theme.ts';
import { fitting, words } from './words.ts';

const SIZE = { width: 290, height: 150 };
const GAP = 24;
const ACROSS = 3;

interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/**
 * A panel for each parameter: how many values each bin holds.
 * @param histograms as `parameterHistograms` gives them
 * @returns an SVG
 * @example
 * ```ts
 * const svg = await histogramPanels([histogram('x', { shape: [3], data: [0, 1, 1] }, 2)]);
 * ```
 */
export function histogramPanels(histograms: readonly Histogram[], options: FigureOptions = {}): Promise<string> {
  requireKinds('histogramPanels', { histograms, options }, '[name,edges,counts] {}');
  const say = words(options.lang ?? 'en');
  const across = Math.min(ACROSS, histograms.length);
  const down = Math.ceil(histograms.length / ACROSS);
  return draw(
    {
      title: say('histograms'),
      note: say('histogramsNote'),
      width: across * (SIZE.width + GAP) - GAP,
      height: down * (SIZE.height + 40),
      panels: (Plot) =>
        histograms.map((histogram, i) => {
          const { name, shape, edges, counts, mean, std, notFinite } = histogram;
          const bins = counts.map(
            (count, bin): Bin => ({ from: edges[bin] as number, to: edges[bin + 1] as number, count }),
          );
          const spread = `[${shape.join(', ')}]  μ ${significant(mean)}, σ ${significant(std)}`;
          return {
            x: (i % ACROSS) * (SIZE.width + GAP),
            y: 28 + Math.floor(i / ACROSS) * (SIZE.height + 40),
            title: fitting(name, SIZE.width),
            plot: {
              ...SIZE,
              marginLeft: 52,
              marginTop: 18,
              marginBottom: 24,
              marginRight: 4,
              x: { label: null, ticks: 4 },
              y: { label: null, ticks: 3, domain: [0, Math.max(1, ...counts)] },
              marks: [
                Plot.rectY(bins, {
                  x1: 'from',
                  x2: 'to',
                  y: 'count',
                  fill: colour('attention'),
                  title: ({ from, to, count }: Bin) => `${from} … ${to}: ${count}`,
                }),
                Plot.ruleY([0], { stroke: colour('ink') }),
                Plot.text([notFinite > 0 ? `${spread}, ${notFinite} ${say('notFinite')}` : spread], {
                  frameAnchor: 'top-right',
                  dy: -14,
                }),
              ],
            },
          };
        }),
    },
    options,
  );
}
