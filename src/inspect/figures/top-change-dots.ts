import { requireKinds } from '../../files/kinds.ts';
import type { TopChange } from '../top-changes.ts';
import { percent } from './numbers.ts';
import type { FigureOptions } from './options.ts';
import { draw } from './sheet.ts';
import { colour } from './theme.ts';
import { readable, words } from './words.ts';

const ROW = 26;
const WIDTH = 620;

/**
 * Probabilities of next tokens before and after, a row a token.
 * @param changes as `topChanges` gives them
 * @returns an SVG
 * @example
 * ```ts
 * const svg = await topChangeDots([]);
 * ```
 */
export function topChangeDots(changes: readonly TopChange[], options: FigureOptions = {}): Promise<string> {
  requireKinds('topChangeDots', { changes, options }, '[token,before,after] {}');
  const say = words(options.lang ?? 'en');
  const height = changes.length * ROW + 44;
  const label = ({ token, before, after }: TopChange): string =>
    `${readable(token)}: ${percent(before)} → ${percent(after)}`;
  return draw(
    {
      title: say('changes'),
      note: say('changesNote'),
      legend: [
        { label: say('before'), fill: colour('paper'), shape: 'dot', opacity: 0 },
        { label: say('after'), fill: colour('attention'), shape: 'dot' },
      ],
      width: WIDTH,
      height,
      panels: (Plot) => [
        {
          x: 0,
          y: 0,
          plot: {
            width: WIDTH,
            height,
            marginLeft: 110,
            marginRight: 130,
            marginTop: 4,
            marginBottom: 40,
            x: {
              domain: [0, 1],
              label: say('probability'),
              labelAnchor: 'center',
              labelArrow: 'none',
              ticks: [0, 0.25, 0.5, 0.75, 1],
              tickFormat: (p: number) => `${p * 100}%`,
            },
            y: {
              type: 'point',
              padding: 0.5,
              domain: changes.keys(),
              label: null,
              tickSize: 0,
              tickFormat: (i: number) => readable(changes[i]?.token ?? ''),
            },
            marks: [
              Plot.gridX([0, 0.25, 0.5, 0.75, 1], { stroke: colour('line'), strokeOpacity: 1 }),
              Plot.link(changes, {
                x1: 'before',
                x2: 'after',
                y: (_: TopChange, i: number) => i,
                stroke: colour('attention'),
                strokeWidth: 2,
              }),
              Plot.dot(changes, {
                x: 'before',
                y: (_: TopChange, i: number) => i,
                r: 5,
                fill: colour('paper'),
                stroke: colour('ink'),
                title: label,
              }),
              Plot.dot(changes, {
                x: 'after',
                y: (_: TopChange, i: number) => i,
                r: 5,
                fill: colour('attention'),
                title: label,
              }),
              Plot.text(changes, {
                frameAnchor: 'right',
                textAnchor: 'start',
                dx: 10,
                y: (_: TopChange, i: number) => i,
                text: ({ before, after }: TopChange) => `${percent(before)} → ${percent(after)}`,
              }),
            ],
          },
        },
      ],
    },
    options,
  );
}
