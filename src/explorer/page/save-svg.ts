/** Anything on the page as an SVG that stands alone: boxes, lines, pictures and words where the browser put them. */

const PAINT = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'opacity',
  'vector-effect',
] as const;
const WORDS = ['font-family', 'font-size', 'font-weight', 'text-anchor'] as const;
const SIDES = ['Top', 'Right', 'Bottom', 'Left'] as const;
const MARGIN = 12;

/** Saves an element as NAME.svg, by the browser's own download. */
export async function saveSvg(element: Element, name: string): Promise<void> {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([svgOf(element)], { type: 'image/svg+xml' }));
  link.download = `${name.replace(/[^\p{L}\p{N}.-]+/gu, '-')}.svg`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

export function svgOf(root: Element): string {
  const { left, top, width, height } = root.getBoundingClientRect();
  const [wide, high] = [Math.ceil(width) + 2 * MARGIN, Math.ceil(height) + 2 * MARGIN];
  const parts: string[] = [];
  draw(root, parts, { x: MARGIN - left, y: MARGIN - top });
  const paper = getComputedStyle(document.documentElement).backgroundColor;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${wide}" height="${high}" viewBox="0 0 ${wide} ${high}">`,
    `<rect width="${wide}" height="${high}" fill="${paper}"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

interface Shift {
  readonly x: number;
  readonly y: number;
}

function draw(element: Element, parts: string[], shift: Shift): void {
  const style = getComputedStyle(element);
  if (style.display === 'none' || style.visibility === 'hidden' || style.clipPath === 'inset(50%)') return;
  if (element instanceof SVGSVGElement) {
    parts.push(drawing(element, shift));
    return;
  }
  box(element, style, parts, shift);
  if (element instanceof HTMLImageElement || element instanceof HTMLCanvasElement) {
    picture(element, parts, shift);
    return;
  }
  if (element instanceof HTMLInputElement) {
    input(element, style, parts, shift);
    return;
  }
  for (const node of element.childNodes) {
    if (node instanceof Text) words(node, style, parts, shift);
    else if (node instanceof Element) draw(node, parts, shift);
  }
}

const round = (value: number): string => String(Math.round(value * 10) / 10);
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/\s+/g, ' ');

/** Background and border. */
function box(element: Element, style: CSSStyleDeclaration, parts: string[], shift: Shift): void {
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = [left + shift.x, top + shift.y];
  const sides = SIDES.map((side) => ({
    size: style[`border${side}Style`] === 'none' ? 0 : Number.parseFloat(style[`border${side}Width`]),
    colour: style[`border${side}Color`],
  }));
  const [first] = sides;
  const even = sides.every(({ size, colour }) => size === first?.size && colour === first.colour);
  const filled = !/^(transparent|rgba\(\d+, \d+, \d+, 0\))$/.test(style.backgroundColor);
  const stroke = even && first && first.size > 0 ? ` stroke="${first.colour}" stroke-width="${first.size}"` : '';
  if (filled || stroke)
    parts.push(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${Number.parseFloat(style.borderRadius) || 0}" fill="${filled ? style.backgroundColor : 'none'}"${stroke}/>`,
    );
  if (even) return;
  const corners = [x, y, x + width, y, x + width, y + height, x, y + height, x, y];
  sides.forEach(({ size, colour }, i) => {
    if (size === 0) return;
    const [x1, y1, x2, y2] = corners.slice(2 * i, 2 * i + 4).map(round);
    parts.push(`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}" stroke-width="${size}"/>`);
  });
}

/** An inline drawing, with its styles written out. */
function drawing(svg: SVGSVGElement, shift: Shift): string {
  const { left, top, width, height } = svg.getBoundingClientRect();
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const copies = [copy, ...copy.querySelectorAll('*')];
  [svg, ...svg.querySelectorAll('*')].forEach((from, i) => {
    const style = getComputedStyle(from);
    const to = copies[i] as Element;
    for (const name of from instanceof SVGTextElement ? [...PAINT, ...WORDS] : PAINT)
      to.setAttribute(name, style.getPropertyValue(name));
    to.removeAttribute('class');
    to.removeAttribute('style');
  });
  for (const [name, value] of Object.entries({ x: left + shift.x, y: top + shift.y, width, height }))
    copy.setAttribute(name, round(value));
  return new XMLSerializer().serializeToString(copy);
}

function picture(element: HTMLImageElement | HTMLCanvasElement, parts: string[], shift: Shift): void {
  const { left, top, width, height } = element.getBoundingClientRect();
  const canvas = document.createElement('canvas');
  const natural = element instanceof HTMLImageElement ? element.naturalWidth : element.width;
  const tall = element instanceof HTMLImageElement ? element.naturalHeight : element.height;
  if (natural === 0 || width === 0) return;
  [canvas.width, canvas.height] = [natural, tall];
  canvas.getContext('2d')?.drawImage(element, 0, 0);
  parts.push(
    `<image x="${round(left + shift.x)}" y="${round(top + shift.y)}" width="${round(width)}" height="${round(height)}" style="image-rendering: ${getComputedStyle(element).imageRendering}" href="${canvas.toDataURL()}"/>`,
  );
}

/** A slider as its track and thumb, a field as its text. */
function input(element: HTMLInputElement, style: CSSStyleDeclaration, parts: string[], shift: Shift): void {
  const { left, top, width, height } = element.getBoundingClientRect();
  const [x, y] = [left + shift.x, top + shift.y + height / 2];
  if (element.type === 'range') {
    const part = (element.valueAsNumber - Number(element.min)) / (Number(element.max) - Number(element.min));
    const colour = style.accentColor === 'auto' ? style.color : style.accentColor;
    parts.push(
      `<rect x="${round(x)}" y="${round(y - 2)}" width="${round(width)}" height="4" rx="2" fill="${colour}" fill-opacity="0.3"/>`,
    );
    parts.push(`<circle cx="${round(x + 9 + part * (width - 18))}" cy="${round(y)}" r="8" fill="${colour}"/>`);
  } else if (element.type === 'text' || element.type === 'number') {
    parts.push(textAt(element.value, x + Number.parseFloat(style.paddingLeft), y, style));
  }
}

function textAt(text: string, x: number, middle: number, style: CSSStyleDeclaration): string {
  const size = Number.parseFloat(style.fontSize);
  return `<text x="${round(x)}" y="${round(middle + size * 0.35)}" font-size="${size}" font-weight="${style.fontWeight}" font-family="${escaped(style.fontFamily)}" fill="${style.color}">${escaped(text)}</text>`;
}

/** A text, line by line as it is broken. */
function words(node: Text, style: CSSStyleDeclaration, parts: string[], shift: Shift): void {
  const range = document.createRange();
  let line: { text: string; left: number; top: number; height: number } | null = null;
  const end = (): void => {
    if (line?.text.trim())
      parts.push(textAt(line.text, line.left + shift.x, line.top + line.height / 2 + shift.y, style));
    line = null;
  };
  for (const { 0: word, index } of node.data.matchAll(/\s*\S+/g)) {
    const skipped = word.length - word.trimStart().length;
    range.setStart(node, index + skipped);
    range.setEnd(node, index + word.length);
    const rect = range.getClientRects()[0];
    if (!rect || rect.width === 0) continue;
    if (line && Math.abs((line as { top: number }).top - rect.top) > rect.height / 2) end();
    if (line) (line as { text: string }).text += word;
    else line = { text: word.trimStart(), left: rect.left, top: rect.top, height: rect.height };
  }
  end();
}
