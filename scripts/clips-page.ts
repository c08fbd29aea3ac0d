// Writes docs/clips.md, its Korean page and their figure from docs/clips.json, the rows of
// `npm run evaluate -- --clips --n 300 --json docs/clips.json`.
//
//     npm run clips

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from '../src/flamingo.ts';
import { series } from '../src/inspect/figures/theme.ts';
import type { ClipControl, ClipRow } from '../src/training/clips/evaluate-clips.ts';
import { MOTION_NAMES, MOTIONS } from '../src/training/clips/motions.ts';
import type { SceneTask } from '../src/training/clips/questions.ts';
import type { Row } from '../src/training/evaluation-rows.ts';
import { writeWhole } from '../src/training/files.ts';
import { readArguments } from './arguments.ts';
import { clipsText, type Lang } from './clips-text.ts';
import { gridLine, pageFigure, text } from './page-figure.ts';

readArguments(
  'npm run clips: writes docs/clips.md, its Korean page and their figure from docs/clips.json, the rows of `npm run evaluate -- --clips --json docs/clips.json`.',
  {},
);

interface Measured {
  readonly clips: readonly ClipRow[];
  readonly before: readonly Row[];
  readonly after: readonly Row[];
}

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const { clips, before, after } = JSON.parse(await readFile(`${docs}clips.json`, 'utf8')) as Measured;

const LANGS = ['en', 'ko'] as const;

/** What the weights answer to examples/clips, a line each. */
async function examples(): Promise<string> {
  const model = await load('video');
  const folder = fileURLToPath(new URL('../examples/clips/', import.meta.url));
  const lines: string[][] = [];
  for (const file of (await readdir(folder)).sort())
    for (const question of ['motion :', '움직임 :']) {
      const { text } = await model.answer({ sequence: [{ video: join(folder, file) }, { text: question }] });
      lines.push([file, `\`${question}\``, text]);
    }
  model.dispose();
  return grid(['examples/clips', '', ''], lines);
}

const CONTROLS: Readonly<Record<ClipControl, Readonly<Record<Lang, string>>>> = {
  'reversed frames': { en: 'reversed', ko: '거꾸로' },
  'shuffled frames': { en: 'shuffled', ko: '섞음' },
  'one frame': { en: 'one frame', ko: '프레임 하나' },
  '12 frames': { en: '12 frames', ko: '12장' },
  '16 frames': { en: '16 frames', ko: '16장' },
  mirrored: { en: 'mirrored', ko: '좌우를 바꿈' },
  'second turn': { en: 'second turn', ko: '둘째 차례' },
  'another picture': { en: 'another clip or picture', ko: '다른 것을 보임' },
  'text alone': { en: 'text alone', ko: '글만' },
  'gates 0': { en: 'gates 0', ko: '게이트 0' },
};

const TASKS: Readonly<Record<SceneTask, Readonly<Record<Lang, string>>>> = {
  motion: { en: 'what it does', ko: '어떻게 움직이는지' },
  name: { en: 'name of what moves', ko: '움직이는 것의 이름' },
  kind: { en: 'kind', ko: '종류' },
  count: { en: 'how many', ko: '몇 개인지' },
  colour: { en: 'which colour', ko: '무슨 색인지' },
  there: { en: 'is there one of a kind', ko: '그런 종류가 있는지' },
  left: { en: 'name on the left or right', ko: '왼쪽이나 오른쪽의 이름' },
  right: { en: 'name on the right', ko: '오른쪽의 이름' },
  leftKind: { en: 'kind on the left or right', ko: '왼쪽이나 오른쪽의 종류' },
  rightKind: { en: 'kind on the right', ko: '오른쪽의 종류' },
};

const LANGUAGE = { en: { en: 'English', ko: 'Korean' }, ko: { en: '영어', ko: '한국어' } } as const;
const SHOWN = {
  en: {
    seen: { seen: 'known things, known styles', held: 'known things, new style' },
    novel: { seen: '', held: 'new things, new style' },
  },
  ko: {
    seen: { seen: '배운 것, 배운 화풍', held: '배운 것, 처음 보는 화풍' },
    novel: { seen: '', held: '처음 보는 것, 처음 보는 화풍' },
  },
} as const;

const percent = (value: number): string => (100 * value).toFixed(0);
const share = ({ value, low, high }: Pick<ClipRow, 'value' | 'low' | 'high'>): string =>
  `${percent(value)} [${percent(low)}, ${percent(high)}]`;
const cell = (row: ClipRow | undefined): string => {
  if (!row) return '';
  return row.other === null ? share(row) : `${share(row)}; ${percent(row.other)}`;
};

const grid = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

const sameSpec = (a: ClipRow, b: ClipRow): boolean =>
  a.task === b.task && a.language === b.language && a.concepts === b.concepts && a.style === b.style;

function table(lang: Lang, wanted: (row: ClipRow) => boolean, controls: readonly ClipControl[]): string {
  const head = {
    en: ['asked', 'of', 'in English', 'in Korean', 'chance'],
    ko: ['질문', '대상', '영어로', '한국어로', '우연'],
  }[lang];
  const lines = clips
    .filter((row) => row.control === null && row.motion === null && row.language === 'en' && wanted(row))
    .map((row) => {
      const own = clips.filter((each) => each.motion === null && sameSpec(each, row));
      const korean = clips.find((each) => each.motion === null && sameSpec(each, { ...row, language: 'ko' }));
      return [
        TASKS[row.task][lang],
        SHOWN[lang][row.concepts][row.style],
        share(row),
        share(korean as ClipRow),
        row.chance < 0.01 ? (100 * row.chance).toFixed(1) : percent(row.chance),
        ...controls.map((control) => cell(own.find((each) => each.control === control))),
      ];
    });
  return grid([...head, ...controls.map((control) => CONTROLS[control][lang])], lines);
}

/** Of new things in the new style, asked in English. */
const held = (row: ClipRow): boolean => row.task === 'motion' && row.language === 'en' && row.concepts === 'novel';

function motions(lang: Lang): string {
  const head = { en: ['motion', 'right', 'reversed'], ko: ['움직임', '맞은 비율', '거꾸로'] }[lang];
  const lines = MOTION_NAMES.map((motion) => {
    const own = clips.filter((row) => held(row) && row.motion === motion);
    return [
      MOTIONS[motion][lang],
      ...[null, 'reversed frames'].map((control) => cell(own.find((row) => row.control === control))),
    ];
  });
  return grid(head, lines);
}

function kept(lang: Lang): string {
  const head = { en: ['', 'before', 'after', 'chance'], ko: ['', '배우기 전', '배운 뒤', '우연'] }[lang];
  const tasks = {
    naming: { en: 'name', ko: '이름' },
    kind: { en: 'kind', ko: '종류' },
    binding: { en: 'two new words, ranked', ko: '새 낱말 둘, 고르기' },
  } as const;
  const lines = after.map((row, i) => {
    const shots = row.shots > 0 ? [lang === 'en' ? `shots of each: ${row.shots}` : `예시 ${row.shots}개씩`] : [];
    const language = row.language ? [LANGUAGE[lang][row.language]] : [];
    const what = [
      tasks[row.task as keyof typeof tasks][lang],
      ...language,
      ...shots,
      SHOWN[lang][row.concepts as 'seen'][row.style as 'seen'],
    ];
    return [
      what.join(', '),
      share(before[i] as Row),
      share(row),
      row.chance < 0.01 ? (100 * row.chance).toFixed(1) : percent(row.chance),
    ];
  });
  return grid(head, lines);
}

/** Accuracy by control with intervals, for new things in the new style. */
function figure(lang: Lang): string {
  const controls = [
    null,
    '12 frames',
    '16 frames',
    'shuffled frames',
    'one frame',
    'reversed frames',
    'another picture',
    'text alone',
    'gates 0',
  ] as const;
  const rows = controls.map(
    (control) => clips.find((row) => held(row) && row.motion === null && row.control === control) as ClipRow,
  );
  const [left, top, width, step] = [150, 14, 380, 24];
  const x = (value: number): string => (left + width * value).toFixed(1);
  const bottom = top + step * rows.length;
  const asIs = { en: '8 frames', ko: '프레임 8장' }[lang];
  const [own, other] = [series(0).colour, series(1).colour];
  const lines = rows.flatMap((row, i) => {
    const y = top + step * (i + 0.5);
    const ring =
      row.other === null
        ? ''
        : `<circle cx="${x(row.other)}" cy="${y}" r="4" fill="none" stroke="${other}" stroke-width="1.5"/>`;
    return [
      text(left - 8, y + 4, row.control === null ? asIs : CONTROLS[row.control][lang], 'end'),
      `<path d="M${x(row.low)} ${y}H${x(row.high)}" stroke="${own}" stroke-width="2"/><circle cx="${x(row.value)}" cy="${y}" r="4" fill="${own}"/>${ring}`,
    ];
  });
  const axis = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    gridLine(`M${x(value)} ${top}V${bottom}`),
    text(x(value), bottom + 16, percent(value), 'middle'),
  ]);
  const chance = (rows[0] as ClipRow).chance;
  const words = {
    en: [
      'Right answers about motion by what is shown, percent',
      'right about the clip',
      'right about what is shown in its place',
      'chance',
    ],
    ko: ['무엇을 보였는지에 따른 움직임의 맞은 답, 백분율', '그 그림에 맞은 답', '대신 보인 것에 맞은 답', '우연'],
  }[lang] as [string, string, string, string];
  const key = bottom + 38;
  return pageFigure({ width: 640, height: key + 12, title: words[0] }, [
    ...axis,
    `<path d="M${x(chance)} ${top}V${bottom}" stroke="currentColor" stroke-dasharray="3 3"/>`,
    text(x(chance), bottom + 28, words[3], 'middle'),
    ...lines,
    `<circle cx="${left + 80}" cy="${key}" r="4" fill="${own}"/>${text(left + 90, key + 4, words[1], 'start')}`,
    `<circle cx="${left + 210}" cy="${key}" r="4" fill="none" stroke="${other}" stroke-width="1.5"/>${text(left + 220, key + 4, words[2], 'start')}`,
  ]);
}

const FRAME_CONTROLS: readonly ClipControl[] = [
  'reversed frames',
  'shuffled frames',
  'one frame',
  '12 frames',
  '16 frames',
];
const BLIND_CONTROLS: readonly ClipControl[] = ['another picture', 'text alone', 'gates 0'];

const answered = await examples();
for (const lang of LANGS) {
  const parts = {
    n: (clips[0] as ClipRow).n,
    examples: answered,
    motion: table(lang, ({ task }) => task === 'motion', [...FRAME_CONTROLS, ...BLIND_CONTROLS]),
    motions: motions(lang),
    scenes: table(lang, ({ task }) => task !== 'motion', ['second turn', 'mirrored', ...BLIND_CONTROLS]),
    kept: kept(lang),
  };
  await writeWhole(`${docs}clips${lang === 'ko' ? '.ko' : ''}.md`, clipsText(lang, parts));
  await writeWhole(`${docs}clips.${lang}.svg`, figure(lang));
}
