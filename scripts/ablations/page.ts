/** docs/ablations.md and its Korean page, from the results. */

import { inLanguage, type Language } from '../../src/runs/worded.ts';
import type { AblationResult } from '../../src/training/ablation/ablate.ts';
import { ABLATION_ROWS, BASELINE } from '../../src/training/ablation/rows.ts';

/** A row's seeds put together. */
interface Summary {
  readonly row: string;
  readonly overall: readonly number[];
  readonly tasks: readonly number[];
  readonly text: number;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function summaries(results: readonly AblationResult[]): Summary[] {
  return Object.keys(ABLATION_ROWS).flatMap((row) => {
    const own = results.filter((result) => result.row === row);
    const [first] = own;
    if (!first) return [];
    const tasks = Object.keys(first.scores).map((task) => mean(own.map(({ scores }) => scores[task]?.value ?? 0)));
    const text = mean(own.map(({ text: { before, after } }) => after - before));
    return [{ row, overall: own.map(({ overall }) => overall), tasks, text }];
  });
}

const points = (value: number): string => (100 * value).toFixed(1);
const spread = (values: readonly number[]): string =>
  values.length < 2
    ? points(values[0] as number)
    : `${points(mean(values))} (${points(Math.min(...values))} to ${points(Math.max(...values))})`;

const TASKS: Readonly<Record<Language, readonly string[]>> = {
  en: ['naming', 'kind', 'induction', 'binding, seen', 'binding, new'],
  ko: ['이름', '종류', '귀납', '묶기, 본 것', '묶기, 새것'],
};

/** The page in one language. */
export function ablationsPage(results: readonly AblationResult[], lang: Language): string {
  const rows = summaries(results);
  const base = rows.find(({ row }) => row === BASELINE);
  const [first] = results;
  if (!first) throw new TypeError('there are no results yet');
  const line = ({ row, overall, tasks, text }: Summary): string => {
    const { does, paper } = ABLATION_ROWS[row] as (typeof ABLATION_ROWS)[string];
    const named = inLanguage(does, lang);
    const change =
      base && row !== BASELINE
        ? `${mean(overall) < mean(base.overall) ? '−' : '+'}${points(Math.abs(mean(overall) - mean(base.overall)))}`
        : '';
    const cells = [
      `\`${row}\`: ${named}`,
      spread(overall),
      change,
      ...tasks.map(points),
      text === 0 ? '0' : text.toFixed(2),
    ];
    return `| ${[...cells, paper === null ? '–' : String(paper), paper === null || row === BASELINE ? '' : `−${(70.7 - paper).toFixed(1)}`].join(' | ')} |`;
  };
  const seeds = [...new Set(results.map(({ seed }) => seed))].sort((a, b) => a - b).join(', ');
  const texts = TEXTS[lang](first, seeds);
  const head =
    lang === 'en'
      ? ['row', 'overall', 'against the baseline', ...TASKS.en, 'text, nats', 'paper', 'against its baseline']
      : ['줄', '전체', '기준과의 차이', ...TASKS.ko, '글, 냇', '논문', '논문의 차이'];
  return `${[texts.before, `| ${head.join(' | ')} |`, `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line), '', texts.after].join('\n')}\n`;
}

const TEXTS: Readonly<Record<Language, (first: AblationResult, seeds: string) => { before: string; after: string }>> = {
  en: ({ steps, batch, n, machine }, seeds) => ({
    before: `# Ablations

[한국어](ablations.ko.md)

The paper's Table 3, done small: the Flamingo stage with one thing changed, and everything else equal. \`npm run ablate\` trains and
measures; this page is written from \`ablations.json\`.

**These runs are short**: ${steps} steps of ${batch} sequences, where the shipped model has 2,000 of 48. Training seeds: ${seeds}. Machine: ${machine}.
A row of so few steps shows what is learnt early, not what is best in the end, and a difference of a few points between single seeds
is noise. All rows begin with the shipped vision encoder and language model; the embedding of \`<EOC>\` is the shipped one.

Each task is measured with ${n} episodes of four pictures before the query, in percent of right answers; chance is nearly 0 for naming, 6 for kind, 25 for
induction where candidates are ranked and nearly 0 as it is written here, and 50 for binding. \`overall\` is their mean. The paper's column is
its overall score of five other tasks, on another scale: only the signs and the order can be compared.
`,
    after: `\`text\` is how many nats a token the language model lost on its own documents: 0 where it is frozen.

Gates through training, at every twentieth step, stand in \`ablations.json\`.`,
  }),
  ko: ({ steps, batch, n, machine }, seeds) => ({
    before: `# 절제 실험

[English](ablations.md)

논문의 표 3을 작게 해 봤어요. Flamingo 단계에서 하나만 바꾸고 나머지는 모두 같아요. \`npm run ablate\`가 학습하고 재며, 이 쪽은
\`ablations.json\`에서 만들어져요.

**짧은 학습이에요.** 실린 모델은 48개씩 2,000스텝인데, 여기서는 ${batch}개씩 ${steps}스텝이에요. 학습 시드는 ${seeds}, 기계는 ${machine}예요.
이렇게 짧으면 무엇을 먼저 배우는지 보일 뿐 끝에 무엇이 나은지는 보이지 않고, 시드 하나씩의 몇 점 차이는 잡음이에요. 모든 줄은 실린 비전 인코더와
언어 모델로 시작해요. \`<EOC>\`의 임베딩도 실린 것이에요.

과제마다 쿼리 앞에 그림 네 장을 둔 에피소드 ${n}개로 맞은 답의 백분율을 쟀어요. 우연은 이름과 귀납은 거의 0, 종류는 6, 묶기는 50이에요.
\`전체\`는 그 평균이에요. 논문의 열은 다른 과제 다섯의 전체 점수라서 눈금이 달라요. 부호와 순서만 견줄 수 있어요.
`,
    after: `\`글\`은 언어 모델이 자기 문서에서 토큰마다 잃은 냇이에요. 얼린 줄은 0이에요.

학습하는 동안의 게이트는 스무 스텝마다 \`ablations.json\`에 있어요.`,
  }),
};
