// Writes docs/few-shot.md, its Korean page and their figures from docs/few-shot.json and docs/few-shot-clips.json, the rows of
// `npm run evaluate -- --shots --json docs/few-shot.json` and of the same with --clips.
//
//     npm run few-shot

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { series } from '../src/inspect/figures/theme.ts';
import type { ShotRow } from '../src/training/clips/shots.ts';
import type { Row } from '../src/training/evaluation-rows.ts';
import { writeWhole } from '../src/training/files.ts';
import { readArguments } from './arguments.ts';
import { gridLine, pageFigure, text } from './page-figure.ts';

type Lang = 'en' | 'ko';

readArguments(
  'npm run few-shot: writes docs/few-shot.md, its Korean page and their figures from docs/few-shot.json, the rows of `npm run evaluate -- --shots --json docs/few-shot.json`, and from docs/few-shot-clips.json, those of the same with --clips.',
  {},
);
const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(`${docs}${file}`, 'utf8'));
const measured = (await read('few-shot.json')) as Row[];
const ofClips = (await read('few-shot-clips.json')) as ShotRow[];

/** All shots of a prompt: binding has as many for each word. */
const rows = measured.map((row) => ({ ...row, shots: row.shots * (row.ways || 1) }));

type Point = Pick<Row, 'shots' | 'value' | 'low' | 'high'>;

interface Stroke {
  readonly colour: string;
  readonly dash: string;
}

const MEASURES = ['ranked', 'written', 'RICES, ranked', 'RICES, written', 'labels shuffled', 'no pictures'] as const;

/** How the curves of the first task are drawn, whole, and those of the other, dashed: by what is measured. */
const strokesOf =
  (first: boolean) =>
  (measure: (typeof MEASURES)[number]): Stroke => ({
    colour: series(MEASURES.indexOf(measure)).colour,
    dash: first ? 'none' : '5 3',
  });

/** A line of a table, a curve of a figure. */
interface Series<T extends Point> {
  readonly en: string;
  readonly ko: string;
  readonly stroke: Stroke;
  readonly is: (row: T) => boolean;
}

/** What a page's table and figure show. */
interface Curves<T extends Point> {
  readonly rows: readonly T[];
  readonly series: readonly Series<T>[];
}

const SERIES: readonly Series<Row>[] = (['induction', 'binding'] as const).flatMap((task) => {
  const of = (row: Row): boolean => row.task === task;
  const [en, ko] = task === 'binding' ? ['binding', '묶기'] : ['induction', '귀납'];
  const plain = (row: Row): boolean => of(row) && row.control === null && !row.support;
  const stroke = strokesOf(task === 'induction');
  return [
    {
      en: `${en}, ranked`,
      ko: `${ko}, 순위`,
      stroke: stroke('ranked'),
      is: (row: Row) => plain(row) && row.measure === 'rank',
    },
    {
      en: `${en}, written`,
      ko: `${ko}, 쓰기`,
      stroke: stroke('written'),
      is: (row: Row) => plain(row) && row.measure === 'greedy',
    },
    ...(task === 'induction'
      ? [
          {
            en: `${en}, RICES, ranked`,
            ko: `${ko}, RICES, 순위`,
            stroke: stroke('RICES, ranked'),
            is: (row: Row) => of(row) && !!row.support && row.measure === 'rank',
          },
          {
            en: `${en}, RICES, written`,
            ko: `${ko}, RICES, 쓰기`,
            stroke: stroke('RICES, written'),
            is: (row: Row) => of(row) && !!row.support && row.measure === 'greedy',
          },
        ]
      : []),
    {
      en: `${en}, labels shuffled, ranked`,
      ko: `${ko}, 이름표 섞기, 순위`,
      stroke: stroke('labels shuffled'),
      is: (row: Row) => of(row) && row.control === 'shuffled labels',
    },
    {
      en: `${en}, no pictures, ranked`,
      ko: `${ko}, 그림 없이, 순위`,
      stroke: stroke('no pictures'),
      is: (row: Row) => of(row) && row.control === 'zero features',
    },
  ];
});

const SHOTS = [...new Set(rows.map(({ shots }) => shots))].sort((a, b) => a - b);

const WRITTEN = {
  clip: { en: 'motion', ko: '움직임' },
  scene: { en: 'colour', ko: '색' },
} as const;

const seriesOfClips = (about: ShotRow['about']): readonly Series<ShotRow>[] =>
  [true, false].flatMap((written): Series<ShotRow>[] => {
    const [en, ko] = [
      `${WRITTEN[about].en}${written ? '' : ', no question'}`,
      `${WRITTEN[about].ko}${written ? '' : ', 질문 없이'}`,
    ];
    const of = (row: ShotRow): boolean => row.about === about && row.written === written;
    const plain = (rices: boolean, measure: ShotRow['measure']) => (row: ShotRow) =>
      of(row) && row.control === null && row.rices === rices && row.measure === measure;
    const control = (name: ShotRow['control']) => (row: ShotRow) => of(row) && row.control === name;
    const stroke = strokesOf(written);
    return [
      { en: `${en}, ranked`, ko: `${ko}, 순위`, stroke: stroke('ranked'), is: plain(false, 'rank') },
      { en: `${en}, written`, ko: `${ko}, 쓰기`, stroke: stroke('written'), is: plain(false, 'greedy') },
      {
        en: `${en}, RICES, ranked`,
        ko: `${ko}, RICES, 순위`,
        stroke: stroke('RICES, ranked'),
        is: plain(true, 'rank'),
      },
      {
        en: `${en}, RICES, written`,
        ko: `${ko}, RICES, 쓰기`,
        stroke: stroke('RICES, written'),
        is: plain(true, 'greedy'),
      },
      {
        en: `${en}, labels shuffled, ranked`,
        ko: `${ko}, 이름표 섞기, 순위`,
        stroke: stroke('labels shuffled'),
        is: control('shuffled labels'),
      },
      {
        en: `${en}, no pictures, ranked`,
        ko: `${ko}, 그림 없이, 순위`,
        stroke: stroke('no pictures'),
        is: control('text alone'),
      },
    ];
  });

const STILL: Curves<Row> = { rows, series: SERIES };
const MOVING = { rows: ofClips, series: [...seriesOfClips('clip'), ...seriesOfClips('scene')] };
const FIGURES: Readonly<Record<string, (lang: Lang) => string>> = {
  'few-shot': (lang) => figure(STILL, lang),
  'few-shot-clips': (lang) => figure({ rows: ofClips, series: seriesOfClips('clip') }, lang),
  'few-shot-scenes': (lang) => figure({ rows: ofClips, series: seriesOfClips('scene') }, lang),
};

function table<T extends Point>({ rows, series }: Curves<T>, lang: Lang): string {
  const cell = (row: T | undefined): string =>
    row ? `${(100 * row.value).toFixed(0)} [${(100 * row.low).toFixed(0)}, ${(100 * row.high).toFixed(0)}]` : '';
  const lines = series.map((each) => {
    const own = rows.filter(each.is);
    return `| ${[each[lang], ...SHOTS.map((shots) => cell(own.find((row) => row.shots === shots)))].join(' | ')} |`;
  });
  const head = [lang === 'en' ? 'shots' : '예시', ...SHOTS.map(String)];
  return [`| ${head.join(' | ')} |`, `|---|${SHOTS.map(() => '---:').join('|')}|`, ...lines].join('\n');
}

/** The curves with their intervals, on the same places as the table's columns. */
function figure<T extends Point>({ rows, series: curvesOf }: Curves<T>, lang: Lang): string {
  const [left, top, width, height] = [44, 16, 360, 220];
  const x = (shots: number): number => left + (width * SHOTS.indexOf(shots)) / (SHOTS.length - 1);
  const y = (value: number): number => top + height * (1 - value);
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    gridLine(`M${left} ${y(value)}h${width}`),
    text(left - 6, y(value) + 4, String(100 * value), 'end'),
  ]);
  const curves = curvesOf.flatMap((each, i) => {
    const own = rows.filter(each.is).sort((a, b) => a.shots - b.shots);
    const { colour, dash } = each.stroke;
    const path = own
      .map((row, at) => `${at === 0 ? 'M' : 'L'}${x(row.shots).toFixed(1)} ${y(row.value).toFixed(1)}`)
      .join('');
    const bars = own.map(
      (row) =>
        `<path d="M${x(row.shots).toFixed(1)} ${y(row.low).toFixed(1)}V${y(row.high).toFixed(1)}" stroke="${colour}" opacity="0.4"/>`,
    );
    const row = top + 10 + 22 * i;
    return [
      `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"/>`,
      ...bars,
      ...own.map(
        (point) =>
          `<circle cx="${x(point.shots).toFixed(1)}" cy="${y(point.value).toFixed(1)}" r="3" fill="${colour}"/>`,
      ),
      `<path d="M${left + width + 24} ${row}h18" stroke="${colour}" stroke-width="3" stroke-dasharray="${dash}"/>`,
      text(left + width + 48, row + 4, each[lang], 'start'),
    ];
  });
  const axis = lang === 'en' ? 'shots' : '예시';
  const title = lang === 'en' ? 'Right answers, percent, by the number of shots' : '예시 수에 따른 맞은 답, 백분율';
  return pageFigure({ width: 720, height: 284, title }, [
    ...grid,
    ...SHOTS.map((shots) => text(x(shots), top + height + 18, String(shots), 'middle')),
    text(left + width / 2, top + height + 36, axis, 'middle'),
    ...curves,
  ]);
}

const n = rows[0]?.n;
const PAGES: Readonly<Record<Lang, string>> = {
  en: `# Few-shot curves

[한국어](few-shot.ko.md)

The paper's Figure 2, done small: what the shipped model answers with 0, 1, 2, 4 and 8 shots in its prompt. No weight changes. Percent of right
answers with 95% intervals, ${n} episodes a cell; \`npm run evaluate -- --shots\` computes them again.

![Right answers by the number of shots](few-shot.en.svg)

${table(STILL, 'en')}

- **Induction**: which of four questions is meant, the name or the kind in English or Korean, shows in the shots alone. The query is in the style that training
  never saw. Ranked, one of four answers is chosen: chance is 25.
- **Binding**: two made-up words for two things that the model was kept from, half of the shots for each. Ranked, chance is 50.
- **Ranked** takes the likeliest candidate, **written** is greedy generation, right where it is so letter for letter.
- **Labels shuffled** and **no pictures** are controls: what is right there was not read from the shots, or from the pictures.
- **RICES** (appendix A.2) takes the shots whose pictures look most like the query among ${rows.find(({ support }) => support)?.support}, the most similar last, by the
  vision encoder's mean patch token. The task is the same for all of them here, so that similar shots can tell the question no better than random ones.

Every word needs the same number of shots, so that binding begins at two. The curves say this: one shot tells the question, and more add nothing that ${n}
episodes could show; without pictures most of it is left, and false answers in the shots do not disturb it, because the answers alone tell the question. Binding rises
with the shots, by less than the intervals of so few episodes can show. It is at chance when labels are shuffled or pictures are gone; with eight shuffled shots it lies below, and we did not look for the reason. RICES and random shots do not differ here.

## Clips and scenes

The same with the weights \`video\` ([clips.md](clips.md)): how a clip moves, of twelve motions, and in which of five colours a scene is, in English, of
new things in the new style, ${ofClips[0]?.n} episodes a cell; \`npm run evaluate -- --clips --shots --n ${ofClips[0]?.n}\` computes them again. Ranked, chance is 8 and 20.

![Motions by the number of shots](few-shot-clips.en.svg)

![Colours by the number of shots](few-shot-scenes.en.svg)

${table(MOVING, 'en')}

- With the question (\`motion :\`, \`colour :\`) in every shot and at the end, the answer is as good without shots as after eight, and false labels do not
  disturb it: the model reads what it is asked and looks at the query, and the shots add nothing. Eight clips with their questions do not fit into its 96 positions.
- **No question** leaves it out everywhere, so that the shots alone tell what is asked. Motions stay at chance: these weights never learnt to take that from clips. Colours
  rise a little above it, and fall back to it when labels are shuffled among eight shots.
- **RICES** helps there: the likest scene often has the query's colour, and its label is repeated. Its features are the mean over all frames, which cannot tell left from right.
`,
  ko: `# 퓨샷 곡선

[English](few-shot.md)

논문의 그림 2를 작게 해 봤어요. 실린 모델이 프롬프트에 예시가 0, 1, 2, 4, 8개 있을 때 무엇을 답하는지예요. 가중치는 하나도 바뀌지 않아요. 맞은 답의
백분율과 95% 구간이고, 칸마다 에피소드 ${n}개예요. \`npm run evaluate -- --shots\`로 다시 계산할 수 있어요.

![예시 수에 따른 맞은 답](few-shot.ko.svg)

${table(STILL, 'ko')}

- **귀납**: 이름인지 종류인지, 영어인지 한국어인지, 네 질문 가운데 무엇을 묻는지가 예시에만 드러나요. 물어볼 그림은 학습에서 본 적 없는 화풍이에요. 순위로 재면
  네 답 가운데 하나를 고르니 우연은 25예요.
- **묶기**: 모델이 배우지 않은 두 사물에 지어낸 두 낱말을 묶고, 예시를 절반씩 보여 줘요. 순위로 재면 우연은 50이에요.
- **순위**는 가장 그럴듯한 후보를 골라요. **쓰기**는 탐욕 생성이고, 글자 하나까지 같아야 맞아요.
- **이름표 섞기**와 **그림 없이**는 대조군이에요. 거기서 맞은 것은 예시나 그림에서 읽은 것이 아니에요.
- **RICES**(부록 A.2)는 ${rows.find(({ support }) => support)?.support}장 가운데 물어볼 그림과 가장 닮은 그림을 예시로 쓰고, 가장 닮은 것을 마지막에 둬요. 닮음은 비전 인코더의 패치 토큰 평균으로 재요. 여기서는
  모두가 같은 과제라서, 닮은 예시가 아무 예시보다 질문을 더 잘 알려 줄 수는 없어요.

낱말마다 예시의 수가 같아야 해서 묶기는 둘부터 시작해요. 곡선이 말하는 것은 이래요. 예시 하나면 무엇을 묻는지 알고, 더 주어도 에피소드 ${n}개로 보일 만큼
나아지지 않아요. 그림이 없어도 대부분 남고, 예시의 답이 틀려도 흔들리지 않아요. 답만 봐도 질문을 알 수 있으니까요. 묶기는 예시가 늘수록
높아지지만 에피소드 수가 적어서 구간들이 겹쳐요. 이름표를 섞거나 그림을 빼면 우연으로 떨어져요. 섞은 예시 여덟 개에서는 우연보다 낮은데, 까닭은 살피지 않았어요. 여기서 RICES와 아무 예시는 다르지 않아요.

## 움직이는 그림과 장면

같은 것을 가중치 \`video\`로 재요([clips.ko.md](clips.ko.md)). 움직임은 열둘 가운데, 장면의 색은 다섯 가운데 무엇인지 영어로 묻고, 처음 보는 것을 처음 보는 화풍으로
보여 줘요. 칸마다 에피소드 ${ofClips[0]?.n}개이고, \`npm run evaluate -- --clips --shots --n ${ofClips[0]?.n}\`으로 다시 계산할 수 있어요. 순위의 우연은 8과 20이에요.

![예시 수에 따른 움직임의 맞은 답](few-shot-clips.ko.svg)

![예시 수에 따른 색의 맞은 답](few-shot-scenes.ko.svg)

${table(MOVING, 'ko')}

- 예시마다, 또 끝에 질문(\`motion :\`, \`colour :\`)을 쓰면 예시가 없을 때나 여덟 개일 때나 똑같이 맞히고, 이름표가 틀려도 흔들리지 않아요. 무엇을 묻는지 읽고 물어본 그림을 볼 뿐,
  예시가 보태는 것은 없어요. 움직이는 그림 여덟 개와 그 질문은 이 모델의 위치 96개에 들어가지 않아요.
- **질문 없이**는 질문을 모두 빼서 무엇을 묻는지 예시만 알려 줘요. 움직임은 우연에 머물러요. 이 가중치는 움직이는 그림에서 그것을 읽어 내는 법을 배우지 않았거든요. 색은 우연보다
  조금 높고, 예시 여덟 개의 이름표를 섞으면 우연으로 돌아가요.
- **RICES**는 여기서 도움이 돼요. 가장 닮은 장면은 물어본 장면과 색이 같을 때가 많고, 그 이름표를 따라 답하거든요. 특징은 모든 프레임의 평균이라 왼쪽과 오른쪽을 가리지 못해요.
`,
};

for (const lang of ['en', 'ko'] as const) {
  await writeWhole(`${docs}few-shot${lang === 'ko' ? '.ko' : ''}.md`, PAGES[lang]);
  for (const [name, draw] of Object.entries(FIGURES)) await writeWhole(`${docs}${name}.${lang}.svg`, draw(lang));
}
