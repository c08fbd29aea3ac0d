import { requireKinds } from '../../files/kinds.ts';
import { range } from '../recorded.ts';
import type { ImageRibbon } from '../which-image.ts';
import { hatchedEntry } from './heat.ts';
import type { FigureOptions } from './options.ts';
import { draw } from './sheet.ts';
import { colour, HATCHED, series } from './theme.ts';
import { imageName, readable, textWidth, words } from './words.ts';

const WIDTH = 720;
const BOX = 24;
const MARK = 5;
const GAP = 4;

/**
 * The text as a ribbon: each token on the colour of the image that came last before it, with that image's number, and
 * below it a mark for each image so far. A token before the first image is hatched.
 * @param ribbon as `imageRibbon` gives it
 * @param tokens of the prompt, as they stand in the vocabulary
 * @returns an SVG
 * @example
 * ```ts
 * const run = await model.run(prompt, { capture: WHICH_IMAGE_TAPS });
 * const svg = await tokenRibbon(imageRibbon(run), ['<BOS>', '<image>', 'name', ':']);
 * ```
 */
export function tokenRibbon(
  ribbon: ImageRibbon,
  tokens: readonly string[],
  options: FigureOptions = {},
): Promise<string> {
  requireKinds('tokenRibbon', { ribbon, tokens, options }, '{images,tokens} texts {}');
  const say = words(options.lang ?? 'en');
  const images = ribbon.tokens.some(({ allowed }) => allowed.length > 0) ? ribbon.images : 0;
  const line = BOX + images * (MARK + 2) + 14;
  let [x, y] = [0, 0];
  const boxes = ribbon.tokens.map((sight, i) => {
    const text = readable(tokens[i] ?? '');
    const width = Math.max(26, textWidth(text) + (sight.latest === null ? 12 : 24));
    if (x + width > WIDTH) [x, y] = [0, y + line];
    const box = { ...sight, text, x1: x, x2: x + width, y1: y, y2: y + BOX };
    x += width + GAP;
    return box;
  });
  type Box = (typeof boxes)[number];
  const marks = boxes.flatMap((box) =>
    range(images).map((image) => ({
      x1: box.x1,
      x2: box.x2,
      y1: box.y2 + 3 + image * (MARK + 2),
      y2: box.y2 + 3 + image * (MARK + 2) + MARK,
      image,
      seen: box.previous.includes(image),
      shown: box.allowed.includes(image),
      title: `${box.text}: ${imageName(say, image)} ${box.previous.includes(image) ? '✓' : '–'}`,
    })),
  );
  type Mark = (typeof marks)[number];
  const height = y + line;
  const edges = { x1: 'x1', x2: 'x2', y1: 'y1', y2: 'y2' } as const;
  const title = ({ text, latest }: Box): string =>
    `${text}: ${latest === null ? say('noImage') : imageName(say, latest)}`;
  return draw(
    {
      title: say('ribbon'),
      note: say('ribbonNote'),
      legend: [
        ...range(images).map((image) => ({
          label: imageName(say, image),
          fill: series(image).colour,
          opacity: TINT,
        })),
        hatchedEntry(say('noImage')),
      ],
      width: WIDTH,
      height,
      panels: (Plot) => [
        {
          x: 0,
          y: 0,
          plot: {
            width: WIDTH,
            height,
            margin: 0,
            x: { type: 'identity', axis: null },
            y: { type: 'identity', axis: null },
            marks: [
              Plot.rect(boxes, {
                ...edges,
                fill: { value: ({ latest }: Box) => (latest === null ? HATCHED : series(latest).colour), scale: null },
                fillOpacity: { value: ({ latest }: Box) => (latest === null ? 1 : TINT), scale: null },
                stroke: colour('line'),
                rx: 3,
                title,
              }),
              Plot.text(boxes, {
                x: ({ x1 }: Box) => x1 + 6,
                y: ({ y1 }: Box) => y1 + 12,
                text: 'text',
                textAnchor: 'start',
              }),
              Plot.text(
                boxes.filter(({ latest }) => latest !== null),
                {
                  x: ({ x2 }: Box) => x2 - 5,
                  y: ({ y1 }: Box) => y1 + 8,
                  text: 'latest',
                  fontSize: 9,
                  textAnchor: 'end',
                },
              ),
              Plot.rect(marks, {
                ...edges,
                fill: { value: ({ image }: Mark) => series(image).colour, scale: null },
                fillOpacity: { value: ({ seen }: Mark) => Number(seen), scale: null },
                stroke: { value: ({ shown }: Mark) => colour(shown ? 'ink' : 'line'), scale: null },
                title: 'title',
              }),
            ],
          },
        },
      ],
    },
    options,
  );
}

/** How strongly a box is coloured under its text. */
const TINT = 0.35;
