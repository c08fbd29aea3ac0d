import { parseHTML } from 'linkedom';

/** Reads a figure back: what stands in it, and where. */

export interface Shape {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
  readonly opacity: number;
  readonly stroke: string;
  readonly title: string;
}

export interface Words {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** A value at a place along an axis, by the labels of its ticks. */
export type Scale = (place: number) => number;

export function panels(svg: string): Element[] {
  const { document } = parseHTML(`<!doctype html><html><body>${svg}</body></html>`);
  return Array.from(document.querySelectorAll('g.panel')) as unknown as Element[];
}

/** What the head of a figure says: title, note and legend, in this order. */
export function head(svg: string): string[] {
  const { document } = parseHTML(`<!doctype html><html><body>${svg}</body></html>`);
  return Array.from(document.querySelectorAll('svg > text'), ({ textContent }) => textContent ?? '');
}

/** Everything of a kind in a panel, in drawing order, placed by all transforms between it and the panel. */
export function shapes(panel: Element, selector: string): Shape[] {
  return Array.from(panel.querySelectorAll(selector)).map((element) => {
    const [dx, dy] = offset(element, panel);
    const number = (name: string, otherwise = 0): number => Number(inherited(element, name, panel) ?? otherwise);
    return {
      x: (element.localName === 'circle' ? number('cx') : number('x')) + dx,
      y: (element.localName === 'circle' ? number('cy') : number('y')) + dy,
      width: number('width'),
      height: number('height'),
      fill: inherited(element, 'fill', panel) ?? '',
      opacity: number('fill-opacity', 1),
      stroke: inherited(element, 'stroke', panel) ?? '',
      title: element.querySelector('title')?.textContent ?? '',
    };
  });
}

export function texts(panel: Element, group = 'text'): Words[] {
  return Array.from(panel.querySelectorAll(`g[aria-label="${group}"] text`)).map((element) => {
    const [x, y] = offset(element, panel);
    return { x, y, text: written(element) };
  });
}

/** Fitted through the labels of an axis, whose numbers are written as people write them. */
export function scale(panel: Element, axis: 'x' | 'y'): Scale {
  const points = Array.from(panel.querySelectorAll(`g[aria-label="${axis}-axis tick label"] text`)).map((element) => {
    const [x, y] = translation(element);
    return { place: axis === 'x' ? x : y, value: number(written(element)) };
  });
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last || first === last) throw new Error('an axis wants two labels');
  const slope = (last.value - first.value) / (last.place - first.place);
  return (place) => first.value + (place - first.place) * slope;
}

/** The number in a text: `+0.372`, `−1,000`, `25 %` */
export function number(text: string): number {
  const value = Number(text.replace('\u2212', '-').replace(/[,%\s]/g, ''));
  return text.includes('%') ? value / 100 : value;
}

/** The number that ends a title: `layer 3, dense: −0.903` */
export function lastNumber(title: string): number {
  return number(title.slice(title.lastIndexOf(': ') + 2));
}

/** Cells in rows from the top, each from the left. */
export function grid(cells: readonly Shape[]): Shape[][] {
  const rows = new Map<number, Shape[]>();
  for (const cell of cells) rows.set(cell.y, [...(rows.get(cell.y) ?? []), cell]);
  const ordered = Array.from(rows).sort(([a], [b]) => a - b);
  return ordered.map(([, row]) => row.sort((a, b) => a.x - b.x));
}

function written(element: Element): string {
  const lines = Array.from(element.querySelectorAll('tspan'));
  if (lines.length > 0) return lines.map(({ textContent }) => textContent).join('\n');
  return element.textContent ?? '';
}

function offset(element: Element, panel: Element): [number, number] {
  let [x, y] = [0, 0];
  for (let at: Element | null = element; at && at !== panel; at = at.parentElement) {
    const [dx, dy] = translation(at);
    [x, y] = [x + dx, y + dy];
  }
  return [x, y];
}

function translation(element: Element): [number, number] {
  const found = /translate\(([-\d.]+),([-\d.]+)\)/.exec(element.getAttribute('transform') ?? '');
  return [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
}

function inherited(element: Element, name: string, panel: Element): string | null {
  for (let at: Element | null = element; at && at !== panel; at = at.parentElement) {
    const value = at.getAttribute(name);
    if (value !== null) return value;
  }
  return null;
}
