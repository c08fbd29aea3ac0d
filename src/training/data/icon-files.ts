import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ICON_ALIASES, iconKey } from './icon-names.ts';
import { leaks } from './leak-words.ts';
import { normalise } from './names.ts';
import { ICON_SETS, type IconSet } from './packages.ts';
import { pictureKey } from './styles.ts';

/** One picture to decode: a file or an SVG text, kept in colour or as ink and regions. */
export interface PictureSource {
  readonly key: string;
  readonly kind: 'colour' | 'monochrome';
  readonly source: string | Buffer;
}

/** What the matching of icons came to; for the model card. */
export interface IconCounts {
  /** Names beside those of emoji that several sets share, and how many of them were left out for a word that leaks. */
  readonly keys: number;
  readonly leaked: number;
  readonly concepts: number;
  /** Emoji that icons were found for. */
  readonly emoji: number;
  readonly pictures: number;
}

/** Drawings of one thing that are kept, and of one set. */
const MOST = { drawings: 6, ofOneSet: 2 } as const;

interface Icon {
  readonly set: IconSet;
  readonly svg: Buffer;
}

interface IconFile {
  readonly icons: Record<string, { body: string; width?: number; height?: number; left?: number; top?: number }>;
  readonly width?: number;
  readonly height?: number;
}

/** An icon on a square of 256 px. */
export function iconSvg(icon: IconFile['icons'][string], file: IconFile): Buffer {
  const { body, width = file.width ?? 16, height = file.height ?? 16, left = 0, top = 0 } = icon;
  const box = `${left} ${top} ${width} ${height}`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256" viewBox="${box}" color="black">${body}</svg>`,
  );
}

/** Every icon by the thing it shows, set after set. */
async function iconsByKey(folder: string): Promise<Map<string, Icon[]>> {
  const found = new Map<string, Icon[]>();
  for (const set of ICON_SETS) {
    const path = join(folder, 'node_modules', '@iconify-json', set.name, 'icons.json');
    const file = JSON.parse(await readFile(path, 'utf8')) as IconFile;
    for (const [name, icon] of Object.entries(file.icons)) {
      const key = iconKey(name);
      if (key === null) continue;
      const icons = found.get(key) ?? [];
      icons.push({ set, svg: iconSvg(icon, file) });
      found.set(key, icons);
    }
  }
  return found;
}

/** Up to six drawings of a thing, each set once before any gives a second. */
function choose(icons: readonly Icon[]): { readonly style: string; readonly icon: Icon }[] {
  const counts = new Map<string, number>();
  const numbered = icons.map((icon) => {
    const count = (counts.get(icon.set.name) ?? 0) + 1;
    counts.set(icon.set.name, count);
    return { style: count === 1 ? icon.set.name : `${icon.set.name}-${count}`, count, icon };
  });
  return numbered
    .filter(({ count }) => count <= MOST.ofOneSet)
    .sort((a, b) => a.count - b.count) // stable: in the order of the sets
    .slice(0, MOST.drawings);
}

/**
 * Icons by name: those of emoji (whose own split says whether they are shown), and of further concepts that at least two
 * independent sets draw. Of these, whatever is called like a held-out concept is left out (`leak-words.ts`).
 */
export async function iconSources(
  folder: string,
  emoji: readonly { readonly name: string }[],
): Promise<{ concepts: string[]; sources: PictureSource[]; counts: IconCounts }> {
  const keyOf = (name: string): string => [...new Set(normalise(name))].sort().join(' ');
  const byKey = new Map(emoji.map(({ name }) => [keyOf(name), name]));
  const sources: PictureSource[] = [];
  const concepts: string[] = [];
  const drawn = new Set<string>();
  let [keys, leaked] = [0, 0];
  for (const [key, icons] of await iconsByKey(folder)) {
    const independent = new Set(icons.map(({ set }) => set.family)).size;
    const alias = ICON_ALIASES[key];
    const name = byKey.get(key) ?? (alias === undefined ? undefined : byKey.get(keyOf(alias)));
    if (name === undefined) {
      if (independent < 2) continue;
      keys++;
      if (leaks(key.split(' '))) {
        leaked++;
        continue;
      }
      concepts.push(key);
    }
    const shown = name ?? key;
    if (drawn.has(shown)) continue; // an alias of what has its drawings already
    drawn.add(shown);
    for (const { style, icon } of choose(icons))
      sources.push({
        key: pictureKey(shown, style),
        kind: icon.set.colour ? 'colour' : 'monochrome',
        source: icon.svg,
      });
  }
  const counts = {
    keys,
    leaked,
    concepts: concepts.length,
    emoji: drawn.size - concepts.length,
    pictures: sources.length,
  };
  return { concepts, sources, counts };
}
