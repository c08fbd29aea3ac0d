import { fileURLToPath } from 'node:url';
import { writeFileWhole } from '../src/files/write-file.ts';
import { type CorpusFile, outcomeOf, readCorpus } from '../test/support/picture-corpus.ts';
import { EXCEPTIONS, LARGEST_ELSEWHERE, type PictureException } from '../test/support/picture-exceptions.ts';
import { readArguments } from './arguments.ts';

export type Language = 'en' | 'ko';

const FORMATS: Readonly<Record<string, string>> = {
  jpg: 'JPEG',
  png: 'PNG',
  gif: 'GIF',
  bmp: 'BMP',
  tif: 'TIFF',
  webp: 'WebP',
  avif: 'AVIF',
};

interface Words {
  readonly title: string;
  readonly other: string;
  readonly intro: (files: number) => string;
  readonly columns: readonly string[];
  readonly exact: string;
  readonly within: (tolerance: number) => string;
  readonly mean: (tolerance: number) => string;
  readonly refused: (why: string) => string;
  readonly outro: string;
  readonly exceptions: string;
  readonly exceptionColumns: readonly string[];
  readonly where: Readonly<Record<PictureException['where'], string>>;
}

const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    title: '# Pictures',
    other: '[한국어](pictures.ko.md)',
    intro: (
      files,
    ) => `A picture is read as Pillow reads it, or it is refused by what its header says. The tables list what happens to each of
${files} small files that other encoders wrote (\`scripts/pictures/corpus.py\`). They are made by \`npm run pictures\`, and a test
holds every line. Pixels are compared as RGBA with straight alpha and the orientation applied; differences are of 255.`,
    columns: ['layout', 'encoder', 'what happens'],
    exact: 'read, the same pixels',
    within: (tolerance) => `read, every value within ${tolerance}`,
    mean: (tolerance) => `read, within ${tolerance} on average`,
    refused: (why) => `refused: "${why}"`,
    outro: `An animated GIF, PNG or WebP gives its first frame, or all of them where frames are asked for (GIF). HEIC and JPEG XL are refused with the advice
to convert the picture in a way that keeps its orientation. So are others that are known by how they
begin, each by its name. In a page, JPEG, WebP and AVIF are decoded by the browser,
and a test in Chromium reads the same files there. JPEG and WebP keep the bounds above (JPEG differs from Pillow by 0.3 on average);
of AVIF it differs in what the table below names. PNG, GIF, BMP and TIFF are read by this project's own code
everywhere. What a page has drawn (an ImageBitmap, a canvas) keeps what shows within 1; an image element gives the pixels of its file.`,
    exceptions: `## Where single values differ

These are all files of the corpus in which a value is further from Pillow's than ${LARGEST_ELSEWHERE} of 255. Lab is turned into sRGB by this
project's own code; the AVIFs are decoded otherwise by Chromium than by the decoder that Node has.`,
    exceptionColumns: ['layout', 'file', 'where', 'largest difference', 'mean'],
    where: { page: 'in a page', everywhere: 'everywhere' },
  },
  ko: {
    title: '# 그림 파일',
    other: '[English](pictures.md)',
    intro: (
      files,
    ) => `그림은 Pillow가 읽는 대로 읽거나, 헤더에 적힌 까닭을 들어 거절해요. 아래 표는 다른 인코더가 만든 작은 파일 ${files}개가 각각 어떻게
되는지 보여 줘요(\`scripts/pictures/corpus.py\`). 표는 \`npm run pictures\`가 쓰고, 테스트가 줄마다 확인해요. 픽셀은 방향을 적용한 뒤
알파를 곱하지 않은 RGBA로 견줘요. 차이는 255를 기준으로 적었어요.`,
    columns: ['구조', '인코더', '결과'],
    exact: '읽어요. 픽셀이 똑같아요',
    within: (tolerance) => `읽어요. 값마다 차이가 ${tolerance} 이하예요`,
    mean: (tolerance) => `읽어요. 평균 차이가 ${tolerance} 이하예요`,
    refused: (why) => `거절해요: "${why}"`,
    outro: `움직이는 GIF, PNG, WebP는 첫 프레임을 읽고, 프레임을 모두 달라고 하면 모두 줘요(GIF). HEIC와 JPEG XL은 거절하면서, 방향이 바뀌지 않게 바꾸는
방법을 알려 줘요. 첫머리로 알아볼 수 있는 다른 형식도 이름을 대며 거절해요. 브라우저에서는 JPEG, WebP, AVIF를 브라우저가 풀고,
Chromium에서 같은 파일들을 읽는 테스트가 있어요. JPEG와 WebP는 위의 범위를 지켜요(JPEG는 Pillow와 평균 0.3 달라요). AVIF는 아래 표에
적은 것이 달라요. PNG, GIF, BMP, TIFF는 어디서나 이 프로젝트의 코드가 읽어요. 웹 페이지가 그린 것(ImageBitmap, 캔버스)은 보이는 색이
1 안에서 같고, img 요소는 파일의 픽셀을 그대로 줘요.`,
    exceptions: `## 값 하나하나가 다른 곳

Pillow와 255 가운데 ${LARGEST_ELSEWHERE}보다 크게 다른 값이 있는 파일을 모두 적었어요. Lab은 이 프로젝트의 코드가 sRGB로 바꾸고, 여기 있는 AVIF는
Chromium이 Node의 디코더와 다르게 풀어요.`,
    exceptionColumns: ['구조', '파일', '어디서', '가장 큰 차이', '평균'],
    where: { page: '웹 페이지에서', everywhere: '어디서나' },
  },
};

function outcome({ tolerance }: CorpusFile, found: Awaited<ReturnType<typeof outcomeOf>>, words: Words): string {
  if (found !== 'read') return words.refused(found.refused);
  if (tolerance === 0) return words.exact;
  return tolerance <= 1 ? words.within(tolerance) : words.mean(tolerance);
}

/** docs/pictures.md or docs/pictures.ko.md. Every file of the corpus is read for it. */
export async function picturesPage(language: Language): Promise<string> {
  const words = WORDS[language];
  const corpus = readCorpus();
  const lines = [words.title, '', words.other, '', words.intro(corpus.length)];
  for (const [extension, format] of Object.entries(FORMATS)) {
    const rows = new Set<string>(); // several sizes or qualities of one layout give one row
    for (const file of corpus.filter(({ name }) => name.endsWith(`.${extension}`)))
      rows.add(`| ${file.layout} | ${file.by} | ${outcome(file, await outcomeOf(file), words)} |`);
    const rule = words.columns.map(() => '---').join(' | ');
    lines.push('', `## ${format}`, '', `| ${words.columns.join(' | ')} |`, `| ${rule} |`, ...rows);
  }
  lines.push('', words.outro, '', words.exceptions, '', ...exceptionRows(corpus, words));
  return `${lines.join('\n')}\n`;
}

function exceptionRows(corpus: readonly CorpusFile[], { exceptionColumns, where }: Words): string[] {
  const rows = Object.entries(EXCEPTIONS).map(([name, { largest, mean, ...exception }]) => {
    const layout = corpus.find((file) => file.name === name)?.layout;
    if (layout === undefined) throw new Error(`${name} is not in the corpus`);
    return `| ${layout} | \`${name}\` | ${where[exception.where]} | ${largest} | ${mean} |`;
  });
  return [`| ${exceptionColumns.join(' | ')} |`, `| ${exceptionColumns.map(() => '---').join(' | ')} |`, ...rows];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readArguments('npm run pictures: writes the tables of picture formats in docs/ from the tests.', {});
  const docs = new URL('../docs/', import.meta.url);
  await writeFileWhole(fileURLToPath(new URL('pictures.md', docs)), await picturesPage('en'));
  await writeFileWhole(fileURLToPath(new URL('pictures.ko.md', docs)), await picturesPage('ko'));
}
