import { requireKinds } from '../../files/kinds.ts';
import { percent } from './numbers.ts';
import type { FigureOptions } from './options.ts';
import { draw } from './sheet.ts';
import { colour } from './theme.ts';
import { words } from './words.ts';

/** Answers whose likeliest word had a probability in one range. */
export interface ReliabilityBin {
  /** How many. */
  readonly count: number;
  /** Mean probability that was shown, and share that was right. */
  readonly probability: number;
  /** Share of them that was right, from 0 to 1. */
  readonly right: number;
}

/** Probabilities that were shown beside shares of right answers, of one kind of pictures. */
export interface ReliabilityPanel {
  /** Stands above the panel. */
  readonly title: string;
  /** Before the temperature was applied. */
  readonly before: readonly ReliabilityBin[];
  /** After the temperature was applied. */
  readonly after: readonly ReliabilityBin[];
}

const SIZE = { width: 320, height: 300 };
const KINDS = ['before', 'after'] as const;
const FILLS = { before: colour('dense'), after: colour('attention') } as const;
/** Told apart without colours too: dashes and rings before. */
const DASHES = { before: '4 3', after: 'none' } as const;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/**
 * Share of right answers by the probability that was shown, before and after a temperature.
 * @param panels drawn side by side
 * @returns an SVG
 * @example
 * ```ts
 * const bins = [{ count: 40, probability: 0.9, right: 0.85 }];
 * const svg = await reliabilityDiagram([{ title: 'names', before: bins, after: bins }]);
 * ```
 */
export function reliabilityDiagram(panels: readonly ReliabilityPanel[], options: FigureOptions = {}): Promise<string> {
  requireKinds('reliabilityDiagram', { panels, options }, '[title,before,after] {}');
  const say = words(options.lang ?? 'en');
  const most = Math.max(1, ...panels.flatMap(({ before, after }) => [...before, ...after].map(({ count }) => count)));
  const label = (p: number): string => `${p * 100} %`;
  return draw(
    {
      title: say('reliability'),
      note: say('reliabilityNote'),
      legend: KINDS.map((kind) => ({ label: say(kind), fill: FILLS[kind], shape: 'line', dash: DASHES[kind] })),
      width: panels.length * (SIZE.width + 20) - 20,
      height: SIZE.height + 20,
      panels: (Plot) =>
        panels.map((panel, i) => ({
          x: i * (SIZE.width + 20),
          y: 20,
          title: panel.title,
          plot: {
            ...SIZE,
            marginLeft: 52,
            marginBottom: 40,
            marginTop: 28,
            x: {
              domain: [0, 1],
              label: say('probability'),
              labelAnchor: 'center',
              labelArrow: 'none',
              ticks: TICKS,
              tickFormat: label,
            },
            y: { domain: [0, 1], label: say('right'), labelArrow: 'none', ticks: TICKS, tickFormat: label },
            marks: [
              Plot.gridX(TICKS, { stroke: colour('line'), strokeOpacity: 1 }),
              Plot.gridY(TICKS, { stroke: colour('line'), strokeOpacity: 1 }),
              Plot.link([null], { x1: 0, y1: 0, x2: 1, y2: 1, stroke: colour('ink'), strokeDasharray: '3 3' }),
              ...KINDS.flatMap((kind) => {
                const bins = panel[kind].filter(({ count }) => count > 0);
                const fill = FILLS[kind];
                return [
                  Plot.line(bins, {
                    x: 'probability',
                    y: 'right',
                    stroke: fill,
                    strokeWidth: 1.5,
                    strokeDasharray: DASHES[kind],
                  }),
                  Plot.dot(bins, {
                    x: 'probability',
                    y: 'right',
                    r: ({ count }: ReliabilityBin) => 2 + 7 * Math.sqrt(count / most),
                    fill,
                    fillOpacity: kind === 'before' ? 0 : 0.75,
                    stroke: fill,
                    title: ({ count, probability, right }: ReliabilityBin) =>
                      `${say(kind)}: ${percent(probability)} → ${percent(right)} (${count})`,
                  }),
                ];
              }),
            ],
          },
        })),
    },
    options,
  );
}
