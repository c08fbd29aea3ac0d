import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { makeFolder, writeFileWhole } from '../files/write-file.ts';
import { type AnswerWord, answerWords } from '../inspect/answer-words.ts';
import { greySquare, overlayPng, wordOverlays } from '../inspect/figures/index.ts';
import { fitted } from '../inspect/particles.ts';
import { type PatchMap, spreadOf } from '../inspect/patch-map.ts';
import { oneLine } from '../inspect/printable.ts';
import type { Picture } from '../model/image.ts';
import type { PicturePrompt, Prompt } from '../model/prompt.ts';
import { checkedPictures } from './answers.ts';
import { modelOptions, sayDevice, withModelOptions } from './ask.ts';
import { type Context, type ModelOptions, UsageError } from './context.ts';
import { DONE_OR_WRONG, type Help, helpText } from './help.ts';
import { type Language, sayIn } from './language.ts';
import { checkOutputFolder } from './output-file.ts';
import { progressBar } from './progress.ts';
import { withPromptOptions } from './prompt-options.ts';
import { percent, promptLines } from './render.ts';
import { wholeNumber } from './whole-number.ts';
import { WORDS } from './words.ts';

const HELP: Help = {
  about: {
    en: `For each word of the answer, and each picture that the model could see when it chose the word:
  NN-WORD-image-M-covered.png     what covering each square does to the word: orange squares spoke for it
  NN-WORD-image-M-attention.png   where it looked: word -> latents -> patches, a heuristic (attention rollout); blue got
                                  more than an even map would give it, orange less, and an even map stays pale
and all of them in attend.svg. Attention is not attribution: believe what covering changes.`,
    ko: `답의 낱말마다, 그 낱말을 고를 때 모델이 볼 수 있었던 그림마다:
  NN-낱말-image-M-covered.png     칸을 하나씩 가릴 때 낱말이 어떻게 되는지: 주황 칸이 그 낱말을 밀어 줬어요
  NN-낱말-image-M-attention.png   어디를 봤는지: 낱말 -> 잠재 벡터 -> 패치, 어림(attention rollout)이에요. 고른
                                  지도보다 더 본 칸은 파랑, 덜 본 칸은 주황, 고르면 옅어요
그리고 모두를 모은 attend.svg. 어텐션이 곧 원인은 아니에요. 가렸을 때 달라지는 값을 믿으세요.`,
  },
  examples: [
    'attend --image a.png --text "name :"',
    'attend --prompt prompt.json --out maps --layer 3',
    'attend --image a.png --text "name :" --json > maps.json',
  ],
  exits: DONE_OR_WRONG,
};

const FOLDER = 'attend';

interface AttendOptions extends ModelOptions {
  readonly prompt?: string;
  readonly out?: string;
  readonly layer?: number;
  readonly json?: boolean;
}

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const say = sayIn(lang);
  const command = program.command('attend');
  const prompts = withPromptOptions(command, lang);
  const where = say(
    `where to write (default: ${FOLDER}; nothing is written with --json unless it is given)`,
    `쓸 곳 (기본값: ${FOLDER}. --json이면 이 옵션을 줄 때만 써요)`,
  );
  const block = say('the block before this layer alone, not the mean of all', '모두의 평균 대신 이 층 앞의 블록만');
  command
    .option('--out <folder>', where)
    .addOption(new Option('--layer <number>', block).argParser(wholeNumber(0)))
    .option('--json', say('print the numbers as one JSON object', '수를 JSON 객체 하나로 써요'))
    .addHelpText('after', helpText(HELP, lang));
  withModelOptions(command, lang).action(async ({ prompt: file, json = false, out, layer, ...rest }: AttendOptions) => {
    const prompt = await prompts.read(file);
    if (!json || out !== undefined) await checkOutputFolder('--out', out ?? FOLDER);
    const model = await context.loadModel(modelOptions(rest));
    sayDevice(model, json, context);
    const loaded = await checkedPictures(prompt, model, context);
    const pictures = picturesOf(loaded);
    if (pictures.length === 0)
      throw new UsageError('there is no picture to look at: give --image', '볼 그림이 없어요. --image를 써 주세요');
    const bar = progressBar(TEXTS[lang].covering, 1, 1, lang);
    const found = await answerWords(model, loaded, (_, all) => bar.add(1 / all)).finally(() => bar.stop());
    const words = layer === undefined ? found : found.map((word) => ofLayer(word, layer));
    if (json) context.out(`${JSON.stringify({ words })}\n`);
    if (json && out === undefined) return;
    const squares = pictures.map((picture) => greySquare(picture, model.config.preprocessing));
    const files = words.length > 0 ? await write(out ?? FOLDER, words, squares, lang) : [];
    if (!json) context.out(`\n${lines(prompt, words, files, lang).map(oneLine).join('\n')}\n`);
  });
}

function picturesOf(prompt: PicturePrompt<Picture>): Picture[] {
  return prompt.sequence.flatMap((item) => ('image' in item ? [item.image] : []));
}

/** @throws UsageError when there is no block before that layer */
function ofLayer(word: AnswerWord, layer: number): AnswerWord {
  const block = word.map.blocks.find((one) => one.layer === layer);
  if (!block && word.map.blocks.length > 0) {
    const layers = word.map.blocks.map((one) => one.layer).join(', ');
    throw new UsageError(`--layer ${layer}: expected one of ${layers}`, `--layer ${layer}: 쓸 수 있는 층은 ${layers}`);
  }
  return { ...word, map: { ...word.map, images: block?.images ?? [] } };
}

/** @returns the files' names */
async function write(
  folder: string,
  words: readonly AnswerWord[],
  squares: readonly Picture[],
  lang: Language,
): Promise<string[]> {
  await makeFolder(folder);
  const files: string[] = [];
  const save = async (name: string, content: Uint8Array | string): Promise<void> => {
    await writeFileWhole(join(folder, name), content);
    files.push(join(folder, name));
  };
  for (const [i, { text, map, occlusions }] of words.entries()) {
    const stem = `${String(i).padStart(2, '0')}-${nameOf(text)}`;
    for (const [j, { image, rows, columns, patches }] of map.images.entries()) {
      const square = squares[image] as Picture;
      const { fromEven } = spreadOf(patches);
      const attention = { rows, columns, values: fromEven };
      await save(`${stem}-image-${image}-attention.png`, await overlayPng(square, attention, evenScale(fromEven)));
      const covered = occlusions[j];
      if (!covered) continue;
      const grid = { rows: covered.rows, columns: covered.columns, values: covered.changes };
      await save(`${stem}-image-${image}-covered.png`, await overlayPng(square, grid));
    }
  }
  await save('attend.svg', await wordOverlays(words, squares, { lang }));
  return files;
}

/** A word as a part of a file's name, which takes 255 bytes at most. */
export const nameOf = (word: string): string =>
  Array.from(word.replace(/[^\p{L}\p{N}]+/gu, '_'))
    .slice(0, 40)
    .join('');

/** Full colour is as far from even as the furthest patch, and never less than once the mean. */
const evenScale = (fromEven: readonly number[]): number => Math.max(1, ...fromEven.map(Math.abs));

function lines(prompt: Prompt, words: readonly AnswerWord[], files: readonly string[], lang: Language): string[] {
  const say = TEXTS[lang];
  if (words.length === 0) return [...promptLines(prompt), '', say.noWord];
  return [
    ...promptLines(prompt),
    '',
    ...words.flatMap(({ text, map, occlusions }) => [
      text || WORDS[lang].nothing,
      ...map.images.map((image, i) => {
        const covered = occlusions[i];
        const cause = covered ? [strongest(covered, say)] : [];
        return `  ${say.image(image.image)}: ${[...cause, looked(image, say)].join('; ')}`;
      }),
      ...(map.images.length === 0 ? [`  ${say.noImage}`] : []),
    ]),
    '',
    ...files,
    say.warning,
  ];
}

/** What attention looks at most, or that it looks at nothing in particular. */
function looked({ patches, columns }: PatchMap, say: Texts): string {
  const { even, least, most } = spreadOf(patches);
  if (even) return say.even(percent(least), percent(most));
  return say.looks(place(patches.indexOf(most), columns, say), percent(most));
}

function strongest(
  { changes, columns }: { readonly changes: readonly number[]; readonly columns: number },
  say: Texts,
): string {
  const least = Math.min(...changes);
  return say.covered(place(changes.indexOf(least), columns, say), least.toFixed(2));
}

const place = (cell: number, columns: number, say: Texts): string =>
  say.place(Math.floor(cell / columns), cell % columns);

const EN = {
  covering: 'covering squares',
  noWord: 'The model answers nothing: there is no word to follow.',
  image: (index: number) => `image ${index}`,
  noImage: 'sees no image',
  covered: (where: string, change: string) => `covering ${where} changes its log p by ${change}`,
  looks: (where: string, share: string) => `attention looks most at ${where} (${share})`,
  even: (least: string, most: string) => `attention is nearly even over the picture (${least} to ${most} a patch)`,
  place: (row: number, column: number) => `row ${row}, column ${column}`,
  warning: 'Attention is not attribution: believe what covering changes.',
};

type Texts = typeof EN;

const KO: Texts = {
  covering: '칸을 가리는 중',
  noWord: '모델이 아무 말도 하지 않아서 따라갈 낱말이 없어요.',
  image: (index) => `${index}번 그림`,
  noImage: '보는 그림이 없어요',
  covered: (where, change) => fitted`${where}을 가리면 log p가 ${change}만큼 달라져요`,
  looks: (where, share) => fitted`어텐션은 ${where}을 가장 많이 봐요 (${share})`,
  even: (least, most) => `어텐션은 그림 전체에 거의 고르게 퍼져 있어요 (패치마다 ${least}~${most})`,
  place: (row, column) => `${row}행 ${column}열`,
  warning: '어텐션이 곧 원인은 아니에요. 가렸을 때 달라지는 값을 믿으세요.',
};

const TEXTS: Readonly<Record<Language, Texts>> = { en: EN, ko: KO };
