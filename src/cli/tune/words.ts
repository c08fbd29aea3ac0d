/** What `tune` says. */

import { fitted } from '../../inspect/particles.ts';
import { OWN_FILES } from '../../training/own/files.ts';
import type { Language } from '../language.ts';

const EN = {
  data: `folder with pictures and ${OWN_FILES.train}: a prompt a line, its answers ending with <EOC>`,
  out: 'folder of the run: checkpoint, log, report, weights',
  weights: 'folder of weights to go on from; the shipped ones when left out',
  eval: `lines to measure with; default: ${OWN_FILES.eval} of --data, or a fifth of its lines that is held back`,
  steps: 'steps; default 100',
  batch: 'lines of a step; default 16',
  vision: 'the vision encoder learns too, as in the paper (appendix B.2.2)',
  languageModel: 'the language model learns too, which the paper never does in fine-tuning',
  seed: 'training seed',
  threads: 'threads that train; default: all the machine has',
  help: `
Goes on training from finished weights on your own pictures and words. The resampler, the gated layers and the embeddings of
<image> and <EOC> learn; the vision encoder and the language model stay as they are unless you ask. Every line is checked
before anything starts. Printed at the end: right answers before and after, what was forgotten of other questions, and how
far each part of the model moved. docs/own-data.md goes from ten drawings to a model that tells them apart.

A line of ${OWN_FILES.train} (paths are relative to it; what ends with <EOC> is learnt, a text without it is a question):
  {"sequence": [{"image": "momo-1.png"}, {"text": "name :"}, {"text": "Momo<EOC>"}]}

Stops on Ctrl-C or SIGTERM with a checkpoint; the same command goes on from there.

Examples:
  $ glass-flamingo tune --data drawings --out runs/drawings
  $ glass-flamingo tune --data drawings --out runs/with-vision --vision --steps 200
  $ glass-flamingo ask --weights runs/drawings/weights --image new.png --text "name :"

Exit codes: 0 done; 2 wrong usage or input, or a file that cannot be written; 130 stopped, with a checkpoint.`,
  written: (weights: string, report: string): string => `weights: ${weights}\nall figures: ${report}`,
  lines: (trained: number, evaluated: number, held: boolean): string =>
    `trained on ${trained} lines, measured with ${evaluated}${held ? ' that were held back' : ''}`,
  dropped: (count: number): string =>
    `${count} lines were left out: they show a picture that was held back beside others`,
  inBoth: (count: number): string => `${count} pictures stand in both: what is measured with them is memory`,
  task: 'your lines',
  before: 'before',
  after: 'after',
  chance: 'chance',
  rank: 'likeliest of the possible answers',
  greedy: 'written letter for letter',
  others: 'what it could do before',
  noOthers: 'these weights were never taught the shipped names, so nothing else was asked',
  name: 'names of shipped pictures',
  kind: 'their kinds',
  binding: 'new words bound to pictures',
  embeddings: 'embeddings of <image> and <EOC>',
  moved: 'what was updated: numbers of each part, how many changed, and |after - before| / |before|',
  numbers: (count: number): string => count.toLocaleString('en'),
  unchanged: 'unchanged, to the bit',
  changed: (count: number, relative: number | null): string =>
    `${count.toLocaleString('en')} changed${relative === null ? '' : `, by ${relative.toPrecision(2)}`}`,
  few: (count: number): string =>
    `note: ${count} lines are few. The brackets hold 95 % intervals: where those of before and after overlap, nothing is shown.`,
};

export type TuneWords = typeof EN;

const KO: TuneWords = {
  data: fitted`그림과 ${OWN_FILES.train}이 든 폴더. 한 줄에 프롬프트 하나이고, 답은 <EOC>로 끝나요`,
  out: '실행 폴더: 체크포인트, 기록, 보고서, 가중치',
  weights: '이어서 학습할 가중치 폴더. 안 쓰면 실린 가중치예요',
  eval: `재는 데 쓸 줄들. 안 쓰면 --data의 ${OWN_FILES.eval}, 그것도 없으면 따로 빼 둔 5분의 1이에요`,
  steps: '스텝 수. 기본값 100',
  batch: '한 스텝의 줄 수. 기본값 16',
  vision: '논문(부록 B.2.2)처럼 비전 인코더도 학습해요',
  languageModel: '언어 모델도 학습해요. 논문의 미세 조정에서는 하지 않는 일이에요',
  seed: '학습 시드',
  threads: '학습할 스레드 수. 기본값은 이 기계가 한꺼번에 돌릴 수 있는 만큼이에요',
  help: `
다 학습된 가중치에서 출발해 내 그림과 글로 더 학습해요. 리샘플러, 게이트가 있는 층, <image>와 <EOC>의 임베딩이 배우고,
비전 인코더와 언어 모델은 옵션으로 부탁하지 않으면 그대로예요. 시작하기 전에 모든 줄을 검사해요. 끝나면 학습 앞뒤의 맞은 답,
다른 질문에서 잊어버린 것, 모델의 부분마다 얼마나 움직였는지를 보여 줘요. docs/own-data.ko.md는 그림 열 장에서 시작해
그것들을 구별하는 모델까지 가요.

${OWN_FILES.train}의 한 줄 (경로는 이 파일에서부터 세요. <EOC>로 끝나는 글을 배우고, 그것이 없는 글은 질문이에요):
  {"sequence": [{"image": "momo-1.png"}, {"text": "이름 :"}, {"text": "모모<EOC>"}]}

Ctrl-C나 SIGTERM을 받으면 체크포인트를 남기고 멈춰요. 같은 명령으로 거기서부터 이어져요.

예:
  $ glass-flamingo tune --data drawings --out runs/drawings
  $ glass-flamingo tune --data drawings --out runs/with-vision --vision --steps 200
  $ glass-flamingo ask --weights runs/drawings/weights --image new.png --text "이름 :"

종료 코드: 0 끝났어요; 2 잘못 썼거나 입력이 잘못됐거나 파일을 쓸 수 없어요; 130 체크포인트를 남기고 멈췄어요.`,
  written: (weights, report) => `가중치: ${weights}\n모든 수치: ${report}`,
  lines: (trained, evaluated, held) => `${trained}줄로 학습하고, ${held ? '따로 빼 둔 ' : ''}${evaluated}줄로 쟀어요`,
  dropped: (count) => `${count}줄은 쓰지 않았어요. 따로 빼 둔 그림을 다른 그림과 함께 보여 주는 줄이에요`,
  inBoth: (count) => `그림 ${count}장이 양쪽에 다 있어요. 그 그림으로 재는 것은 기억력이에요`,
  task: '내 줄들',
  before: '학습 전',
  after: '학습 후',
  chance: '우연',
  rank: '가능한 답 가운데 가장 그럴듯한 것',
  greedy: '글자 하나까지 똑같이 쓴 것',
  others: '전에 할 수 있던 것',
  noOthers: '이 가중치는 기본 이름들을 배운 적이 없어서 다른 질문은 하지 않았어요',
  name: '실린 그림의 이름',
  kind: '그 종류',
  binding: '그림에 묶은 새 낱말',
  embeddings: '<image>와 <EOC>의 임베딩',
  moved: '무엇이 바뀌었나: 부분마다 수의 개수, 바뀐 개수, |후 - 전| / |전|',
  numbers: (count) => count.toLocaleString('en'),
  unchanged: '비트까지 그대로예요',
  changed: (count, relative) =>
    `${count.toLocaleString('en')}개 바뀌었고${relative === null ? '어요' : `, ${relative.toPrecision(2)}만큼이에요`}`,
  few: (count) =>
    `알림: ${count}줄은 적어요. 괄호 안은 95% 구간이에요. 앞뒤의 구간이 겹치면 아무것도 보인 게 아니에요.`,
};

export const TUNE_WORDS: Readonly<Record<Language, TuneWords>> = { en: EN, ko: KO };
