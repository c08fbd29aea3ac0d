import type { JSX } from 'preact';
import { plain } from '../../inspect/figures/numbers.ts';
import type { GateTrail } from '../protocol.ts';
import { t } from './texts.ts';

const WIDE = 300;
const HIGH = 150;
/** Between the numbers of two lines. */
const LABEL = 10;
/** More points on a line cannot be told apart. */
const MOST_POINTS = 300;

interface GateLinesProps {
  readonly trails: readonly GateTrail[];
  readonly steps: readonly number[];
  /** Where in `steps` the mark stands. */
  readonly at: number;
  /** |tanh(alpha)| where the signs were not kept. */
  readonly signed: boolean;
}

/** tanh(alpha) by step, a panel for each kind of gate and a line for each layer, as in the paper's Figure 6. */
export function GateLines({ trails, steps, at, signed }: GateLinesProps): JSX.Element {
  const all = trails.flatMap(({ values }) => [...values]);
  const [low, high] = [Math.min(0, ...all.map(minusInfinite)), Math.max(0.1, ...all.map(minusInfinite))];
  const [first, last] = [steps[0] ?? 0, steps.at(-1) ?? 1];
  const x = (step: number): number => (WIDE * (step - first)) / Math.max(1, last - first);
  const y = (value: number): number => HIGH * (1 - (value - low) / (high - low));
  const layers = Array.from(new Set(trails.map(({ layer }) => layer)));
  return (
    <div class="gate-lines">
      {(['attention', 'dense'] as const).map((kind) => {
        const ends = apart(
          trails.filter(({ gate }) => gate === kind).map(({ layer, values }) => [layer, y(values.at(-1) ?? 0)]),
        );
        return (
          <svg
            key={kind}
            viewBox={`-34 -18 ${WIDE + 62} ${HIGH + 36}`}
            role="img"
            aria-label={t('linesOf', { gate: t(kind) })}
          >
            <text class="lines-title" x="0" y="-7">
              {t(kind)}: {signed ? 'tanh(α)' : '|tanh(α)|'}
            </text>
            {[low, 0, high].map((value) => (
              <g key={value}>
                <line class="lines-grid" x1="0" x2={WIDE} y1={y(value)} y2={y(value)} />
                <text class="lines-tick" x="-4" y={y(value) + 3} text-anchor="end">
                  {plain(value, 2)}
                </text>
              </g>
            ))}
            <text class="lines-tick" x="0" y={HIGH + 13}>
              {first}
            </text>
            <text class="lines-tick" x={WIDE} y={HIGH + 13} text-anchor="end">
              {t('stepN', { n: last })}
            </text>
            <line class="lines-at" x1={x(steps[at] ?? first)} x2={x(steps[at] ?? first)} y1="0" y2={HIGH} />
            {trails
              .filter(({ gate }) => gate === kind)
              .map(({ layer, values }) => (
                <g key={layer} class={`line line-${layers.indexOf(layer) % 6}`}>
                  <polyline points={pointsOf(steps, values, x, y)} />
                  <text x={WIDE + 4} y={(ends.get(layer) ?? 0) + 3}>
                    {layer}
                  </text>
                </g>
              ))}
          </svg>
        );
      })}
      <ul class="lines-legend">
        {layers.map((layer, i) => (
          <li key={layer}>
            <svg class={`line line-${i % 6}`} viewBox="0 0 26 8" aria-hidden="true">
              <polyline points="0,4 26,4" />
            </svg>
            {t('layerShort', { n: layer })}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Where the numbers of lines stand: at their ends, and never on one another. */
function apart(ends: readonly (readonly [layer: number, y: number])[]): Map<number, number> {
  const placed = new Map<number, number>();
  let lowest = Number.POSITIVE_INFINITY;
  for (const [layer, y] of ends.toSorted(([, a], [, b]) => b - a)) {
    lowest = Math.min(y, lowest - LABEL);
    placed.set(layer, lowest);
  }
  return placed;
}

const minusInfinite = (value: number): number => (Number.isFinite(value) ? value : 0);

function pointsOf(
  steps: readonly number[],
  values: readonly number[],
  x: (step: number) => number,
  y: (value: number) => number,
): string {
  const every = Math.max(1, Math.ceil(values.length / MOST_POINTS));
  return values
    .flatMap((value, i) =>
      i % every === 0 || i === values.length - 1 ? [`${x(steps[i] ?? 0).toFixed(1)},${y(value).toFixed(1)}`] : [],
    )
    .join(' ');
}
