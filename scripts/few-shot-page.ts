// Writes docs/few-shot.md, its Korean page and their figure from docs/few-shot.json, the rows of
// `npm run evaluate -- --shots --json docs/few-shot.json`.
//
//     npm run few-shot

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Row } from '../src/training/evaluation-rows.ts';
import { readArguments } from './arguments.ts';

type Lang = 'en' | 'ko';

readArguments(
  'npm run few-shot: writes docs/few-shot.md, its Korean page and their figure from docs/few-shot.json, the rows of `npm run evaluate -- --shots --json docs/few-shot.json`.',
  {},
);
const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const rows = JSON.parse(await readFile(`${docs}few-shot.json`, 'utf8')) as Row[];

const shotsOf = ({ shots, ways }: Row): number => shots * (ways || 1);

/** Lines of the table, by what they measure. */
const SERIES: readonly {
  readonly en: string;
  readonly ko: string;
  readonly colour: string;
  readonly is: (row: Row) => boolean;
}[] = (['induction', 'binding'] as const).flatMap((task) => {
  const of = (row: Row): boolean => row.task === task;
  const [en, ko] = task === 'binding' ? ['binding', '묶기'] : ['induction', '귀납'];
  const plain = (row: Row): boolean => of(row) && row.control === null && !row.support;
  return [
    {
      en: `${en}, ranked`,
      ko: `${ko}, 순위`,
      colour: task === 'binding' ? '#0072b2' : '#d55e00',
      is: (row: Row) => plain(row) && row.measure === 'rank',
    },
    {
      en: `${en}, written`,
      ko: `${ko}, 쓰기`,
      colour: task === 'binding' ? '#56b4e9' : '#e69f00',
      is: (row: Row) => plain(row) && row.measure === 'greedy',
    },
    ...(task === 'induction'
      ? [
          {
            en: `${en}, RICES, ranked`,
            ko: `${ko}, RICES, 순위`,
            colour: '#009e73',
            is: (row: Row) => of(row) && !!row.support && row.measure === 'rank',
          },
          {
            en: `${en}, RICES, written`,
            ko: `${ko}, RICES, 쓰기`,
            colour: '#7fbf9f',
            is: (row: Row) => of(row) && !!row.support && row.measure === 'greedy',
          },
        ]
      : [
          {
            en: `${en}, labels shuffled, ranked`,
            ko: `${ko}, 이름표 섞기, 순위`,
            colour: '#999999',
            is: (row: Row) => of(row) && row.control === 'shuffled labels',
          },
        ]),
    {
      en: `${en}, no pictures, ranked`,
      ko: `${ko}, 그림 없이, 순위`,
      colour: task === 'binding' ? '#555555' : '#aa4499',
      is: (row: Row) => of(row) && row.control === 'zero features',
    },
  ];
});

const SHOTS = [...new Set(rows.map(shotsOf))].sort((a, b) => a - b);

function table(lang: Lang): string {
  const cell = (row: Row | undefined): string =>
    row ? `${(100 * row.value).toFixed(0)} [${(100 * row.low).toFixed(0)}, ${(100 * row.high).toFixed(0)}]` : '';
  const lines = SERIES.map((series) => {
    const own = rows.filter(series.is);
    return `| ${[series[lang], ...SHOTS.map((shots) => cell(own.find((row) => shotsOf(row) === shots)))].join(' | ')} |`;
  });
  const head = [lang === 'en' ? 'shots' : '예시', ...SHOTS.map(String)];
  return [`| ${head.join(' | ')} |`, `|---|${SHOTS.map(() => '---:').join('|')}|`, ...lines].join('\n');
}

/** The curves with their intervals, on the same places as the table's columns. */
function figure(lang: Lang): string {
  const [left, top, width, height] = [44, 16, 360, 220];
  const x = (shots: number): number => left + (width * SHOTS.indexOf(shots)) / (SHOTS.length - 1);
  const y = (value: number): number => top + height * (1 - value);
  const text = (px: number, py: number, words: string, anchor = 'middle'): string =>
    `<text x="${px}" y="${py}" text-anchor="${anchor}" font-size="11" fill="#444">${words}</text>`;
  const grid = [0, 0.25, 0.5, 0.75, 1].flatMap((value) => [
    `<path d="M${left} ${y(value)}h${width}" stroke="#ddd"/>`,
    text(left - 6, y(value) + 4, String(100 * value), 'end'),
  ]);
  const curves = SERIES.flatMap((series, i) => {
    const own = rows.filter(series.is).sort((a, b) => shotsOf(a) - shotsOf(b));
    const path = own
      .map((row, at) => `${at === 0 ? 'M' : 'L'}${x(shotsOf(row)).toFixed(1)} ${y(row.value).toFixed(1)}`)
      .join('');
    const bars = own.map(
      (row) =>
        `<path d="M${x(shotsOf(row)).toFixed(1)} ${y(row.low).toFixed(1)}V${y(row.high).toFixed(1)}" stroke="${series.colour}" opacity="0.4"/>`,
    );
    const row = top + 10 + 22 * i;
    return [
      `<path d="${path}" fill="none" stroke="${series.colour}" stroke-width="2"/>`,
      ...bars,
      ...own.map(
        (each) =>
          `<circle cx="${x(shotsOf(each)).toFixed(1)}" cy="${y(each.value).toFixed(1)}" r="3" fill="${series.colour}"/>`,
      ),
      `<path d="M${left + width + 24} ${row}h18" stroke="${series.colour}" stroke-width="3"/>`,
      text(left + width + 48, row + 4, series[lang], 'start'),
    ];
  });
  const axis = lang === 'en' ? 'shots' : '예시';
  const title = lang === 'en' ? 'Right answers, percent, by the number of shots' : '예시 수에 따른 맞은 답, 백분율';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 284" width="640" height="284" role="img" font-family="system-ui, sans-serif"><title>${title}</title><rect width="640" height="284" fill="#fff"/>${[
    ...grid,
    ...SHOTS.map((shots) => text(x(shots), top + height + 18, String(shots))),
    text(left + width / 2, top + height + 36, axis),
    ...curves,
  ].join('')}</svg>\n`;
}

const n = rows[0]?.n;
const PAGES: Readonly<Record<Lang, string>> = {
  en: `# Few-shot curves

[한국어](few-shot.ko.md)

The paper's Figure 2, done small: what the shipped model answers with 0, 1, 2, 4 and 8 shots in its prompt. No weight changes. Percent of right
answers with 95% intervals, ${n} episodes a cell; \`npm run evaluate -- --shots\` computes them again.

![Right answers by the number of shots](few-shot.en.svg)

${table('en')}

- **Induction**: which of four questions is meant, the name or the kind in English or Korean, shows in the shots alone. The query is in the style that training
  never saw. Ranked, one of four answers is chosen: chance is 25.
- **Binding**: two made-up words for two things that the model was kept from, half of the shots for each. Ranked, chance is 50.
- **Ranked** takes the likeliest candidate, **written** is greedy generation, right where it is so letter for letter.
- **Labels shuffled** and **no pictures** are controls: what is right there was not read from the shots, or from the pictures.
- **RICES** (appendix A.2) takes the shots whose pictures look most like the query among ${rows.find(({ support }) => support)?.support}, the most similar last, by the
  vision encoder's mean patch token. The task is the same for all of them here, so that similar shots can tell the question no better than random ones.

Every word needs the same number of shots, so that binding begins at two. The curves say this: one shot tells the question, and more add nothing that ${n}
episodes could show; without pictures most of it is left, because the answers alone tell the question. Binding rises
with the shots, by less than the intervals of so few episodes can show. It is at chance when labels are shuffled or pictures are gone; with eight shuffled shots it lies below, and we did not look for the reason. RICES and random shots do not differ here.
`,
  ko: `# 퓨샷 곡선

[English](few-shot.md)

논문의 그림 2를 작게 해 봤어요. 실린 모델이 프롬프트에 예시가 0, 1, 2, 4, 8개 있을 때 무엇을 답하는지예요. 가중치는 하나도 바뀌지 않아요. 맞은 답의
백분율과 95% 구간이고, 칸마다 에피소드 ${n}개예요. \`npm run evaluate -- --shots\`로 다시 계산할 수 있어요.

![예시 수에 따른 맞은 답](few-shot.ko.svg)

${table('ko')}

- **귀납**: 이름인지 종류인지, 영어인지 한국어인지, 네 질문 가운데 무엇을 묻는지가 예시에만 드러나요. 물어볼 그림은 학습에서 본 적 없는 화풍이에요. 순위로 재면
  네 답 가운데 하나를 고르니 우연은 25예요.
- **묶기**: 모델이 배우지 않은 두 사물에 지어낸 두 낱말을 묶고, 예시를 절반씩 보여 줘요. 순위로 재면 우연은 50이에요.
- **순위**는 가장 그럴듯한 후보를 골라요. **쓰기**는 탐욕 생성이고, 글자 하나까지 같아야 맞아요.
- **이름표 섞기**와 **그림 없이**는 대조군이에요. 거기서 맞은 것은 예시나 그림에서 읽은 것이 아니에요.
- **RICES**(부록 A.2)는 ${rows.find(({ support }) => support)?.support}장 가운데 물어볼 그림과 가장 닮은 그림을 예시로 쓰고, 가장 닮은 것을 마지막에 둬요. 닮음은 비전 인코더의 패치 토큰 평균으로 재요. 여기서는
  모두가 같은 과제라서, 닮은 예시가 아무 예시보다 질문을 더 잘 알려 줄 수는 없어요.

낱말마다 예시의 수가 같아야 해서 묶기는 둘부터 시작해요. 곡선이 말하는 것은 이래요. 예시 하나면 무엇을 묻는지 알고, 더 주어도 에피소드 ${n}개로 보일 만큼
나아지지 않아요. 그림이 없어도 대부분 남아요. 답만 봐도 질문을 알 수 있으니까요. 묶기는 예시가 늘수록
높아지지만 에피소드 수가 적어서 구간들이 겹쳐요. 이름표를 섞거나 그림을 빼면 우연으로 떨어져요. 섞은 예시 여덟 개에서는 우연보다 낮은데, 까닭은 살피지 않았어요. 여기서 RICES와 아무 예시는 다르지 않아요.
`,
};

for (const lang of ['en', 'ko'] as const) {
  await writeFile(`${docs}few-shot${lang === 'ko' ? '.ko' : ''}.md`, PAGES[lang]);
  await writeFile(`${docs}few-shot.${lang}.svg`, figure(lang));
}
