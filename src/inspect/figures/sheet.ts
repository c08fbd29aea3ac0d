/**
 * The sheet on which figures are drawn: a title, a note, a legend, and panels by Observable Plot below.
 * One SVG that stands alone, the same text for the same view.
 */

import { requireOptions } from '../../tensor/index.ts';
import { printableText } from '../printable.ts';
import { FIGURE_OPTIONS, type FigureOptions } from './options.ts';
import { colour, FONT, HATCHED, styleSheet } from './theme.ts';
import { textWidth } from './words.ts';

export type Plot = typeof import('@observablehq/plot');
export type PlotOptions = import('@observablehq/plot').PlotOptions;
export type Mark = import('@observablehq/plot').Markish;

/** A swatch of the legend: a filled square, a hatched one, a line, or a hollow dot. */
export interface LegendEntry {
  readonly label: string;
  readonly fill: string;
  readonly opacity?: number;
  readonly shape?: 'square' | 'line' | 'dot';
  /** Dashes of a line. */
  readonly dash?: string;
}

export interface Panel {
  readonly x: number;
  readonly y: number;
  readonly plot: PlotOptions;
  readonly title?: string;
  /** Words below, at this height of the panel's. */
  readonly caption?: { readonly text: string; readonly y: number };
  /** A picture behind the marks, as a data address, in the panel's own coordinates. */
  readonly picture?: { readonly href: string; readonly x: number; readonly y: number; readonly size: number };
}

export interface Sheet {
  readonly title: string;
  readonly note: string;
  readonly legend?: readonly LegendEntry[];
  readonly width: number;
  /** Of what lies below the legend. */
  readonly height: number;
  panels(plot: Plot): readonly Panel[];
}

const MARGIN = 16;
const LINE = 17;
const NS = 'http://www.w3.org/2000/svg';

/** Draws a sheet. @returns the text of an SVG */
export async function draw(sheet: Sheet, options: FigureOptions = {}): Promise<string> {
  requireOptions('the figure', options, FIGURE_OPTIONS);
  const Plot = await import('@observablehq/plot');
  const document = options.document ?? (await ownDocument());
  const make = maker(document);
  const width = Math.max(sheet.width, 480) + 2 * MARGIN;
  const header = headerOf(sheet, width - 2 * MARGIN, options.heading ?? true, make);
  const height = header.height + sheet.height + MARGIN;
  const svg = make('svg', {
    xmlns: NS,
    class: 'glass-figure',
    role: 'img',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    'font-family': FONT,
    'font-size': 12,
    fill: 'currentColor',
  });
  svg.append(make('title', {}, sheet.title), make('style', {}, styleSheet()), hatchedPattern(make));
  svg.append(make('rect', { width, height, fill: colour('paper') }), ...header.elements);
  for (const panel of sheet.panels(Plot)) {
    const at = `translate(${MARGIN + panel.x},${header.height + panel.y})`;
    const group = make('g', { class: 'panel', transform: at, 'text-anchor': 'middle' });
    if (panel.title) group.append(make('text', { y: -6, 'text-anchor': 'start', 'font-weight': 600 }, panel.title));
    if (panel.caption) {
      const { text, y } = panel.caption;
      group.append(make('text', { y, 'text-anchor': 'start', 'font-size': 11 }, text));
    }
    if (panel.picture) {
      const { href, x, y, size } = panel.picture;
      group.append(make('image', { href, x, y, width: size, height: size, preserveAspectRatio: 'none' }));
    }
    const plot = Plot.plot({ ...panel.plot, document });
    // Plot's own style would let a figure inside of a figure grow to the whole width.
    group.append(...Array.from(plot.children).filter(({ localName }) => localName !== 'style'));
    svg.append(group);
  }
  roundNumbers(svg);
  return printableText(svg.outerHTML);
}

async function ownDocument(): Promise<Document> {
  if (typeof document !== 'undefined') return document;
  const { parseHTML } = await import('linkedom');
  return parseHTML('<!doctype html><html><body></body></html>').document as unknown as Document;
}

type Make = (name: string, attributes: Readonly<Record<string, string | number>>, text?: string) => Element;

function maker(document: Document): Make {
  return (name, attributes, text) => {
    const element = document.createElementNS(NS, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
    if (text !== undefined) element.append(document.createTextNode(text));
    return element;
  };
}

function headerOf({ title, note, legend = [] }: Sheet, width: number, heading: boolean, make: Make) {
  const elements: Element[] = [];
  let y = 0;
  if (heading) {
    const lines = wrap(note, width);
    elements.push(make('text', { x: MARGIN, y: 24, 'font-size': 15, 'font-weight': 600 }, title));
    elements.push(...lines.map((line, i) => make('text', { x: MARGIN, y: 24 + (i + 1) * LINE }, line)));
    y = 24 + lines.length * LINE;
  }
  let x = width;
  for (const entry of legend) {
    const taken = 18 + textWidth(entry.label) + 16;
    if (x + taken > width) [x, y] = [0, y + LINE + 3];
    elements.push(swatch(entry, MARGIN + x, y, make), make('text', { x: MARGIN + x + 18, y }, entry.label));
    x += taken;
  }
  return { elements, height: y + MARGIN };
}

function swatch({ fill, opacity = 1, shape = 'square', dash = 'none' }: LegendEntry, x: number, y: number, make: Make) {
  if (shape === 'line') {
    const d = `M${x},${y - 4}h14`;
    return make('path', { d, stroke: fill, 'stroke-width': 2, 'stroke-dasharray': dash, fill: 'none' });
  }
  const drawn = { fill, 'fill-opacity': opacity, stroke: opacity === 0 ? 'currentColor' : colour('line') };
  if (shape === 'dot') return make('circle', { cx: x + 6, cy: y - 4, r: 5, ...drawn });
  return make('rect', { x, y: y - 10, width: 12, height: 12, ...drawn });
}

/** Lines of a text no wider than `width`, broken at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && textWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function hatchedPattern(make: Make): Element {
  const id = HATCHED.slice('url(#'.length, -1);
  const pattern = make('pattern', { id, width: 5, height: 5, patternUnits: 'userSpaceOnUse' });
  pattern.append(make('path', { d: 'M-1,1l2,-2M0,5l5,-5M4,6l2,-2', stroke: colour('ink'), 'stroke-opacity': 0.35 }));
  const defs = make('defs', {});
  defs.append(pattern);
  return defs;
}

/** Hundredths of a pixel are enough, and spare half of the text. */
function roundNumbers(element: Element): void {
  for (const name of ['x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'width', 'height', 'd', 'transform']) {
    const value = element.getAttribute(name);
    if (value)
      element.setAttribute(
        name,
        value.replace(/-?\d+\.\d{3,}/g, (digits) => String(Number(Number(digits).toFixed(2)))),
      );
  }
  for (const child of Array.from(element.children)) roundNumbers(child);
}
