import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright-core';
import { load } from '../src/flamingo.ts';
import { readKnowledge } from '../src/zoo/open/knowledge.ts';
import { findChromium } from '../test/support/chromium.ts';
import { readArguments, refuse } from './arguments.ts';

const USAGE = `What the shipped model says of twenty everyday emoji, drawn by a browser with the machine's own emoji font:

    npm run twenty-emoji -- [en|ko]

Prints a table in Markdown: the emoji, its name, what training had shown, the likeliest answer and how sure of it the
model is. Ten are of what training showed, in this very style of drawing; five it was kept from, and five were never
among the things that it was to learn.`;

const EMOJI: readonly (readonly [emoji: string, name: string])[] = [
  ...([
    ['🐶', 'dog'],
    ['🐱', 'cat'],
    ['🐼', 'panda'],
    ['🌹', 'rose'],
    ['🍌', 'banana'],
  ] as const),
  ...([
    ['🍕', 'pizza'],
    ['🚗', 'car'],
    ['✈️', 'airplane'],
    ['⚽', 'soccer ball'],
    ['☀️', 'sun'],
  ] as const),
  ...([
    ['🦩', 'flamingo'],
    ['🐜', 'ant'],
    ['🌷', 'tulip'],
    ['🎺', 'trumpet'],
    ['🎸', 'guitar'],
  ] as const),
  ...([
    ['❤️', 'heart'],
    ['😀', 'smiling face'],
    ['🔑', 'key'],
    ['📚', 'books'],
    ['⏰', 'alarm clock'],
  ] as const),
];
const KOREAN_OF_UNTAUGHT: Readonly<Record<string, string>> = {
  heart: '하트',
  'smiling face': '웃는 얼굴',
  key: '열쇠',
  books: '책',
  'alarm clock': '자명종',
};

const FONT = 'Noto Color Emoji';
const SIZE = 256;
const LOW = 0.5;

const TEXTS = {
  en: {
    columns: ['', 'name', 'in training', 'answer', 'confidence', ''],
    uses: { seen: 'shown', novel: 'held out', development: 'held out', excluded: 'left out', none: 'never a thing' },
    marks: ['right', 'wrong, and sure', 'wrong, low confidence'],
    question: 'name :',
    font: (version: string) => `${FONT} ${version}`,
  },
  ko: {
    columns: ['', '이름', '학습에서', '답', '확신', ''],
    uses: { seen: '보여 줌', novel: '따로 뺌', development: '따로 뺌', excluded: '함께 뺌', none: '배울 것에 없음' },
    marks: ['맞음', '틀렸는데 확신함', '틀림, 확신 낮음'],
    question: '이름 :',
    font: (version: string) => `${FONT} ${version}`,
  },
} as const;

/** Of the font that the machine has. @throws Error when it has none */
function fontVersion(): string {
  const { stdout } = spawnSync('fc-query', ['-f', '%{fontversion}\n', fontFile()], { encoding: 'utf8' });
  const fixed = Number(stdout.trim().split('\n')[0]); // 16.16, as in the font's head table
  return Number.isFinite(fixed) && fixed > 0 ? (fixed / 65536).toFixed(3) : '?';
}

function fontFile(): string {
  const { stdout, error } = spawnSync('fc-match', ['-f', '%{family}\t%{file}', FONT], { encoding: 'utf8' });
  const [family, file] = (stdout ?? '').split('\t');
  if (error || !family?.includes(FONT) || !file)
    throw new Error(`the font '${FONT}' is not installed (on Debian: apt-get install fonts-noto-color-emoji)`);
  return file;
}

/** Each emoji as a PNG, black on white where the font has no colours. */
async function pictures(): Promise<Buffer[]> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('no Chromium was found; CHROMIUM may name one');
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: SIZE, height: SIZE } });
    const drawn: Buffer[] = [];
    for (const [emoji] of EMOJI) {
      const style = `margin:0;width:${SIZE}px;height:${SIZE}px;display:grid;place-items:center;background:#fff`;
      await page.setContent(
        `<body style="${style}"><span style="font:${0.75 * SIZE}px/1 '${FONT}'">${emoji}</span></body>`,
      );
      drawn.push(await page.screenshot());
    }
    return drawn;
  } finally {
    await browser.close();
  }
}

const { positionals } = readArguments(USAGE, { allowPositionals: true });
const [asked = 'en', ...others] = positionals;
const lang = (['en', 'ko'] as const).find((each) => each === asked && others.length === 0);
if (lang === undefined) refuse(`'${positionals.join(' ')}' is given; expected en or ko`);
const text = TEXTS[lang];
const weights = new URL('../weights/', import.meta.url);
const knowledge = await readKnowledge(weights);
const split = JSON.parse(await readFile(new URL('splits.json', weights), 'utf8')) as Record<string, readonly string[]>;
const use = (name: string): keyof typeof text.uses =>
  (['seen', 'novel', 'development', 'excluded'] as const).find((each) => split[each]?.includes(name)) ?? 'none';
const called = (name: string): string =>
  lang === 'en'
    ? name
    : (knowledge?.things.find((thing) => thing.name === name)?.korean ?? KOREAN_OF_UNTAUGHT[name] ?? name);

const version = fontVersion();
const drawn = await pictures();
const model = await load();
const rows: string[][] = [];
for (const [i, [emoji, name]] of EMOJI.entries()) {
  const prompt = { sequence: [{ image: drawn[i] as Buffer }, { text: text.question }] };
  const { text: said, likely } = await model.answer(prompt, { likely: 20 });
  const found = likely?.find((one) => one.text === said)?.probability;
  const least = likely?.at(-1)?.probability ?? 0;
  const sure = found ?? 0;
  const percent = `${found === undefined ? '< ' : ''}${(100 * (found ?? least)).toFixed(1)}%`;
  const mark = text.marks[said === called(name) ? 0 : sure >= LOW ? 1 : 2];
  rows.push([emoji, called(name), text.uses[use(name)], said, percent, mark]);
}
model.dispose();
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
console.log([line(text.columns), '|---|---|---|---|---:|---|', ...rows.map(line)].join('\n'));
const counts = text.marks.map((mark) => `${mark} ${rows.filter((row) => row[5] === mark).length}`);
console.log(`\n${new Date().toISOString().slice(0, 10)}, ${text.font(version)}: ${counts.join(', ')}`);
