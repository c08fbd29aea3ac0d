/** The tables of the model card, in English and Korean. */

import { inLanguage } from '../../src/runs/worded.ts';
import { DATA_PACKAGES } from '../../src/training/data/index.ts';
import type { Row } from '../../src/training/evaluation-rows.ts';
import { BARS } from './bars.ts';
import type { Facts, StageFacts } from './facts.ts';

export type Language = 'en' | 'ko';
type Words = Readonly<Record<Language, string>>;
type Table = (facts: Facts, lang: Language) => string;

const number = (value: number | null | undefined): string =>
  value === null || value === undefined ? '' : value.toFixed(3).replace(/^(-?)0/, '$1');
const interval = ({ value, low, high }: Pick<Row, 'value' | 'low' | 'high'>, lang: Language): string =>
  `**${number(value)}** (${number(low)}${lang === 'en' ? ' to ' : '~'}${number(high)})`;
const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** Rows that agree in some keys. */
export function find(rows: readonly Row[], wanted: Partial<Row>): Row | undefined {
  return rows.find((row) => Object.entries(wanted).every(([key, value]) => row[key as keyof Row] === value));
}

const kinds = (facts: Facts): number => Math.round(1 / (find(facts.rows, { task: 'kind' })?.chance ?? 1));

const bars: Table = ({ rows, more, earlier }, lang) => {
  const head: Record<Language, string[]> = {
    en: ['measure', 'chance', 'pixels', 'nearest neighbour', 'value', 'earlier weights', 'must', 'aim', ''],
    ko: ['측정', '우연', '픽셀', '최근접 이웃', '값', '이전 가중치', '최소 기준', '목표', ''],
  };
  const cells = BARS.flatMap(({ what, row: wanted, must, aim }) => {
    const row = find([...more, ...rows], { control: null, ...wanted });
    if (!row) return [];
    const { pixels, features } = row.baselines;
    const goal = aim ?? features ?? must;
    const verdict: Words =
      row.value >= goal
        ? { en: 'aim', ko: '목표 달성' }
        : row.value >= must
          ? { en: 'must', ko: '최소 기준 달성' }
          : { en: 'missed', ko: '미달' };
    const before = earlier && find(earlier.card, { control: null, ...wanted })?.value;
    const aimed = aim === null ? `${number(features)}` : number(aim);
    const baselines = [number(row.chance), number(pixels), number(features)];
    return [[what[lang], ...baselines, interval(row, lang), number(before), number(must), aimed, verdict[lang]]];
  });
  return table(head[lang], cells);
};

const naming: Table = (facts, lang) => {
  const { rows, split } = facts;
  const head: Record<Language, string[]> = {
    en: ['task', 'shots', 'style seen in training', 'held style', 'text tower: seen', 'held', 'chance', 'episodes'],
    ko: [
      '과제',
      '예시 수',
      '학습에서 본 화풍',
      '처음 보는 화풍',
      '텍스트 타워: 본 화풍',
      '처음 보는 화풍',
      '우연',
      '에피소드',
    ],
  };
  const title = ({ task, language }: Row): Words => {
    if (task === 'induction')
      return {
        en: 'which of four questions is meant (shots tell), and its answer',
        ko: '네 질문 중 무엇인지 예시로 알아내고 답하기',
      };
    if (task === 'kind') return { en: `kind, one of ${kinds(facts)}`, ko: `종류 (${kinds(facts)}개 중 하나)` };
    const korean = language === 'ko';
    return {
      en: `${korean ? 'Korean' : 'English'} name, one of ${split.seen.length}`,
      ko: `${korean ? '한국어' : '영어'} 이름 (${split.seen.length}개 중 하나)`,
    };
  };
  const plain = rows.filter(
    (row) =>
      ['naming', 'kind', 'induction'].includes(row.task) &&
      [row.control, row.style, row.measure, row.form].join() === ',seen,greedy,',
  );
  const cells = plain.map((row) => {
    const { task, language, shots } = row;
    const same = { task, language, shots, control: null, form: undefined };
    const value = (more: Partial<Row>): string => {
      const found = find(rows, { ...same, ...more });
      return found ? interval(found, lang) : '';
    };
    return [
      title(row)[lang],
      String(shots),
      interval(row, lang),
      value({ style: 'held', measure: 'greedy' }),
      value({ style: 'seen', measure: 'text tower' }),
      value({ style: 'held', measure: 'text tower' }),
      number(row.chance),
      String(row.n),
    ];
  });
  return table(head[lang], cells);
};

const forms: Table = ({ rows }, lang) => {
  const head: Record<Language, string[]> = {
    en: ['question', 'form', 'right', 'nearest neighbour', 'episodes'],
    ko: ['질문', '표현', '정답률', '최근접 이웃', '에피소드'],
  };
  const question = ({ task, language }: Row): Words => {
    if (task === 'binding')
      return {
        en: 'two made-up words, one shot each, novel, held style',
        ko: '새 낱말 두 개, 예시 하나씩, 처음 보는 것과 화풍',
      };
    const korean = language === 'ko';
    return task === 'kind'
      ? { en: korean ? 'kind in Korean' : 'kind', ko: korean ? '종류 (한국어)' : '종류 (영어)' }
      : { en: korean ? 'Korean name' : 'English name', ko: korean ? '한국어 이름' : '영어 이름' };
  };
  const cells = rows
    .filter(({ form }) => form !== undefined)
    .map((row) => [
      question(row)[lang],
      `\`${row.form}\``,
      interval(row, lang),
      number(row.baselines.features),
      String(row.n),
    ]);
  return table(head[lang], cells);
};

const concepts: Record<string, Words> = {
  novel: { en: 'novel', ko: '새것' },
  seen: { en: 'seen', ko: '본 것' },
  held: { en: 'held', ko: '처음 보는 화풍' },
};

const binding: Table = ({ rows, earlier }, lang) => {
  const head: Record<Language, string[]> = {
    en: [
      ...['concepts / style of the query', 'words', 'shots each', 'ranked', 'greedy', 'nearest neighbour: features'],
      ...['earlier encoder', 'pixels', 'chance'],
    ],
    ko: [
      ...['개념 / 질문 그림의 화풍', '낱말 수', '낱말마다 예시', '순위', '생성', '최근접 이웃: 특징'],
      ...['이전 인코더', '픽셀', '우연'],
    ],
  };
  const style = (row: Row): string =>
    (row.style === 'seen' ? { en: 'seen', ko: '본 화풍' } : concepts.held)?.[lang] ?? '';
  const kind: Words = { en: ', all of one kind', ko: ', 모두 같은 종류' };
  const cells = rows
    .filter((row) => row.task.startsWith('binding') && row.control === null && row.measure === 'rank' && !row.form)
    .map((row) => {
      const { task, concepts: of, style: in_, ways, shots } = row;
      const same = { task, concepts: of, style: in_, ways, shots, control: null };
      return [
        `${concepts[of]?.[lang]} / ${style(row)}${task === 'binding' ? '' : kind[lang]}`,
        String(ways),
        String(shots),
        interval(row, lang),
        number(find(rows, { ...same, measure: 'greedy' })?.value),
        number(row.baselines.features),
        number(earlier && find(earlier.onThisSplit, same)?.baselines.features),
        number(row.baselines.pixels),
        number(row.chance),
      ];
    });
  return table(head[lang], cells);
};

const CONTROLS: Record<string, Words> = {
  'shuffled labels': { en: 'shuffled labels', ko: '이름표 섞기' },
  'wrong query picture': { en: 'wrong query picture', ko: '다른 질문 그림' },
  'gates 0': { en: 'gates 0', ko: '게이트 0' },
  'zero features': { en: 'zero features', ko: '특징 0' },
};

const controls: Table = ({ rows }, lang) => {
  const head: Record<Language, string[]> = {
    en: ['control', 'task', 'value', 'chance'],
    ko: ['대조', '과제', '값', '우연'],
  };
  const task = (row: Row): Words =>
    row.task === 'binding'
      ? { en: 'novel / held, 2 words, 2 shots, ranked', ko: '새것 / 처음 보는 화풍, 낱말 2개, 예시 2개, 순위' }
      : { en: 'English name, 0 shots, greedy', ko: '영어 이름, 예시 0개, 생성' };
  const controlled = rows.filter((row) => row.control !== null);
  const cells = controlled.map((row) => [
    CONTROLS[row.control as string]?.[lang] ?? '',
    task(row)[lang],
    interval(row, lang),
    number(row.chance),
  ]);
  const two = controlled.filter((row) => row.task === 'binding');
  const pooled = two.reduce((sum, { value, n }) => sum + value * n, 0) / two.reduce((sum, { n }) => sum + n, 0);
  const all: Words = { en: 'all four, pooled', ko: '넷을 모아서' };
  const first = two[0];
  return table(head[lang], [
    ...cells,
    ...(first ? [[all[lang], task(first)[lang], `**${number(pooled)}**`, number(first.chance)]] : []),
  ]);
};

const confidence: Table = ({ rows }, lang) => {
  const head: Record<Language, string[]> = {
    en: ['task', 'style', 'calibration error before', 'after', 'best temperature here', 'episodes'],
    ko: ['과제', '화풍', '보정 전 오차', '보정 후', '이 행에서 가장 좋은 온도', '에피소드'],
  };
  const styles: Record<string, Words> = {
    seen: { en: 'seen', ko: '본 화풍' },
    held: { en: 'held', ko: '처음 보는 화풍' },
  };
  const name = ({ task, language, shots }: Row): Words => {
    const korean = language === 'ko';
    return {
      en: `${task === 'kind' ? 'kind' : korean ? 'Korean name' : 'English name'}, ${shots} shots`,
      ko: `${task === 'kind' ? '종류' : korean ? '한국어 이름' : '영어 이름'}, 예시 ${shots}개`,
    };
  };
  return table(
    head[lang],
    rows
      .filter((row) => row.form === undefined)
      .flatMap((row) => {
        if (!row.confidence) return [];
        const { before, after, fits } = row.confidence;
        const errors = [number(before.error), `**${number(after.error)}**`, fits.toFixed(2)];
        return [[name(row)[lang], styles[row.style]?.[lang] ?? row.style, ...errors, String(row.n)]];
      }),
  );
};

const STAGES: Record<string, (recipe: Record<string, unknown>) => Words> = {
  vision: ({ batch, others, drawings, scale }) => ({
    en: `contrastive: ${batch} emoji concepts with texts and ${others} others a step, two views each at ${scale} of the view, ${percent(drawings)} of second views other drawings`,
    ko: `대조 학습: 스텝마다 글이 있는 이모지 개념 ${batch}개와 다른 개념 ${others}개, 두 번씩 ${scale}배로 그리고 두 번째 그림의 ${percent(drawings)}는 다른 그림`,
  }),
  language: ({ batch, context }) => ({
    en: `${batch} documents of ${context} tokens a step, full of words to bind and of questions in many forms`,
    ko: `스텝마다 토큰 ${context}개짜리 문서 ${batch}개. 묶어야 할 낱말과 여러 표현의 질문으로 가득해요`,
  }),
  flamingo: ({ batch, views, scale, others, mix, resamplerRate, rate, resamplerDecay, keep }) => {
    const elsewhere = percent((mix as { others: number } | undefined)?.others ?? 0.5);
    const slower = number(Number(resamplerRate) / Number(rate));
    const mixed = {
      en: `; then ${percent(keep)} of the start mixed into the end`,
      ko: `. 끝에는 처음의 ${percent(keep)}를 섞었어요`,
    };
    return {
      en: `${batch} interleaved episodes a step on cached features, ${views} views a picture at ${scale} of the view, ${elsewhere} of the binding on ${others} other concepts; resampler at ${slower} of the rate, decay ${resamplerDecay}${keep ? mixed.en : ''}`,
      ko: `스텝마다 에피소드 ${batch}개. 그림마다 ${scale}배로 그린 ${views}가지 특징을 미리 계산하고, 새 낱말 에피소드의 ${elsewhere}는 다른 개념 ${others}개로 만들어요. 리샘플러의 학습률은 ${slower}배, 감쇠는 ${resamplerDecay}이에요${keep ? mixed.ko : ''}`,
    };
  },
};

const percent = (share: unknown): string => `${Math.round(100 * Number(share))}%`;
const shown = (recipe: StageFacts['recipe']): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(recipe).map(([key, value]) => [key, Array.isArray(value) ? value.map(number).join('–') : value]),
  );

const stages: Table = ({ training }, lang) => {
  const head: Record<Language, string[]> = {
    en: ['stage', 'steps', 'minutes', 'last loss', 'what'],
    ko: ['단계', '스텝', '분', '마지막 손실', '내용'],
  };
  return table(
    head[lang],
    training.stages.map(({ name, minutes, loss, recipe }) => [
      name,
      String(recipe.steps),
      String(minutes),
      loss.toFixed(3),
      STAGES[name]?.(shown(recipe))[lang] ?? '',
    ]),
  );
};

const gates: Table = ({ gates: last }, lang) => {
  const head: Record<Language, string[]> = { en: ['layer', 'attention', 'dense'], ko: ['층', '어텐션', '피드포워드'] };
  const layers = Object.keys(last).filter((key) => key.endsWith('.attention')).length;
  return table(
    head[lang],
    Array.from({ length: layers }, (_, i) => [
      String(i),
      number(last[`gate.${i}.attention`]),
      number(last[`gate.${i}.dense`]),
    ]),
  );
};

const seeds: Table = ({ seeds: others, rows, training }, lang) => {
  const head: Record<Language, string[]> = {
    en: ['measure', `seed ${training.seed}`, ...others.map(({ seed }) => `seed ${seed}`)],
    ko: ['측정', `시드 ${training.seed}`, ...others.map(({ seed }) => `시드 ${seed}`)],
  };
  if (others.length === 0)
    return {
      en: `One training seed (${training.seed}): how much another one would move the figures was not measured for these weights.`,
      ko: `학습 시드는 하나(${training.seed})예요. 다른 시드라면 수치가 얼마나 달라질지는 이 가중치로 재지 않았어요.`,
    }[lang];
  const own = training.stages.map(({ recipe }) => String(recipe.steps)).join(' + ');
  const steps = [
    `${training.seed}: ${own}`,
    ...others.map(({ seed, steps }) => `${seed}: ${Object.values(steps).join(' + ')}`),
  ].join('; ');
  const cells = BARS.map(({ what, row }) => [
    what[lang],
    ...[rows, ...others.map((other) => other.rows)].map((of) => number(find(of, { control: null, ...row })?.value)),
  ]);
  const words: Words = {
    en: `Steps by seed: ${steps}. Where the steps differ, so do the figures: by length and seed together.`,
    ko: `시드별 스텝 수: ${steps}. 스텝 수가 다르면 수치의 차이는 길이와 시드가 함께 낸 것이에요.`,
  };
  return `${words[lang]}\n\n${table(head[lang], cells)}`;
};

const photographs: Table = ({ photographs: found }, lang) => {
  if (!found) return { en: 'Not measured for these weights.', ko: '이 가중치로는 재지 않았어요.' }[lang];
  const what: Words = {
    en: `A made-up word is bound to each of two of ${found.photographs} photographs (${found.package}; test data only), and another view of one of them (cropped, mirrored, recoloured) is asked: ${interval(found, 'en')}, n = ${found.n}, chance .500. \`npm run photographs\` tries it again.`,
    ko: `사진 ${found.photographs}장(${found.package}, 시험에만 써요)에서 두 장을 골라 새 낱말을 붙이고, 그중 한 장을 자르고 뒤집고 색을 바꿔서 물어요: ${interval(found, 'ko')}, n = ${found.n}, 우연 .500. \`npm run photographs\`로 다시 해 볼 수 있어요.`,
  };
  return what[lang];
};

const data: Table = (_, lang) => {
  const head: Record<Language, string[]> = {
    en: ['package', 'licence', 'used for'],
    ko: ['패키지', '라이선스', '용도'],
  };
  return table(
    head[lang],
    DATA_PACKAGES.map(({ name, version, licence, use }) => [`${name} ${version}`, licence, inLanguage(use, lang)]),
  );
};

/** Greedy answers against ranked ones: the largest distance over all rows of new words, in points. */
const greedy: Table = ({ rows }) => {
  const distances = rows
    .filter((row) => row.task.startsWith('binding') && row.measure === 'greedy' && row.control === null)
    .map(({ task, concepts: of, style, ways, shots, value }) => {
      const ranked = find(rows, {
        task,
        concepts: of,
        style,
        ways,
        shots,
        control: null,
        measure: 'rank',
        form: undefined,
      });
      return Math.abs(value - (ranked?.value ?? value));
    });
  return (100 * Math.max(0, ...distances)).toFixed(1);
};

/** By the name that stands in the templates. */
export const TABLES: Readonly<Record<string, Table>> = {
  BARS: bars,
  GREEDY: greedy,
  NAMING: naming,
  FORMS: forms,
  BINDING: binding,
  CONTROLS: controls,
  CONFIDENCE: confidence,
  STAGES: stages,
  GATES: gates,
  SEEDS: seeds,
  PHOTOGRAPHS: photographs,
  DATA: data,
};
