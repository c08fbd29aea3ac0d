/** docs/ablations.md and its Korean page, from the results. */

import { inLanguage, type Language } from '../../src/runs/worded.ts';
import type { AblationResult } from '../../src/training/ablation/ablate.ts';
import { ABLATION_ROWS, BASELINE } from '../../src/training/ablation/rows.ts';
import { wilson } from '../../src/training/evaluation-rows.ts';

/** A row's seeds put together. */
interface Summary {
  readonly row: string;
  readonly overall: readonly number[];
  /** Share of right answers of each task over all seeds, with its 95 % interval. */
  readonly tasks: readonly { readonly value: number; readonly low: number; readonly high: number }[];
  readonly text: number;
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function summaries(results: readonly AblationResult[]): Summary[] {
  return Object.keys(ABLATION_ROWS).flatMap((row) => {
    const own = results.filter((result) => result.row === row);
    const [first] = own;
    if (!first) return [];
    const tasks = Object.keys(first.scores).map((task) => {
      const value = mean(own.map(({ scores }) => scores[task]?.value ?? 0));
      const n = first.n * own.length;
      return { value, ...wilson(Math.round(value * n), n) };
    });
    const text = mean(own.map(({ text: { before, after } }) => after - before));
    return [{ row, overall: own.map(({ overall }) => overall), tasks, text }];
  });
}

const points = (value: number): string => (100 * value).toFixed(1);
const whole = (value: number): string => (100 * value).toFixed(0);
const signed = (value: number, digits: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
const spread = (values: readonly number[]): string =>
  values.length < 2
    ? points(values[0] as number)
    : `${points(mean(values))} (${points(Math.min(...values))}–${points(Math.max(...values))})`;

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
  const runOf = ({ steps, batch, n, from }: AblationResult): string =>
    `--steps ${steps} --batch ${batch} --n ${n}, from ${from}`;
  const other = results.find((result) => runOf(result) !== runOf(first));
  if (other)
    throw new TypeError(
      `results of ${runOf(first)} and of ${runOf(other)} cannot stand in one table; expected those of one`,
    );
  const line = ({ row, overall, tasks, text }: Summary): string => {
    const { does, paper } = ABLATION_ROWS[row] as (typeof ABLATION_ROWS)[string];
    const isBase = row === BASELINE;
    const cells = [
      `\`${row}\`: ${inLanguage(does, lang)}`,
      String(overall.length),
      spread(overall),
      base && !isBase ? signed(100 * (mean(overall) - mean(base.overall)), 1) : '',
      ...tasks.map(({ value, low, high }) => `${whole(value)} [${whole(low)}, ${whole(high)}]`),
      signed(text, 2),
      paper === null ? '–' : String(paper),
      paper === null || isBase ? '' : signed(paper - PAPER_BASELINE, 1),
    ];
    return `| ${cells.join(' | ')} |`;
  };
  const texts = TEXTS[lang](first, {
    seeds: [...new Set(results.map(({ seed }) => seed))].sort((a, b) => a - b).join(', '),
    missing: Object.keys(ABLATION_ROWS).filter((name) => !rows.some(({ row }) => row === name)),
    order: orderOf(rows),
    gates: gatesAtEnd(results),
  });
  const head =
    lang === 'en'
      ? ['row', 'seeds', 'overall', 'against the baseline', ...TASKS.en, 'text, nats', 'paper', 'against its baseline']
      : ['줄', '시드', '전체', '기준과의 차이', ...TASKS.ko, '글, nat', '논문', '논문의 차이'];
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:')).join('|');
  return `${[texts.before, `| ${head.join(' | ')} |`, `|${rule}|`, ...rows.map(line), '', texts.after].join('\n')}\n`;
}

const PAPER_BASELINE = ABLATION_ROWS[BASELINE]?.paper as number;

/** Pairs of rows that the paper has too: how many stand in its order, of all and of those whose seeds lie apart. */
export interface Order {
  readonly pairs: number;
  readonly same: number;
  readonly apart: number;
  readonly sameApart: number;
}

function orderOf(rows: readonly Summary[]): Order {
  const both = rows.flatMap(({ row, overall }) => {
    const paper = ABLATION_ROWS[row]?.paper ?? null;
    return paper === null ? [] : [{ paper, overall }];
  });
  const order = { pairs: 0, same: 0, apart: 0, sameApart: 0 };
  for (const [i, a] of both.entries())
    for (const b of both.slice(i + 1)) {
      const same = Math.sign(a.paper - b.paper) === Math.sign(mean(a.overall) - mean(b.overall));
      const enough = a.overall.length > 1 && b.overall.length > 1;
      const apart =
        enough && (Math.min(...a.overall) > Math.max(...b.overall) || Math.max(...a.overall) < Math.min(...b.overall));
      order.pairs++;
      order.same += Number(same);
      order.apart += Number(apart);
      order.sameApart += Number(same && apart);
    }
  return order;
}

/** |tanh(alpha)| of the baseline after its last step, by layer: attention and dense. */
function gatesAtEnd(results: readonly AblationResult[]): readonly (readonly [attention: string, dense: string])[] {
  const last = results.find(({ row }) => row === BASELINE)?.gates.at(-1) ?? {};
  const at = (layer: number, kind: string): string => Math.abs(last[`gate.${layer}.${kind}`] ?? Number.NaN).toFixed(2);
  const layers = new Set(Object.keys(last).flatMap((name) => /^gate\.(\d+)\./.exec(name)?.[1] ?? []));
  return [...layers].map((layer) => [at(Number(layer), 'attention'), at(Number(layer), 'dense')]);
}

interface Said {
  readonly seeds: string;
  readonly missing: readonly string[];
  readonly order: Order;
  readonly gates: readonly (readonly [attention: string, dense: string])[];
}

const list = (values: readonly string[]): string => values.map((value) => `\`${value}\``).join(', ');

const TEXTS: Readonly<Record<Language, (first: AblationResult, said: Said) => { before: string; after: string }>> = {
  en: ({ steps, batch, n, machine }, { seeds, missing, order, gates }) => ({
    before: `# Ablations

[한국어](ablations.ko.md)

The paper's Table 3, done small: the Flamingo stage with one thing changed, and everything else equal. \`npm run ablate -- --steps ${steps} --batch ${batch} --n ${n}\`
trains and measures, and \`-- --rows NAME\` one row alone; this page is written from \`ablations.json\`.

**These runs are short**: ${steps} steps of ${batch} sequences, where the shipped model has 2,000 of 48. Training seeds: ${seeds}. Machine: ${machine}.
A row of so few steps shows what is learnt early, not what is best in the end. All rows begin with the shipped vision encoder and language
model; the embedding of \`<EOC>\` is the shipped one.${missing.length > 0 ? `\n\n**Not run yet**: ${list(missing)}. The same command adds them.` : ''}

Each task is measured with ${n} episodes a seed, four pictures before the query, in percent of right answers with 95% intervals of the episodes; chance is
nearly 0 for naming and induction, which are written, 6 for kind, and 50 for binding, which is ranked. \`overall\` is their mean, with the least and the greatest of the
seeds. The paper's column is its overall score of five other tasks, on another scale: only the signs and the order can be compared.
`,
    after: `${orderEn(order)}

\`text\` is by how many nats a token the language model reads its own documents worse (+) or better (−) than before. Where it is frozen this is not quite 0, because the
embedding of \`<EOC>\` learns with the blocks, and stands behind every answer of the documents too.

## Gates through training

![|tanh(alpha)| of the baseline's gates by step](ablations-gates.en.svg)

In the paper's Figure 6, |tanh(alpha)| of all layers leaves 0 quickly, and the paper notes that it grows with depth. After the last step of the
baseline here: ${gates.map(([attention, dense], layer) => `layer ${layer} ${attention} and ${dense}`).join(', ')} (attention and dense). ${leftEn(gates)} \`ablations.json\` has those of every row.`,
  }),
  ko: ({ steps, batch, n, machine }, { seeds, missing, order, gates }) => ({
    before: `# 절제 실험

[English](ablations.md)

논문의 표 3을 작게 해 봤어요. Flamingo 단계에서 하나만 바꾸고 나머지는 모두 같아요. \`npm run ablate -- --steps ${steps} --batch ${batch} --n ${n}\`이 학습하고
재며, \`-- --rows NAME\`으로 한 줄만 해도 돼요. 이 페이지는 \`ablations.json\`에서 만들어요.

**짧은 학습이에요.** 실린 모델은 48개씩 2,000스텝인데, 여기서는 ${batch}개씩 ${steps}스텝이에요. 학습 시드는 ${seeds}, 기계는 ${machine}예요.
이렇게 짧으면 무엇을 먼저 배우는지 보일 뿐, 끝에 무엇이 나은지는 보이지 않아요. 모든 줄은 실린 비전 인코더와 언어 모델로 시작해요.
\`<EOC>\`의 임베딩도 실린 것이에요.${missing.length > 0 ? `\n\n**아직 돌리지 않은 줄**: ${list(missing)}. 같은 명령으로 더할 수 있어요.` : ''}

과제마다 시드 하나에 에피소드 ${n}개, 묻는 그림 앞에 예시 그림 네 장을 두고, 맞은 답의 백분율과 에피소드 수에서 오는 95% 구간을 적었어요. 우연은 글로 답하는 이름과
귀납이 거의 0, 종류는 6, 순위로 재는 묶기는 50이에요. \`전체\`는 그 평균이고, 괄호는 시드 가운데 가장 낮은 값과 높은 값이에요. 논문의 열은 다른 과제 다섯의
전체 점수라서 눈금이 달라요. 부호와 순서만 견줄 수 있어요.
`,
    after: `${orderKo(order)}

\`글\`은 언어 모델이 자기 문서를 전보다 토큰마다 몇 nat만큼 더 못 읽는지(+), 더 잘 읽는지(−)예요. 얼린 줄도 꼭 0은 아니에요. \`<EOC>\`의 임베딩이 블록과 함께
배우는데, 문서의 답도 모두 그것으로 끝나니까요.

## 학습하는 동안의 게이트

![기준 줄의 게이트 |tanh(alpha)|를 스텝마다](ablations-gates.ko.svg)

논문의 그림 6에서는 모든 층의 |tanh(alpha)|가 빠르게 0을 떠나고, 깊을수록 커진다고 해요. 여기서 기준 줄의 마지막 스텝은 이래요(어텐션과 피드포워드).
${gates.map(([attention, dense], layer) => `${layer}번 층 ${attention}/${dense}`).join(', ')}. ${leftKo(gates)} 모든 줄의 값은 \`ablations.json\`에 있어요.`,
  }),
};

/** Layers whose gates are still closed, as good as. */
function closed(gates: Said['gates']): number[] {
  return gates.flatMap((values, layer) => (Math.max(...values.map(Number)) < NEARLY_CLOSED ? [layer] : []));
}

const NEARLY_CLOSED = 0.05;

/** Tells whether every layer's gates are at least as far open as those before. */
const growWithDepth = (gates: Said['gates']): boolean =>
  gates.every(
    (values, layer) => layer === 0 || values.every((value, i) => Number(value) >= Number(gates[layer - 1]?.[i])),
  );

function leftEn(gates: Said['gates']): string {
  const still = closed(gates).map((layer) => `layer ${layer}`);
  const left = still.length === 0 ? 'All have left 0 here too' : `Near 0 still: ${still.join(', ')}`;
  return `${left}; ${growWithDepth(gates) ? 'they grow with depth' : 'they do not grow with depth throughout'}.`;
}

function leftKo(gates: Said['gates']): string {
  const still = closed(gates).map((layer) => `${layer}번 층`);
  const left = still.length === 0 ? '여기서도 모두 0을 떠났고' : `${still.join(', ')}은 아직 0에 가깝고`;
  return `${left}, ${growWithDepth(gates) ? '깊을수록 커요' : '깊을수록 늘 커지는 것은 아니에요'}.`;
}

function orderEn({ pairs, same, apart, sameApart }: Order): string {
  if (pairs === 0) return 'No two of these rows are in the paper too, so no order can be compared.';
  const all = `Pairs of rows that the paper has too: ${pairs}; in the paper's order here: ${same}.`;
  if (apart === 0)
    return `${all} **This is not a result yet**: the seeds of no two rows lie apart, so all of it may be luck.`;
  return `${all} Pairs whose seeds lie apart: ${apart}; in the paper's order: ${sameApart}. Of the others nothing can be said.`;
}

function orderKo({ pairs, same, apart, sameApart }: Order): string {
  if (pairs === 0) return '이 가운데 논문에도 있는 줄이 둘이 안 되어서 순서를 견줄 수 없어요.';
  const all = `논문에도 있는 줄의 쌍 ${pairs}개 가운데 ${same}개가 논문과 같은 순서예요.`;
  if (apart === 0)
    return `${all} **결과라고 할 수 없어요.** 시드마다의 값이 서로 겹치지 않는 두 줄이 하나도 없어서 모두 우연일 수 있어요.`;
  return `${all} 시드마다의 값이 서로 겹치지 않는 ${apart}쌍 가운데서는 ${sameApart}쌍이 그래요. 나머지는 뭐라고 말할 수 없어요.`;
}
