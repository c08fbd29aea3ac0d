// What the notebooks' pictures share: a card, its colours, and text.

export const CARD = '#fffaf7';
export const INK = '#33272f';
export const FAINT = '#8a7d85';
export const GRID = '#e6dad6';
const POSITIVE = [194, 24, 91] as const;
const NEGATIVE = [25, 98, 160] as const;

/** Lines and bars of several kinds, told apart by colour-blind readers too (Okabe and Ito 2008, darkened for white). */
export const SERIES: readonly string[] = ['#c2185b', '#1962a0', '#b06f00', '#00795c'];

/** White at 0, pink to 1, blue to -1. */
export function shade(strength: number): string {
  const end = strength >= 0 ? POSITIVE : NEGATIVE;
  const part = Math.min(1, Math.abs(strength));
  return `#${end
    .map((to) =>
      Math.round(255 + (to - 255) * part)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
}

export interface TextStyle {
  readonly size?: number;
  readonly weight?: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly colour?: string;
  readonly turn?: boolean;
}

export function text(x: number, y: number, content: string, style: TextStyle = {}): string {
  const { size = 13, weight = 400, anchor = 'middle', colour = INK, turn = false } = style;
  const [left, top] = [x.toFixed(1), y.toFixed(1)];
  const turned = turn ? ` transform="rotate(-90 ${left} ${top})"` : '';
  return `<text x="${left}" y="${top}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${colour}"${turned}>${escapeXml(content)}</text>`;
}

export function card(width: number, height: number, parts: readonly string[], title: string): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" role="img" font-family="system-ui, 'Noto Sans KR', sans-serif">`;
  const ground = `<rect x="0.5" y="0.5" width="${w - 1}" height="${h - 1}" rx="10" fill="${CARD}" stroke="${GRID}"/>`;
  return [head, `<title>${escapeXml(title)}</title>`, ground, ...parts, '</svg>'].join('\n');
}

/** Hangul takes two columns. */
export function widthOf(name: string): number {
  return Array.from(name).reduce((width, letter) => width + (/[ㄱ-힣]/.test(letter) ? 2 : 1), 0);
}

export function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
