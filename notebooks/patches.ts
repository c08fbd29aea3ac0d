// Pictures with what an attention looks at: patches that get little are veiled, the one that gets most bears its share.
import { display, type Showable } from './show.ts';
import { card, FAINT, INK, text, widthOf } from './svg.ts';

const SIDE = 96;

export interface PatchMap {
  /** Beneath the picture. */
  readonly name: string;
  /** The picture: a data URI, or the colours of its patches as [r, g, b] from 0 to 1. */
  readonly picture: string | readonly (readonly number[])[];
  /** A share for each patch, row by row; the picture is square. None: nothing is veiled. */
  readonly shares?: readonly number[];
}

export interface PatchMapsOptions {
  readonly title: string;
  /** Pictures in a row; default 4. */
  readonly columns?: number;
  /** The share that stays quite clear; default the largest of each picture. One for all makes them comparable. */
  readonly scale?: number;
  /** How a share is written; default in percent. */
  readonly write?: (share: number) => string;
}

const percent = (share: number): string => `${Math.round(share * 100)}%`;

/** Pictures side by side. */
export function patchMaps(maps: readonly PatchMap[], options: PatchMapsOptions): Showable {
  const { title, write = percent } = options;
  const lines = maps.map(({ name, shares }) => (shares ? `${name}: ${strongest(shares, write)}` : name));
  return {
    [display]: () => ({
      'image/svg+xml': draw(maps, options),
      'text/plain': [title, ...lines].join('\n'),
    }),
  };
}

/** A picture file as a data URI. */
export function pictureUri(bytes: Uint8Array, type = 'image/png'): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `data:${type};base64,${btoa(binary)}`;
}

function draw(maps: readonly PatchMap[], options: PatchMapsOptions): string {
  const { title, columns = 4 } = options;
  const cell = Math.max(SIDE, ...maps.map(({ name }) => widthOf(name) * 7)) + 18;
  const rowHeight = SIDE + 40;
  const parts = [text(16, 28, title, { size: 15, weight: 600, anchor: 'start' })];
  maps.forEach((map, i) => {
    const x = 16 + (i % columns) * cell + (cell - 18 - SIDE) / 2;
    const y = 46 + Math.floor(i / columns) * rowHeight;
    parts.push(...drawPicture(map.picture, x, y), ...(map.shares ? drawShares(map.shares, x, y, options) : []));
    parts.push(`<rect x="${x.toFixed(1)}" y="${y}" width="${SIDE}" height="${SIDE}" fill="none" stroke="${FAINT}"/>`);
    parts.push(text(x + SIDE / 2, y + SIDE + 18, map.name, { size: 12 }));
  });
  const width = 16 + Math.min(columns, maps.length) * cell;
  return card(
    Math.max(width, widthOf(title) * 8 + 40),
    46 + Math.ceil(maps.length / columns) * rowHeight,
    parts,
    title,
  );
}

function drawPicture(picture: PatchMap['picture'], x: number, y: number): string[] {
  if (typeof picture === 'string')
    return [`<image href="${picture}" x="${x.toFixed(1)}" y="${y}" width="${SIDE}" height="${SIDE}"/>`];
  return tiles(picture.length, x, y, (i) => {
    const colour = (picture[i] as readonly number[]).map((part) => Math.round(Math.min(1, Math.max(0, part)) * 255));
    return `fill="rgb(${colour.join(',')})"`;
  });
}

function drawShares(
  shares: readonly number[],
  x: number,
  y: number,
  { scale, write = percent }: PatchMapsOptions,
): string[] {
  const most = Math.max(...shares);
  const clear = scale ?? most;
  const at = shares.indexOf(most);
  const side = Math.round(Math.sqrt(shares.length));
  const middle = (place: number): number => (place + 0.5) * (SIDE / side);
  const left = x + Math.min(SIDE - 18, Math.max(18, middle(at % side))); // the number stays within
  const top = y + middle(Math.floor(at / side));
  const veils = tiles(shares.length, x, y, (i) => {
    return `fill="${INK}" fill-opacity="${(0.86 * (1 - Math.min(1, (shares[i] as number) / clear))).toFixed(2)}"`;
  });
  const halo = 'paint-order="stroke" stroke="#ffffff" stroke-width="3" stroke-linejoin="round"';
  return [...veils, text(left, top + 4, write(most), { size: 12, weight: 600 }).replace('<text ', `<text ${halo} `)];
}

/** A square of tiles, each with its attributes. */
function tiles(count: number, x: number, y: number, attributes: (i: number) => string): string[] {
  const side = Math.round(Math.sqrt(count));
  const edge = SIDE / side;
  return Array.from({ length: count }, (_, i) => {
    const [left, top] = [x + (i % side) * edge, y + Math.floor(i / side) * edge];
    return `<rect x="${left.toFixed(1)}" y="${top.toFixed(1)}" width="${edge.toFixed(1)}" height="${edge.toFixed(1)}" ${attributes(i)}/>`;
  });
}

function strongest(shares: readonly number[], write: (share: number) => string): string {
  const side = Math.round(Math.sqrt(shares.length));
  const at = shares.indexOf(Math.max(...shares));
  return `${write(shares[at] as number)} at row ${Math.floor(at / side) + 1}, column ${(at % side) + 1}`;
}
