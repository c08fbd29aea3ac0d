import { requireKinds } from '../../files/kinds.ts';
import type { Picture } from '../../model/image.ts';
import { requireOptions } from '../../tensor/index.ts';
import type { OcclusionMap } from '../occlusion.ts';
import { spreadOf, type WordPatchMap } from '../patch-map.ts';
import { range, ViewError } from '../recorded.ts';
import { type HeatCell, hatchedEntry, heatMarks, largestOf } from './heat.ts';
import { percent, signed } from './numbers.ts';
import { FIGURE_OPTIONS, type FigureOptions } from './options.ts';
import { COVER, dataAddress, type GridValues } from './overlay.ts';
import { draw, type LegendEntry, type Panel, type Plot } from './sheet.ts';
import { colour } from './theme.ts';
import { fitting, imageName, readable, tokenLabel, words } from './words.ts';

export interface TokenOverlay {
  /** As `wordPatchMap` gives it. */
  readonly map: WordPatchMap;
  /** Drawn beside: what covering squares of the same picture changes. */
  readonly occlusion?: OcclusionMap;
}

export interface TokenOverlaysOptions extends FigureOptions {
  /** Tokens of the prompt, as they stand in the vocabulary. */
  readonly tokens: readonly string[];
  /** By image, the squares that the model sees: `greySquare`. */
  readonly pictures: readonly Picture[];
}

const SIZE = 150;
const GAP = 14;
const ACROSS = 4;

interface Square {
  readonly title: string;
  readonly caption?: string;
  readonly image: number | null;
  readonly grid: GridValues;
  /** What is written of a cell. */
  readonly write: (cell: number) => string;
  readonly largest: number;
}

/**
 * For each token what covering squares of a picture changes, where that is known, and beside it its attention map: how far
 * each patch's share is from an even map, with the range of the shares. Maps of one kind share one scale, and what is within
 * 100% of even is pale. A token that sees no image gets a hatched square.
 * @param overlays a row of the figure each
 * @returns an SVG
 * @throws ViewError for an image without a picture
 * @example
 * ```ts
 * const picture = await loadPicture('cat.png');
 * const asked = { sequence: [{ image: picture }, { text: 'name :' }] };
 * const [word] = await answerWords(model, asked);
 * const pictures = [greySquare(picture, model.config.preprocessing)];
 * if (word) await tokenOverlays([{ map: word.map }], { tokens: ['<BOS>', '<image>', 'name', ':'], pictures });
 * ```
 */
export async function tokenOverlays(overlays: readonly TokenOverlay[], asked: TokenOverlaysOptions): Promise<string> {
  requireOptions('tokenOverlays', asked, `tokens pictures ${FIGURE_OPTIONS}`);
  requireKinds('tokenOverlays', { overlays, asked }, '[map] {tokens,pictures}');
  const { tokens, pictures, ...options } = asked;
  const say = words(options.lang ?? 'en');
  const deviations = overlays.flatMap(({ map }) => map.images.flatMap(({ patches }) => spreadOf(patches).fromEven));
  const attention = Math.max(1, largestOf(deviations));
  const changes = overlays.flatMap(({ occlusion }) => occlusion?.changes ?? []);
  const squares = overlays.flatMap(({ map, occlusion }) => {
    const label = tokenLabel(tokens, map.token);
    const looks = map.images.map(({ image, rows, columns, patches }): Square => {
      const { least, most, even, fromEven } = spreadOf(patches);
      const range = `${percent(least)}–${percent(most)}`;
      const title = occlusion ? say('looks') : `${label} · ${imageName(say, image)}`;
      const caption = even ? `${range}, ${say('even')}` : range;
      const write = (cell: number): string =>
        `${signed((fromEven[cell] as number) * 100, 0)}%: ${percent(patches[cell] as number)}`;
      const grid = { rows, columns, values: fromEven };
      return { title, caption, image, grid, write, largest: attention };
    });
    if (looks.length === 0) looks.push({ title: label, image: null, grid: EMPTY, write: () => '–', largest: 0 });
    return occlusion
      ? [occlusionSquare(occlusion, `${label} · ${say('covered')}`, largestOf(changes)), ...looks]
      : looks;
  });
  const hrefs = await Promise.all(pictures.map(dataAddress));
  const missing = squares.find(({ image }) => image !== null && hrefs[image] === undefined);
  if (missing) throw new ViewError(`image ${missing.image} has no picture; there are ${pictures.length}`);
  const across = Math.min(changes.length > 0 ? 2 : ACROSS, squares.length);
  return draw(
    {
      title: say('overlays'),
      note: say(changes.length > 0 ? 'overlaysNote' : 'overlaysOnlyNote'),
      legend: [
        ...(changes.length > 0 ? occlusionLegend(changes, say('lessLikely'), say('moreLikely')) : []),
        ...attentionLegend(attention, say('moreThanEven'), say('lessThanEven')),
        ...(squares.some(({ image }) => image === null) ? [hatchedEntry(say('noImage'))] : []),
      ],
      width: across * (SIZE + GAP) - GAP,
      height: Math.ceil(squares.length / across) * (SIZE + 24 + GAP),
      panels: (Plot) =>
        squares.map((square, i) => ({
          x: (i % across) * (SIZE + GAP),
          y: 20 + Math.floor(i / across) * (SIZE + 24 + GAP),
          title: fitting(square.title, SIZE),
          ...(square.caption !== undefined && { caption: { text: square.caption, y: SIZE + 14 } }),
          ...(square.image !== null && { picture: { href: hrefs[square.image] as string, x: 0, y: 0, size: SIZE } }),
          plot: panel(Plot, square),
        })),
    },
    options,
  );
}

const EMPTY: GridValues = { rows: 1, columns: 1, values: [] };

function occlusionSquare(
  { image, rows, columns, changes, token }: OcclusionMap,
  title: string,
  largest: number,
): Square {
  const grid = { rows, columns, values: changes };
  const write = (cell: number): string => signed(changes[cell] as number);
  return { title, caption: `ln p(${readable(token)})`, image, grid, write, largest };
}

function attentionLegend(largest: number, more: string, less: string): LegendEntry[] {
  return [
    { label: `${more}: ${signed(largest * 100, 0)}%`, fill: colour('heat') },
    { label: `${less}: ${signed(-100, 0)}%`, fill: colour('negative'), opacity: 1 / largest },
  ];
}

function occlusionLegend(changes: readonly number[], less: string, more: string): LegendEntry[] {
  const largest = largestOf(changes);
  return [
    { label: `${less}: ${signed(-largest, 2)}`, fill: colour('negative') },
    { label: `${more}: ${signed(largest, 2)}`, fill: colour('heat') },
  ];
}

function panel(plot: Plot, { image, grid, write, largest }: Square): Panel['plot'] {
  const { rows, columns, values } = grid;
  const cells = range(rows * columns).map((i): HeatCell => {
    const value = image === null ? null : (values[i] as number);
    const place = { row: Math.floor(i / columns), column: i % columns };
    return { ...place, value, title: value === null ? '–' : `${place.row}, ${place.column}: ${write(i)}` };
  });
  const bare = { axis: null, padding: 0 } as const;
  return {
    width: SIZE,
    height: SIZE,
    margin: 0,
    x: { ...bare, domain: range(columns) },
    y: { ...bare, domain: range(rows) },
    marks: heatMarks(plot, cells, largest, COVER),
  };
}
