import { requireKinds } from '../../files/kinds.ts';
import type { GateAtStep } from '../training-log.ts';
import { bends } from './bends.ts';
import { plain } from './numbers.ts';
import type { FigureOptions } from './options.ts';
import { draw } from './sheet.ts';
import { colour, series } from './theme.ts';
import { layerName, words } from './words.ts';

const KINDS = ['attention', 'dense'] as const;
const SIZE = { width: 380, height: 250 };
/** Less than this of the height cannot be seen. */
const UNSEEN = 0.1 / SIZE.height;

/**
 * tanh(alpha) by training step, a panel for each kind of gate and a line for each layer; of a log without signs its size,
 * as in the paper's Figure 6.
 * @param gates as `gatesThroughTraining` gives them
 * @returns an SVG
 * @example
 * ```ts
 * const svg = await gateLines([0, 1].map((step) => ({ step, layer: 0, gate: 'dense', value: step / 2 })));
 * ```
 */
export function gateLines(gates: readonly GateAtStep[], options: FigureOptions = {}): Promise<string> {
  requireKinds('gateLines', { gates, options }, '[step,layer,gate,value] {}');
  const say = words(options.lang ?? 'en');
  const layers = Array.from(new Set(gates.map(({ layer }) => layer))).sort((a, b) => a - b);
  const steps = [0, gates.reduce((most, { step }) => Math.max(most, step), 0)];
  const least = gates.reduce((found, { value }) => Math.min(found, value), 0);
  const most = gates.reduce((found, { value }) => Math.max(found, value), 0);
  const signed = least < 0;
  return draw(
    {
      title: say('training'),
      note: say(signed ? 'trainingSignedNote' : 'trainingNote'),
      legend: layers.map((layer, i) => ({
        label: `${layerName(say, layer)}`,
        fill: series(i).colour,
        dash: series(i).dash,
        shape: 'line',
      })),
      width: 2 * SIZE.width + 20,
      height: SIZE.height + 20,
      panels: (Plot) =>
        KINDS.map((kind, i) => ({
          x: i * (SIZE.width + 20),
          y: 20,
          title: say(kind),
          plot: {
            ...SIZE,
            marginLeft: 44,
            marginBottom: 38,
            marginTop: 28,
            x: { domain: steps, label: say('step'), labelAnchor: 'center', labelArrow: 'none', ticks: 5 },
            y: {
              domain: [least, most],
              nice: 5,
              label: signed ? 'tanh(α)' : '|tanh(α)|',
              labelArrow: 'none',
              ticks: 5,
            },
            marks: [
              Plot.gridY({ stroke: colour('line'), strokeOpacity: 1, ticks: 5 }),
              ...layers.map((layer, place) => {
                const own = gates.filter((gate) => gate.layer === layer && gate.gate === kind);
                const drawn = bends(own, {
                  x: ({ step }) => step,
                  y: ({ value }) => value,
                  tolerance: UNSEEN * (most - least),
                });
                return Plot.line(drawn, {
                  x: 'step',
                  y: 'value',
                  stroke: series(place).colour,
                  strokeDasharray: series(place).dash,
                  strokeWidth: 1.75,
                  z: null,
                  title: () => `${layerName(say, layer)}: ${plain(own.at(-1)?.value ?? Number.NaN)}`,
                });
              }),
              Plot.ruleY([0], { stroke: colour('ink') }),
            ],
          },
        })),
    },
    options,
  );
}
