import { fileURLToPath } from 'node:url';
import { writeFileWhole } from '../src/files/write-file.ts';
import type { FlamingoConfig } from '../src/flamingo/flamingo.ts';
import type { Language } from '../src/inspect/index.ts';
import { SHIPPED_VOCABULARY, shippedConfig } from '../src/model/config.ts';
import { citation } from '../src/runs/citation.ts';
import { tapShapes } from '../src/runs/tap-shapes.ts';
import { TAPS } from '../src/runs/taps.ts';
import { inLanguage } from '../src/runs/worded.ts';
import { PAPER_MODELS } from '../src/zoo/paper-models.ts';
import { countParameters } from '../src/zoo/parameter-count.ts';
import { readArguments } from './arguments.ts';

const SIZES = { text: 64, images: 4 } as const;

const EN_COSTS = ['Model', 'Parameters', 'Taps', 'Bytes of all of them', 'Operations'];
const KO_COSTS = ['모델', '파라미터', '탭', '모두의 바이트', '연산'];

function costs(columns: readonly string[] = EN_COSTS): string {
  const { model } = shippedConfig({ size: SHIPPED_VOCABULARY, special: { image: 0, eoc: 1 } });
  const paper = Object.entries(PAPER_MODELS).map(([name, { config, visualTokens }]) =>
    row(name, config, { visualTokens }),
  );
  const lines = [row('shipped', model, {}), ...paper];
  return `| ${columns.join(' | ')} |\n|---|---:|---:|---:|---:|\n${lines.join('\n')}`;
}

function row(name: string, config: FlamingoConfig, visual: { readonly visualTokens?: number }): string {
  const taps = tapShapes(config, { ...SIZES, ...visual });
  const total = (key: 'bytes' | 'flops'): number => taps.reduce((sum, tap) => sum + tap[key], 0);
  const cells = [
    readable(countParameters(config).total),
    taps.length,
    readable(total('bytes')),
    readable(total('flops')),
  ];
  return `| ${name} | ${cells.join(' | ')} |`;
}

/** 3.21 G */
function readable(count: number): string {
  const unit = Math.min(4, Math.floor(Math.log10(count) / 3));
  return `${(count / 1000 ** unit).toPrecision(3)} ${['', 'k', 'M', 'G', 'T'][unit]}`;
}

const INTRO: Readonly<Record<Language, string>> = {
  en: `# Taps

[한국어](taps.ko.md)

Every value of the model that has a name. A run shows and changes them, and leaves nothing behind:

    const run = await model.run(prompt, {
      capture: ['xattn.*.gate.*', 'resampler.**.weights'],
      edit: [{ at: 'xattn.3.gate.attention', set: 0 }],
    });
    run.get('xattn.1.gate.attention'); // { name, dims, shape, data }
    run.next; // the token that comes next: { id, token, text, logits, probabilities, .. }

In a pattern \`*\` is one segment of a name and \`**\` any number of them; below, \`*\` stands for a layer's number.
\`xattn.{i}\` is the block before layer i of the language model (after it, where the configuration says so). A pattern that
matches nothing is refused before anything is computed, with the nearest names.

## What can be asked of a run

| Option | What it does |
|---|---|
| \`capture: [PATTERN]\` | keeps values, as edits left them: \`run.get(NAME)\`, \`run.names\` |
| \`edit: [{ at: PATTERN, .. }]\` | changes what flows on, in order: \`set: NUMBER\`, \`zero: true\`, \`scale: NUMBER\`, \`add: NUMBER\`, \`patch: VALUE\`, \`apply: (x, name) => x\` |
| \`grad: { of, at: [PATTERN] }\` | derives one number by values: \`run.gradient(NAME)\`, \`run.objective\` |
| \`stopAfter: NAME\` | computes nothing after this tap |
| \`budget: BYTES\` | refuses captures and gradients that would take more; default 1 GiB, told from shapes before the run |

An edit may say \`where\`: \`{ head: 1, text: [0, -1] }\` leaves everything else as it was. The axes are those below; an index
counts from 0, a negative one from the end, of the text from the prompt's end. \`image\` is another word for \`medium\` and
\`picture\`, \`token\` for \`text\`, \`key\` for \`key-text\` and \`key-token\`. An axis \`a*b\` is two axes in one, the second the
faster, and \`a+b\` is one after the other; each half can be named alone. A patch is what another run had there,
\`donor.get(NAME)\`, \`{ shape, data }\` from JSON, or a whole run that captured every tap matched. All but functions is plain
JSON.

\`grad.of\` is \`{ logit: TOKEN, position? }\`, \`{ logProbability: TOKEN, position? }\`, the token as text or id, or
\`{ tap: NAME, where? }\`, the sum of a part of a value.

\`model.generate(prompt, { capture, edit, grad, budget })\` gives a run for every token of the answer: the first reads the
prompt, the others one token each from a cache. Text indices of edits count from the prompt's start and may name tokens that
are still to come; gradients are those of each step, what the cache holds being constant. \`model.answer(prompt, { edit })\`
answers and ranks with edits, with beams too. \`runFlamingo\` and \`runSteps\` of \`glass-flamingo/flamingo\` do the same for a
model without a tokenizer, from ids and pixels, visual features or latents.

A tap of attention scores or weights makes that block compute them, which its fused kernel skips; nothing else changes.
An unused tap costs one function call: see [benchmarks](benchmarks.md).

## Before a run

\`tapShapes(config, { text, images })\` walks any model on shapes alone: name, axes, shape, bytes and floating-point operations
of every tap, a multiply-add being two, nothing allocated. A prompt of ${SIZES.images} images and ${SIZES.text} tokens, vision encoders of the paper
left out:

${costs()}

## All taps

Equations use the paper's letters: x_f visual features, x latents, y text; z is the stream of the vision encoder. Sections,
figures and equations are those of the paper (arXiv 2204.14198). Which taps a model has depends on its configuration: learned
positions, for example, are OPT's and GPT-2's alone.

Written by \`npm run taps\` from \`src/runs/taps.ts\`.
`,
  ko: `# 탭

[English](taps.md)

이름이 있는 모델의 모든 값이에요. 실행이 값을 보여 주고 바꾸며, 끝나면 아무것도 남기지 않아요.

    const run = await model.run(prompt, {
      capture: ['xattn.*.gate.*', 'resampler.**.weights'],
      edit: [{ at: 'xattn.3.gate.attention', set: 0 }],
    });
    run.get('xattn.1.gate.attention'); // { name, dims, shape, data }
    run.next; // 다음에 올 토큰: { id, token, text, logits, probabilities, .. }

패턴에서 \`*\`는 이름의 한 마디이고 \`**\`는 마디 여러 개예요. 아래 표에서는 \`*\`가 층 번호를 나타내요. \`xattn.{i}\`는 언어 모델의
i번 층 앞에 있는 블록이에요(설정에 따라 뒤에 있기도 해요). 아무것도 가리키지 않는 패턴은 실행을 시작하기 전에, 가장 가까운
이름과 함께 거절해요.

## 실행에 부탁할 수 있는 것

| 옵션 | 하는 일 |
|---|---|
| \`capture: [PATTERN]\` | 수정한 뒤의 값을 남겨요: \`run.get(NAME)\`, \`run.names\` |
| \`edit: [{ at: PATTERN, .. }]\` | 이어서 흐르는 값을 차례로 바꿔요: \`set: NUMBER\`, \`zero: true\`, \`scale: NUMBER\`, \`add: NUMBER\`, \`patch: VALUE\`, \`apply: (x, name) => x\` |
| \`grad: { of, at: [PATTERN] }\` | 숫자 하나를 값들로 미분해요: \`run.gradient(NAME)\`, \`run.objective\` |
| \`stopAfter: NAME\` | 이 탭 다음은 계산하지 않아요 |
| \`budget: BYTES\` | 캡처와 기울기가 이보다 크면 거절해요. 기본값은 1 GiB이고, 실행 전에 모양으로 알아요 |

수정에는 \`where\`를 줄 수 있어요. \`{ head: 1, text: [0, -1] }\`이면 나머지는 그대로 둬요. 축은 아래 표에 있어요. 번호는 0부터
세고, 음수는 끝에서부터 세요. 글에서는 프롬프트의 끝이 기준이에요. \`image\`는 \`medium\`과 \`picture\`, \`token\`은 \`text\`,
\`key\`는 \`key-text\`와 \`key-token\`의 다른 이름이에요. 축 \`a*b\`는 두 축을 하나로 편 것이고 뒤가 더 빨리 변해요. \`a+b\`는 두
축을 이어 붙인 것이에요. 한쪽만 따로 부를 수도 있어요. 패치는 다른 실행의 같은 자리에 있던 값 \`donor.get(NAME)\`, JSON의
\`{ shape, data }\`, 또는 해당하는 탭을 모두 캡처한 실행이에요. 함수만 빼면 모두 보통 JSON이에요.

\`grad.of\`는 \`{ logit: TOKEN, position? }\`, \`{ logProbability: TOKEN, position? }\`(토큰은 글이나 id), 또는 값의 일부를 더하는
\`{ tap: NAME, where? }\`예요.

\`model.generate(prompt, { capture, edit, grad, budget })\`는 답의 토큰마다 실행을 하나씩 줘요. 첫 실행이 프롬프트를 읽고, 다음 실행은
캐시를 써서 토큰을 하나씩 읽어요. 수정의 글 번호는 프롬프트의 처음부터 세고, 아직 오지 않은 토큰을 가리켜도 돼요. 기울기는
스텝마다의 것이고, 캐시에 든 것은 상수로 봐요. \`model.answer(prompt, { edit })\`는 수정한 채로 답하고 순위를 매겨요. 빔에서도
그래요. \`glass-flamingo/flamingo\`의 \`runFlamingo\`와 \`runSteps\`는 토크나이저 없는 모델에서 같은 일을 해요.

어텐션 점수나 가중치의 탭을 부르면 그 블록은 합친 커널이 건너뛰는 값을 계산해요. 다른 것은 달라지지 않아요. 쓰지 않는 탭은
함수를 한 번 부르는 만큼만 들어요: [benchmarks](benchmarks.md).

## 실행 전에

\`tapShapes(config, { text, images })\`는 어떤 모델이든 모양만으로 따라가 봐요. 탭마다 이름, 축, 모양, 바이트, 부동소수점 연산 수를
알려 주고(곱하고 더하기는 연산 둘이에요), 메모리는 잡지 않아요. 그림 ${SIZES.images}장과 토큰 ${SIZES.text}개짜리 프롬프트에서는
이래요. 논문의 비전 인코더는 뺐어요.

${costs(KO_COSTS)}

## 모든 탭

수식의 글자는 논문을 따라요. x_f는 시각 특징, x는 잠재 벡터, y는 글이고, z는 비전 인코더의 스트림이에요. 절, 그림, 수식 번호는
논문(arXiv 2204.14198)의 것이에요. 모델에 어떤 탭이 있는지는 설정에 달려 있어요. 예를 들어 학습된 위치는 OPT와 GPT-2에만 있어요.

\`npm run taps\`가 \`src/runs/taps.ts\`에서 만들었어요.
`,
};

const GROUPS: readonly (readonly [heading: Readonly<Record<Language, string>>, prefix: string])[] = [
  [{ en: 'Vision encoder', ko: '비전 인코더' }, 'vision.'],
  [{ en: 'Perceiver Resampler', ko: '퍼시버 리샘플러' }, 'resampler.'],
  [{ en: 'Which image a token may see', ko: '토큰이 볼 수 있는 그림' }, 'mask.'],
  [{ en: 'Gated cross-attention', ko: '게이트 크로스 어텐션' }, 'xattn.'],
  [{ en: 'Language model', ko: '언어 모델' }, 'lm.'],
  [{ en: 'Result', ko: '결과' }, 'logits'],
];

const COLUMNS: Readonly<Record<Language, readonly string[]>> = {
  en: ['Tap', 'Axes', 'Equation', 'Source', 'What it is'],
  ko: ['탭', '축', '수식', '출처', '무엇인지'],
};

const cell = (text: string): string => text.replace(/\|/g, '\\|');
const code = (text: string): string => `\`${text}\``;

function table(prefix: string, lang: Language): string {
  const rows = Object.entries(TAPS).filter(([name]) => name.startsWith(prefix));
  const lines = rows.map(([name, { dims, equation, source, gloss }]) =>
    [code(name), dims.map(code).join(' '), code(equation), citation(source, lang), inLanguage(gloss, lang)]
      .map(cell)
      .join(' | '),
  );
  return `| ${COLUMNS[lang].join(' | ')} |\n|---|---|---|---|---|\n${lines.map((line) => `| ${line} |\n`).join('')}`;
}

/** docs/taps.md and docs/taps.ko.md: the registry as tables. */
export function tapsPage(lang: Language): string {
  return `${INTRO[lang]}\n${GROUPS.map(([heading, prefix]) => `### ${heading[lang]}\n\n${table(prefix, lang)}`).join('\n')}`;
}

export const TAPS_PAGES: Readonly<Record<Language, URL>> = {
  en: new URL('../docs/taps.md', import.meta.url),
  ko: new URL('../docs/taps.ko.md', import.meta.url),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readArguments('npm run taps: writes docs/taps.md and its Korean page from the taps of the shipped model.', {});
  for (const lang of ['en', 'ko'] satisfies Language[])
    await writeFileWhole(fileURLToPath(TAPS_PAGES[lang]), tapsPage(lang));
}
