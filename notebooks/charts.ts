// Lines and bars for notebooks, drawn as the pictures of pictures.ts are.
import { display, type Showable } from './show.ts';
import { card, FAINT, INK, SERIES, text, widthOf } from './svg.ts';

/** One line of a chart: a number a step. */
export interface Series {
  readonly name: string;
  readonly values: readonly number[];
}

export interface LineChartOptions {
  readonly title: string;
  /** Drawn dashed: what guessing would give, for example. */
  readonly level?: { readonly value: number; readonly name: string };
  /** What the axes mean, upward first. */
  readonly axes: readonly [string, string];
}

/** One or more lines over the steps. Zero is always in the picture. */
export function lineChart(values: readonly number[] | readonly Series[], options: LineChartOptions): Showable {
  const series = isSeries(values) ? values : [{ name: '', values }];
  const summary = series
    .map(({ name, values: own }) => {
      return `${name || options.title}: ${(own[0] ?? 0).toFixed(2)} -> ${(own.at(-1) ?? 0).toFixed(2)}`;
    })
    .join('\n');
  return {
    [display]: () => ({ 'image/svg+xml': drawLines(series, options, summary), 'text/plain': summary }),
  };
}

function isSeries(values: readonly number[] | readonly Series[]): values is readonly Series[] {
  return typeof values[0] === 'object';
}

function drawLines(series: readonly Series[], { title, level, axes }: LineChartOptions, summary: string): string {
  const [left, top, width, height] = [52, 52, 420, 170];
  const all = series.flatMap(({ values }) => values);
  const [most, least] = [Math.max(...all), Math.min(...all)];
  const [high, low] = [Math.max(0, most, level?.value ?? 0) * 1.05, Math.min(0, least) * 1.05];
  const steps = Math.max(...series.map(({ values }) => values.length));
  const x = (step: number): number => left + (width * step) / Math.max(1, steps - 1);
  const y = (value: number): number => top + height * (1 - (value - low) / (high - low));
  const tick = (value: number): string =>
    text(left - 8, y(value) + 4, value.toFixed(2), { anchor: 'end', colour: FAINT });
  const parts = [
    text(16, 28, title, { size: 15, weight: 600, anchor: 'start' }),
    `<path d="M${left} ${top}V${top + height}M${left} ${y(0).toFixed(1)}H${left + width}" stroke="${FAINT}" fill="none"/>`,
    text(left - 8, y(0) + 4, '0', { anchor: 'end', colour: FAINT }),
    ...[Math.max(0, most), Math.min(0, least)].filter((end) => Math.abs(y(end) - y(0)) > 14).map(tick),
    text(left + width, top + height + 20, `${steps}`, { colour: FAINT }),
    text(left + width / 2, top + height + 20, axes[1], { colour: FAINT }),
    text(18, top + height / 2, axes[0], { colour: FAINT, turn: true }),
  ];
  if (level) {
    const at = y(level.value);
    parts.push(`<path d="M${left} ${at.toFixed(1)}H${left + width}" stroke="${FAINT}" stroke-dasharray="5 5"/>`);
    const start = left + width - widthOf(level.name) * 7.5;
    const points = series.flatMap(({ values }) => values.filter((_, step) => x(step) > start).map(y));
    const crossed = (baseline: number): number => points.filter((v) => Math.abs(v - (baseline - 5)) < 11).length;
    const baseline = crossed(at + 17) < crossed(at - 7) ? at + 17 : at - 7; // on the side where lines are rare
    parts.push(text(left + width, baseline, level.name, { anchor: 'end', colour: FAINT }));
  }
  series.forEach(({ values }, i) => {
    const path = values.map((v, step) => `${step === 0 ? 'M' : 'L'}${x(step).toFixed(1)} ${y(v).toFixed(1)}`).join('');
    parts.push(`<path d="${path}" stroke="${colourOf(i)}" stroke-width="2" fill="none" stroke-linejoin="round"/>`);
  });
  const names = series.filter(({ name }) => name !== '');
  const right = left + width + (names.length > 0 ? 24 + Math.max(...names.map(({ name }) => widthOf(name))) * 7.5 : 0);
  spread(names.map(({ values }) => y(values.at(-1) ?? 0))).forEach((at, i) => {
    const { name } = names[i] as Series;
    parts.push(text(left + width + 10, at + 4, name, { anchor: 'start', colour: colourOf(i), weight: 600 }));
  });
  return card(right + 28, top + height + 36, parts, summary);
}

function colourOf(i: number): string {
  return SERIES[i % SERIES.length] as string;
}

/** Heights moved apart, so that names do not lie on each other. */
function spread(heights: readonly number[], gap = 17): number[] {
  const order = Array.from(heights.keys()).sort((a, b) => (heights[a] as number) - (heights[b] as number));
  const moved = [...heights];
  let lowest = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    moved[i] = Math.max(heights[i] as number, lowest + gap);
    lowest = moved[i] as number;
  }
  return moved;
}

/** One bar of a chart; `group` starts a new block of bars where it changes. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly group?: string;
}

export interface BarChartOptions {
  readonly title: string;
  /** What the length of a bar means. */
  readonly axis: string;
  /** Digits after the point; default 3. */
  readonly digits?: number;
}

/** Bars from a middle line at 0: to the right above it, to the left below. */
export function barChart(bars: readonly Bar[], options: BarChartOptions): Showable {
  const { title, digits = 3 } = options;
  const widest = Math.max(...bars.map(({ name }) => widthOf(name)));
  const pad = (name: string): string => name + ' '.repeat(widest - widthOf(name));
  const lines = bars.map(({ name, value }) => `${pad(name)}  ${write(value, digits).padStart(digits + 4)}`);
  return {
    [display]: () => ({ 'image/svg+xml': drawBars(bars, options), 'text/plain': [title, ...lines].join('\n') }),
  };
}

function drawBars(bars: readonly Bar[], { title, axis, digits = 3 }: BarChartOptions): string {
  const [top, row, width] = [66, 24, 340];
  const left = 28 + Math.max(...bars.map(({ name }) => widthOf(name))) * 7.5;
  const values = bars.map(({ value }) => value);
  const [high, low] = [Math.max(0, ...values), Math.min(0, ...values)];
  const room = 56; // for the number at a bar's end
  const scale = (width - (low < 0 ? room : 0) - (high > 0 ? room : 0)) / Math.max(1e-9, high - low);
  const zero = left + (low < 0 ? room - low * scale : 0);
  const groups = [...new Set(bars.map(({ group }) => group))];
  let at = top;
  const rows = bars.map(({ name, value, group }, i) => {
    if (i > 0 && group !== bars[i - 1]?.group) at += 10;
    const y = at;
    at += row;
    const [from, length] = [zero + Math.min(0, value) * scale, Math.abs(value) * scale];
    const colour = colourOf(groups.indexOf(group));
    const end = { anchor: value < 0 ? 'end' : 'start', size: 12 } as const;
    return [
      text(left - 10, y + 16, name, { anchor: 'end' }),
      `<rect x="${from.toFixed(1)}" y="${y + 3}" width="${Math.max(1, length).toFixed(1)}" height="${row - 6}" rx="2" fill="${colour}"/>`,
      text(zero + value * scale + (value < 0 ? -6 : 6), y + 16, write(value, digits), end),
    ].join('\n');
  });
  const line = `<path d="M${zero.toFixed(1)} ${top - 4}V${at + 4}" stroke="${INK}" fill="none"/>`;
  const parts = [
    text(16, 28, title, { size: 15, weight: 600, anchor: 'start' }),
    text(left, 52, axis, { colour: FAINT, anchor: 'start' }),
    ...rows,
    line,
  ];
  return card(
    Math.max(left + width + 20, widthOf(title) * 8 + 40, left + widthOf(axis) * 7.5 + 20),
    at + 18,
    parts,
    title,
  );
}

/** No -0.000. */
function write(value: number, digits: number): string {
  return value.toFixed(digits).replace(/^-(0(\.0*)?)$/, '$1');
}
