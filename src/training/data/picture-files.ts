import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TrainingError } from '../files.ts';
import { type Concept, normaliseCode, type OtherEmoji } from './concepts.ts';
import { type IconCounts, iconSources, iconSvg, type PictureSource } from './icon-files.ts';
import { HELD_STYLE, pictureKey, type Style } from './styles.ts';

/** The part of sharp that is used; it is installed in the data folder, not with this package. */
type Sharp = (input: string | Buffer) => {
  ensureAlpha(): { resize(width: number, height: number, options: object): { raw(): { toBuffer(): Promise<Buffer> } } };
};

/** The part of opentype.js that is used. */
interface OpenType {
  parse(font: ArrayBuffer): {
    readonly unitsPerEm: number;
    charToGlyph(character: string): {
      readonly index: number;
      getPath(
        x: number,
        y: number,
        size: number,
      ): {
        getBoundingBox(): { x1: number; y1: number; x2: number; y2: number };
        toPathData(places: number): string;
      };
    };
  };
}

/** Where a style's picture of a code lies: a file, or an SVG text. */
type Source = ReadonlyMap<string, string | Buffer>;

async function datasource(folder: string, packageFolder: string, family: string): Promise<Source> {
  const base = join(folder, 'node_modules', packageFolder);
  const entries = JSON.parse(await readFile(join(base, 'emoji.json'), 'utf8')) as Record<string, string | boolean>[];
  const present = entries.filter((entry) => entry[`has_img_${family}`]);
  return new Map(
    present.map((entry) => [
      normaliseCode(String(entry.unified)),
      join(base, 'img', family, '64', String(entry.image)),
    ]),
  );
}

async function namedByCode(folder: string, path: string): Promise<Source> {
  const base = join(folder, 'node_modules', path);
  const files = (await readdir(base)).sort();
  return new Map(files.map((file) => [normaliseCode(file.replace(/\.\w+$/, '')), join(base, file)]));
}

async function iconify(folder: string, name: string): Promise<Source> {
  const base = join(folder, 'node_modules', name);
  const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(join(base, file), 'utf8'));
  const codes = (await read('chars.json')) as Record<string, string>;
  const file = (await read('icons.json')) as Parameters<typeof iconSvg>[1];
  return new Map(
    Object.entries(codes).flatMap(([code, icon]) =>
      file.icons[icon] ? [[normaliseCode(code), iconSvg(file.icons[icon], file)] as const] : [],
    ),
  );
}

/** Outlines of a font's glyphs, for emoji of one code point. */
async function font(folder: string, file: string, codes: readonly string[]): Promise<Source> {
  const { parse } = loadFrom<OpenType>(folder, 'opentype.js');
  const bytes = await readFile(join(folder, 'node_modules', '@expo-google-fonts', 'noto-emoji', file));
  const outlines = parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer);
  const drawn = new Map<string, Buffer>();
  for (const code of codes) {
    if (code.includes('-')) continue;
    const glyph = outlines.charToGlyph(String.fromCodePoint(Number.parseInt(code, 16)));
    if (glyph.index === 0) continue; // .notdef
    const path = glyph.getPath(0, 0, 100);
    const { x1, y1, x2, y2 } = path.getBoundingBox();
    const side = Math.max(x2 - x1, y2 - y1) * 1.08;
    if (!(side > 0)) continue;
    const box = `${(x1 + x2 - side) / 2} ${(y1 + y2 - side) / 2} ${side} ${side}`;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="${box}"><path d="${path.toPathData(2)}"/></svg>`;
    drawn.set(code, Buffer.from(svg));
  }
  return drawn;
}

function styleSources(folder: string): Record<Style, Promise<Source>> {
  return {
    noto: datasource(folder, 'emoji-datasource-google', 'google'),
    twemoji: datasource(folder, 'emoji-datasource-twitter', 'twitter'),
    fluent3d: namedByCode(folder, '@lobehub/fluent-emoji-3d/assets'),
    fluentFlat: iconify(folder, '@iconify-json/fluent-emoji-flat'),
    blobs: datasource(folder, 'emoji-datasource-google-blobs', 'google'),
    emojione: namedByCode(folder, 'emojione/assets/png'),
  };
}

/** Drawings of emoji beside the six styles, and how they are kept. */
function drawingSources(
  folder: string,
  codes: readonly string[],
): Record<string, { kind: PictureSource['kind']; source: Promise<Source> }> {
  return {
    noto2017: { kind: 'colour', source: datasource(folder, 'emoji-datasource-google-2017', 'google') },
    twemoji2017: { kind: 'colour', source: datasource(folder, 'emoji-datasource-twitter-2017', 'twitter') },
    fontLight: { kind: 'monochrome', source: font(folder, '300Light/NotoEmoji_300Light.ttf', codes) },
    fontBold: { kind: 'monochrome', source: font(folder, '700Bold/NotoEmoji_700Bold.ttf', codes) },
    highContrast: { kind: 'monochrome', source: iconify(folder, '@iconify-json/fluent-emoji-high-contrast') },
  };
}

function loadFrom<T>(folder: string, name: string): T {
  try {
    return createRequire(join(folder, 'package.json'))(name) as T;
  } catch (error) {
    throw new TrainingError(
      `${name} could not be loaded from ${folder}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Every picture that the packages hold of concepts, other emoji and what icons show. */
interface PictureList {
  readonly sources: readonly PictureSource[];
  readonly iconConcepts: readonly string[];
  readonly icons: IconCounts;
}

/** Lists the pictures of `concepts` and `others`, and what icons show beside them. */
export async function listPictures(
  folder: string,
  concepts: readonly Concept[],
  others: readonly OtherEmoji[],
): Promise<PictureList> {
  const sources: PictureSource[] = [];
  const add = (style: string, kind: PictureSource['kind'], files: Source, emoji: readonly OtherEmoji[]): void => {
    for (const { name, code } of emoji) {
      const source = files.get(style === HELD_STYLE ? code.replaceAll('-200d', '') : code);
      if (source !== undefined) sources.push({ key: pictureKey(name, style), kind, source });
    }
  };
  for (const [style, files] of Object.entries(styleSources(folder)))
    add(style, 'colour', await files, style === HELD_STYLE ? concepts : [...concepts, ...others]);
  const emoji: readonly OtherEmoji[] = [...concepts, ...others];
  const codes = emoji.map(({ code }) => code);
  for (const [style, { kind, source }] of Object.entries(drawingSources(folder, codes)))
    add(style, kind, await source, emoji);
  const { concepts: iconConcepts, sources: icons, counts } = await iconSources(folder, emoji);
  return { sources: [...sources, ...icons], iconConcepts, icons: counts };
}

const TRANSPARENT = { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } };
/** Pictures under way at a time: sharp decodes on threads of its own. */
const AT_ONCE = 32;

/**
 * Decodes pictures to RGBA [size, size, 4], not premultiplied, and gives them to `keep` in their order, while the next
 * ones are being decoded.
 */
export async function decodePictures(
  folder: string,
  sources: readonly PictureSource[],
  size: number,
  keep: (picture: Uint8Array, source: PictureSource) => void,
  onDone: (done: number) => void = () => undefined,
): Promise<void> {
  const sharp = loadFrom<Sharp>(folder, 'sharp');
  const decode = (start: number): Promise<Buffer[]> =>
    Promise.all(
      sources
        .slice(start, start + AT_ONCE)
        .map(({ source }) => sharp(source).ensureAlpha().resize(size, size, TRANSPARENT).raw().toBuffer()),
    );
  let next = decode(0);
  for (let start = 0; start < sources.length; start += AT_ONCE) {
    const pictures = await next;
    next = decode(start + AT_ONCE);
    for (const [i, picture] of pictures.entries()) keep(new Uint8Array(picture), sources[start + i] as PictureSource);
    onDone(Math.min(start + AT_ONCE, sources.length));
  }
  await next;
}
