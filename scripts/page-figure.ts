/** What the figures of measured pages share: the colours and type of the library's own, which follow light and dark. */

import { FONT, styleSheet } from '../src/inspect/figures/theme.ts';

export interface PageFigure {
  /** In pixels. */
  readonly width: number;
  readonly height: number;
  readonly title: string;
}

/** An SVG of its own, on paper of the reader's light or dark. */
export function pageFigure({ width, height, title }: PageFigure, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" class="glass-figure" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="${FONT}" font-size="11" fill="currentColor"><title>${title}</title><style>${styleSheet()}</style><rect width="${width}" height="${height}" fill="var(--paper)"/>${parts.join('')}</svg>\n`;
}

export function text(x: number | string, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${words}</text>`;
}

/** A line of the grid behind what is drawn. */
export function gridLine(path: string): string {
  return `<path d="${path}" stroke="var(--line)"/>`;
}
