import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Concept, normaliseCode } from './concepts.ts';
import { DataError } from './packages.ts';
import { pictureKey, type Style } from './styles.ts';

/** The part of sharp that is used; it is installed in the data folder, not with this package. */
type Sharp = (input: string | Buffer) => {
  ensureAlpha(): { resize(width: number, height: number, options: object): { raw(): { toBuffer(): Promise<Buffer> } } };
};

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
  const {
    icons,
    width = 32,
    height = 32,
  } = (await read('icons.json')) as {
    icons: Record<string, { body: string }>;
    width?: number;
    height?: number;
  };
  const svg = (body: string): Buffer =>
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="0 0 ${width} ${height}">${body}</svg>`,
    );
  return new Map(
    Object.entries(codes).flatMap(([code, icon]) =>
      icons[icon] ? [[normaliseCode(code), svg(icons[icon].body)] as const] : [],
    ),
  );
}

function sources(folder: string): Record<Style, Promise<Source>> {
  return {
    noto: datasource(folder, 'emoji-datasource-google', 'google'),
    twemoji: datasource(folder, 'emoji-datasource-twitter', 'twitter'),
    fluent3d: namedByCode(folder, '@lobehub/fluent-emoji-3d/assets'),
    fluentFlat: iconify(folder, '@iconify-json/fluent-emoji-flat'),
    blobs: datasource(folder, 'emoji-datasource-google-blobs', 'google'),
    emojione: namedByCode(folder, 'emojione/assets/png'),
  };
}

/** Multiplies colour by alpha in place, rounding to nearest. */
export function premultiply(rgba: Uint8Array): Uint8Array {
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3] as number;
    for (let c = i; c < i + 3; c++) rgba[c] = Math.round(((rgba[c] as number) * alpha) / 255);
  }
  return rgba;
}

function loadSharp(folder: string): Sharp {
  try {
    return createRequire(join(folder, 'package.json'))('sharp') as Sharp;
  } catch (error) {
    throw new DataError(
      `sharp could not be loaded from ${folder}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Decodes every picture there is of `concepts`: premultiplied RGBA [size, size, 4] by `pictureKey`. */
export async function decodePictures(
  folder: string,
  concepts: readonly Concept[],
  size: number,
): Promise<Map<string, Uint8Array>> {
  const sharp = loadSharp(folder);
  const pictures = new Map<string, Uint8Array>();
  const transparent = { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } };
  for (const [style, source] of Object.entries(sources(folder)) as [Style, Promise<Source>][]) {
    const files = await source;
    for (const { name, code } of concepts) {
      const file = files.get(style === 'emojione' ? code.replaceAll('-200d', '') : code);
      if (file === undefined) continue;
      const rgba = await sharp(file).ensureAlpha().resize(size, size, transparent).raw().toBuffer();
      pictures.set(pictureKey(name, style), premultiply(new Uint8Array(rgba)));
    }
  }
  return pictures;
}
