import { requireKinds } from '../../files/kinds.ts';
import type { GateValues } from '../../runs/gates.ts';
import { requireOptions } from '../../tensor/index.ts';
import { signed } from './numbers.ts';
import { FIGURE_OPTIONS, type FigureOptions } from './options.ts';
import { draw } from './sheet.ts';
import { colour } from './theme.ts';
import { layerName, words } from './words.ts';

export interface GateBarsOptions extends FigureOptions {
  /** The gates as they were trained, when those of the view were changed: a mark on each bar. */
  readonly trained?: readonly GateValues[];
}

const KINDS = ['attention', 'dense'] as const;

/**
 * tanh(alpha) of every block as bars from -1 to 1, attention above dense.
 * @param gates as `gateValues` or `answer.gates` gives them
 * @returns an SVG
 * @example
 * ```ts
 * const svg = await gateBars(await model.gates());
 * ```
 */
export function gateBars(gates: readonly GateValues[], asked: GateBarsOptions = {}): Promise<string> {
  requireOptions('gateBars', asked, `trained ${FIGURE_OPTIONS}`);
  requireKinds('gateBars', { gates }, '[layer,attention,dense]');
  const { trained, ...options } = asked;
  const say = words(options.lang ?? 'en');
  const bars = (all: readonly GateValues[]) =>
    all.flatMap((gate) => KINDS.map((kind) => ({ layer: gate.layer, kind, value: gate[kind] })));
  const width = 560;
  const height = 52 + gates.length * 50;
  const label = (d: { layer: number; kind: 'attention' | 'dense'; value: number }): string =>
    `${layerName(say, d.layer)}, ${say(d.kind)}: ${signed(d.value)}`;
  return draw(
    {
      title: say('gates'),
      note: say('gatesNote'),
      legend: [
        ...KINDS.map((kind) => ({ label: say(kind), fill: colour(kind) })),
        ...(trained ? [{ label: say('trained'), fill: colour('ink'), shape: 'line' as const }] : []),
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
            marginLeft: 64,
            marginBottom: 38,
            marginTop: 4,
            marginRight: 20,
            x: {
              domain: [-1.3, 1.3],
              ticks: [-1, -0.5, 0, 0.5, 1],
              label: 'tanh(α)',
              labelAnchor: 'center',
              labelArrow: 'none',
            },
            y: { axis: null, domain: [...KINDS], padding: 0.1 },
            fy: { label: null, axis: 'left', tickFormat: (layer: number) => `${layerName(say, layer)}`, padding: 0.25 },
            marks: [
              Plot.gridX([-1, -0.5, 0.5, 1], { stroke: colour('line'), strokeOpacity: 1 }),
              Plot.barX(bars(gates), {
                x: 'value',
                y: 'kind',
                fy: 'layer',
                fill: { value: (d: { kind: string }) => colour(d.kind), scale: null },
                title: label,
              }),
              Plot.text(bars(gates), {
                x: 'value',
                y: 'kind',
                fy: 'layer',
                text: (d: { value: number }) => signed(d.value),
                // At the bar's end; within it where there is no room beside.
                textAnchor: 'start',
                dx: 5,
                filter: (d: { value: number }) => d.value >= 0,
              }),
              Plot.text(bars(gates), {
                x: 'value',
                y: 'kind',
                fy: 'layer',
                text: (d: { value: number }) => signed(d.value),
                textAnchor: 'end',
                dx: -5,
                filter: (d: { value: number }) => d.value < 0,
              }),
              ...(trained
                ? [
                    Plot.tickX(bars(trained), {
                      x: 'value',
                      y: 'kind',
                      fy: 'layer',
                      stroke: colour('ink'),
                      strokeWidth: 2,
                    }),
                  ]
                : []),
              Plot.ruleX([0], { stroke: colour('ink') }),
            ],
          },
        },
      ],
    },
    options,
  );
}
