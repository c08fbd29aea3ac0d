import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { asResourceError } from '../../files/location.ts';
import { checkFolder } from '../../files/write-file.ts';
import type { Told } from '../report.ts';
import { Interrupted } from '../stage.ts';
import { CATEGORY_BY_SUBGROUP, DROPPED, KOREAN_NAMES, NAMES, NOT_DEMO } from './categories.ts';
import { type Concept, loadConcepts, loadOtherEmoji } from './concepts.ts';
import type { IconCounts, PictureSource } from './icon-files.ts';
import { ICON_ALIASES } from './icon-names.ts';
import { LEAK_WORDS } from './leak-words.ts';
import { DATA_PACKAGES, ensureData } from './packages.ts';
import { readPictureFile, writePictureFile } from './picture-file.ts';
import { decodePictures, listPictures } from './picture-files.ts';
import { keepColour, keepMonochrome, PICTURE_SIZE, Pictures, type SharedPictures, sameDrawing } from './pictures.ts';
import { pictureKey, STYLES } from './styles.ts';

/** What the packages hold for training and evaluation, whatever the split. */
export interface Bank {
  /** Concepts with a name in both languages, with or without pictures. */
  readonly concepts: readonly Concept[];
  /** Names of emoji beside the concepts, and of what only icons show. */
  readonly otherEmoji: readonly string[];
  readonly iconConcepts: readonly string[];
  readonly icons: IconCounts;
  readonly pictures: Pictures;
}

type Content = Omit<Bank, 'pictures'> & Omit<SharedPictures, 'memory'>;

/** Counts up with every change of what is drawn or how it is kept. */
const FORMAT = 3;
const PIXELS: number = PICTURE_SIZE * PICTURE_SIZE;

/** Older drawings are kept where they differ from today's. */
const OLDER: Readonly<Record<string, string>> = { noto2017: 'noto', twemoji2017: 'twemoji' };

/** The bank's file in the data folder: its name holds a hash of all it is made from. */
export function bankFile(folder: string): string {
  const patterns = DROPPED.map(String);
  const inputs = [
    ...[FORMAT, PICTURE_SIZE, STYLES, LEAK_WORDS, ICON_ALIASES, patterns, [...NOT_DEMO]],
    ...[NAMES, KOREAN_NAMES, CATEGORY_BY_SUBGROUP],
    DATA_PACKAGES.map(({ folder: alias, name, version }) => [alias, name, version]),
  ];
  const hash = createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
  return join(folder, `pictures-${hash}.bin`);
}

/**
 * Reads the bank's file in `folder`; that is all it takes, so the file alone can be carried to another machine. Where it is
 * missing, installs the packages, decodes their pictures (a minute on two cores) and writes it.
 * @throws TrainingError if the file is damaged; Interrupted when it is told to stop before the last picture is decoded
 */
export async function loadBank(
  folder: string,
  say: (line: Told) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Bank> {
  const path = bankFile(folder);
  const found = await readPictureFile<Content>(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error.code === undefined ? error : asResourceError(path, error);
  });
  if (found) return openBank(found.content, found.body);
  await checkFolder(folder);
  await ensureData(folder, say);
  const bank = await makeBank(folder, say, signal);
  const { pictures, ...content } = bank;
  const { colour, monochrome, memory } = pictures.share();
  say({ en: 'packing the pictures, once', ko: '그림을 한 번만 묶어 둬요' });
  await writePictureFile<Content>(
    path,
    { ...content, colour, monochrome },
    pack(new Uint8Array(memory), colour.length),
  );
  return bank;
}

/** Decodes every picture of the installed packages. */
async function makeBank(folder: string, say: (line: Told) => void, signal?: AbortSignal): Promise<Bank> {
  const concepts = await loadConcepts(folder);
  const otherEmoji = await loadOtherEmoji(folder, concepts);
  const { sources, iconConcepts, icons } = await listPictures(folder, concepts, otherEmoji);
  say({
    en:
      `decoding ${sources.length} pictures, once: ${concepts.length} concepts, ${otherEmoji.length} other emoji, ` +
      `${icons.concepts} concepts of icons (${icons.leaked} more left out: their names tell of what is held out)`,
    ko:
      `그림 ${sources.length}장을 한 번만 읽어 둬요: 개념 ${concepts.length}개, 다른 이모지 ${otherEmoji.length}개, ` +
      `아이콘의 개념 ${icons.concepts}개 (감춰 둔 것을 드러내는 이름의 아이콘 ${icons.leaked}개는 빼요)`,
  });
  const pictures = await decodeAll(folder, sources, say, signal);
  return { concepts, otherEmoji: otherEmoji.map(({ name }) => name), iconConcepts, icons, pictures };
}

async function decodeAll(
  folder: string,
  sources: readonly PictureSource[],
  say: (line: Told) => void,
  signal?: AbortSignal,
): Promise<Pictures> {
  const colour = new Map<string, Uint8Array>();
  const monochrome = new Map<string, Uint8Array>();
  const tenth = Math.ceil(sources.length / 10);
  let said = 0;
  const keep = (rgba: Uint8Array, { key, kind }: PictureSource): void => {
    if (kind === 'colour') {
      colour.set(key, keepColour(rgba));
      return;
    }
    const drawing = keepMonochrome(rgba);
    if (drawing.some((byte) => byte > 3)) monochrome.set(key, drawing); // an icon can be empty
  };
  await decodePictures(folder, sources, PICTURE_SIZE, keep, (done) => {
    if (signal?.aborted)
      throw new Interrupted('stopped before all pictures were decoded; the same command decodes them anew');
    if (done < (said + 1) * tenth && done < sources.length) return;
    said = Math.floor(done / tenth);
    say({ en: `  ${done} of ${sources.length} pictures`, ko: `  그림 ${sources.length}장 가운데 ${done}장` });
  });
  for (const [key, picture] of colour) {
    const [style = '', concept = ''] = [key.slice(0, key.indexOf('/')), key.slice(key.indexOf('/') + 1)];
    const today = colour.get(pictureKey(concept, OLDER[style] ?? ''));
    if (today && sameDrawing(picture, today)) colour.delete(key);
  }
  return Pictures.from(colour, monochrome);
}

/** Coloured pictures plane by plane at 6 bits a channel, then the others as they are: half of the compressed size. */
function pack(bytes: Uint8Array, colour: number): Uint8Array {
  const packed = Uint8Array.from(bytes);
  eachColour(colour, (from, to) => {
    packed[to] = (bytes[from] as number) >> 2;
  });
  return packed;
}

function openBank({ colour, monochrome, ...content }: Content, body: Uint8Array): Bank {
  const memory = new SharedArrayBuffer(body.length);
  const bytes = new Uint8Array(memory);
  bytes.set(body);
  eachColour(colour.length, (to, from) => {
    const value = body[from] as number;
    bytes[to] = (value << 2) | (value >> 4);
  });
  return { ...content, pictures: Pictures.openShared({ colour, monochrome, memory }) };
}

/** Places of every channel of `count` coloured pictures: interleaved, and in planes. */
function eachColour(count: number, visit: (interleaved: number, planar: number) => void): void {
  for (let start = 0; start < count * 4 * PIXELS; start += 4 * PIXELS)
    for (let i = 0; i < PIXELS; i++) for (let c = 0; c < 4; c++) visit(start + 4 * i + c, start + c * PIXELS + i);
}
