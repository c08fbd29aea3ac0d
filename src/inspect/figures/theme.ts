/**
 * Colours, in light and dark. Hues are those of Okabe and Ito, which people with any colour vision tell apart; nothing
 * hangs on a hue alone. `heat` and its like carry the text of their cell: ink on them has a contrast of 4.5 : 1 or more.
 */

interface Colours {
  readonly light: string;
  readonly dark: string;
}

const COLOURS: Readonly<Record<string, Colours>> = {
  paper: { light: '#ffffff', dark: '#0d1117' },
  ink: { light: '#1f2328', dark: '#e6edf3' },
  line: { light: '#d0d7de', dark: '#3d444d' },
  attention: { light: '#0072b2', dark: '#56b4e9' },
  dense: { light: '#d55e00', dark: '#e69f00' },
  heat: { light: '#56b4e9', dark: '#0072b2' },
  negative: { light: '#e69f00', dark: '#a84a00' },
  series0: { light: '#0072b2', dark: '#56b4e9' },
  series1: { light: '#d55e00', dark: '#e69f00' },
  series2: { light: '#007a5a', dark: '#2fc79a' },
  series3: { light: '#a8528a', dark: '#cc79a7' },
  series4: { light: '#6b5b00', dark: '#f0e442' },
  series5: { light: '#4d4d4d', dark: '#b3b3b3' },
};

/** `var(--heat)`, for the figures' own colours. */
export function colour(name: string): string {
  if (!(name in COLOURS)) throw new Error(`no colour ${name}`);
  return `var(--${name})`;
}

const SERIES = 6;

/** A colour for each of several things, from 0; dashes where colours begin again. */
export function series(index: number): { readonly colour: string; readonly dash: string } {
  const dashes = ['none', '6 3', '2 2', '8 3 2 3'];
  return { colour: colour(`series${index % SERIES}`), dash: dashes[index % dashes.length] as string };
}

/** Fills of cells that hold no number: `hatched` may not be seen. */
export const HATCHED = 'url(#glass-hatched)';

export const FONT = "system-ui, 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', 'Noto Sans CJK KR', sans-serif";

/** The style of a figure, which follows what the reader's page prefers. */
export function styleSheet(): string {
  const of = (mode: keyof Colours): string =>
    Object.entries(COLOURS)
      .map(([name, colours]) => `--${name}:${colours[mode]}`)
      .join(';');
  return (
    `.glass-figure{${of('light')};color:var(--ink);background:var(--paper)}` +
    `@media (prefers-color-scheme:dark){.glass-figure{${of('dark')}}}` +
    '.glass-figure text{white-space:pre}'
  );
}
