/** The pictures of docs/growth.md and its Korean twin: a panel for each axis, both scales logarithmic. */

import { FONT, series, styleSheet } from '../../src/inspect/figures/theme.ts';
import { figure } from '../results.ts';
import { type Curve, growth, type Point } from './fit.ts';
import { TASKS } from './model.ts';
import { type Language, TEXTS, type Texts } from './page.ts';

const PANEL = { width: 300, height: 250, left: 54, right: 24, top: 40, bottom: 34 } as const;
const COLUMNS = 3;
const LEGEND = 34;

const log = Math.log10;

/** One panel's scales. */
interface Scales {
  x(value: number): number;
  y(value: number): number;
}

export function picture(curves: readonly Curve[], language: Language): string {
  const text = TEXTS[language];
  const axes = [...new Set(curves.map(({ axis }) => axis))];
  const rows = Math.ceil(axes.length / COLUMNS);
  const [width, height] = [COLUMNS * PANEL.width, LEGEND + rows * PANEL.height];
  const panels = axes.map((axis, i) => {
    const [x, y] = [(i % COLUMNS) * PANEL.width, LEGEND + Math.floor(i / COLUMNS) * PANEL.height];
    return `<g transform="translate(${x} ${y})">${panel(
      curves.filter((curve) => curve.axis === axis),
      text,
    )}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="glass-figure" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FONT}" font-size="12" fill="currentColor" role="img">`,
    `<title>${text.against(axes.map((axis) => text.axes[axis]))}</title><style>${styleSheet()}</style>`,
    `<rect width="${width}" height="${height}" fill="var(--paper)"/>`,
    legend(text),
    ...panels,
    '</svg>\n',
  ].join('\n');
}

function legend({ tasks, fromArithmetic }: Texts): string {
  const items = TASKS.map((task, i) => {
    const x = 20 + i * 170;
    return `${stroke(i, `M${x} 16h26`)}<text x="${x + 34}" y="20">${tasks[task]}</text>`;
  });
  const x = 20 + TASKS.length * 170;
  const dashed = `<path d="M${x} 16h26" fill="none" stroke="var(--ink)" stroke-dasharray="2 3"/>`;
  return [...items, `${dashed}<text x="${x + 34}" y="20">${fromArithmetic}</text>`].join('\n');
}

function panel(curves: readonly Curve[], text: Texts): string {
  const points = curves.flatMap((curve) => curve.points);
  const [low, high] = bounds(points.map(({ at }) => at));
  const times = bounds(points.map(({ milliseconds }) => milliseconds));
  const decades: [number, number] = [Math.floor(log(times[0])), Math.ceil(log(times[1]))];
  const { left, right, top, bottom, width, height } = PANEL;
  const share = (value: number, from: number, to: number): number => (value - from) / Math.max(1e-9, to - from);
  const scales: Scales = {
    x: (value) => left + share(log(value), log(low), log(high)) * (width - left - right),
    y: (value) => height - bottom - share(log(value), ...decades) * (height - top - bottom),
  };
  const axis = (curves[0] as Curve).axis;
  const ticks = [...new Set(points.map(({ at }) => at))].sort((a, b) => a - b);
  const shown = ticks.filter((_, i) => (ticks.length - 1 - i) % Math.ceil(ticks.length / 6) === 0);
  const lines = Array.from({ length: decades[1] - decades[0] + 1 }, (_, i) => 10 ** (decades[0] + i));
  const grid = lines.map((value) => {
    const y = scales.y(value).toFixed(1);
    const label = value >= 1000 ? `${value / 1000} s` : `${value} ms`;
    return `<path d="M${left} ${y}H${width - right}" stroke="var(--line)"/><text x="${left - 6}" y="${+y + 4}" text-anchor="end" font-size="11">${label}</text>`;
  });
  const labels = shown.map(
    (at) =>
      `<text x="${scales.x(at).toFixed(1)}" y="${height - bottom + 16}" text-anchor="middle" font-size="11">${at}</text>`,
  );
  const title = `<text x="${left}" y="${top - 14}" font-weight="600">${text.axes[axis]}</text>`;
  return [title, ...grid, ...labels, ...curves.map((curve) => line(curve, scales, text))].join('\n');
}

function line(curve: Curve, scales: Scales, { tasks, axes }: Texts): string {
  const index = TASKS.indexOf(curve.task);
  const place = ({ at, milliseconds }: Point): string =>
    `${scales.x(at).toFixed(1)} ${scales.y(milliseconds).toFixed(1)}`;
  const path = stroke(index, `M${curve.points.map(place).join('L')}`);
  const dots = curve.points.map((point) => {
    const [x, y] = place(point).split(' ');
    const { colour } = series(index);
    const said = `${tasks[curve.task]}, ${axes[curve.axis]} ${point.at}: ${figure(point.milliseconds)} ms, ${figure(point.flops / 1e6)} MFLOP`;
    return `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"><title>${said}</title></circle>`;
  });
  return [expected(curve, scales), path, ...dots].join('\n');
}

/** What the arithmetic alone would have the curve be, from the last point of it backwards as far as it was fitted. */
function expected(curve: Curve, { x, y }: Scales): string {
  const last = curve.points.at(-1) as Point;
  const { from } = growth(curve);
  const places = curve.points
    .filter(({ at }) => at >= from)
    .map(({ at, flops }) => `${x(at).toFixed(1)} ${y((last.milliseconds * flops) / last.flops).toFixed(1)}`);
  return `<path d="M${places.join('L')}" fill="none" stroke="var(--ink)" stroke-dasharray="2 3"/>`;
}

function stroke(index: number, path: string): string {
  const { colour, dash } = series(index);
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`;
}

const bounds = (values: readonly number[]): [number, number] => [Math.min(...values), Math.max(...values)];
