/** What `evaluate` says. */

import { fitted } from '../../inspect/particles.ts';
import type { ClipControl } from '../../training/clips/evaluate-clips.ts';
import type { SceneTask } from '../../training/clips/questions.ts';
import type { DialogueControl, DialogueSpec, DialogueStep } from '../../training/dialogue/dialogues.ts';
import type { Row, RowSpec } from '../../training/evaluation-rows.ts';
import type { Language } from '../language.ts';

type Control = NonNullable<RowSpec['control']> | DialogueControl | ClipControl | 'other pictures';

const EN = {
  json: 'write the rows to a file',
  seed: 'first of the three evaluation seeds',
  weights: 'folder of weights; the shipped ones when left out',
  n: 'episodes of each row, over the three seeds',
  data: 'folder of the training data, installed there when missing',
  device: 'simd, gpu or gpu:MODE',
  onlyTasks: 'only these: naming, kind, induction, binding, binding-same-category',
  threads: 'threads that score; default: all the machine has',
  development: "the rows on which choices are made, in place of the card's",
  forms: "every form of each question, of the card's rows",
  curves:
    'few-shot curves in place of the card, or with --clips of clips and scenes: 0, 1, 2, 4 and 8 shots, random and by RICES, with controls',
  dialogues:
    'dialogues of two and three turns in place of the card, --n of each kind, their last question again under controls',
  clips: 'clips and scenes in place of the card, --n of each question, with controls, and what training on them forgot',
  dataOwn:
    'your own lines in place of the card: eval.jsonl of a folder, or the fifth of train.jsonl that is held back for --seed',
  fitTemperature:
    'first fit the temperature of shown probabilities on rows that are not reported, and write it into config.json',
  help: `
Every row has a 95 % interval, the chance level, nearest-neighbour baselines where they mean something, and controls.

Examples:
  $ npm run evaluate -- --json runs/evaluation.json
  $ npm run evaluate -- --weights runs/weights --task binding --n 300
  $ npm run evaluate -- --data-own drawings --weights runs/drawings/weights

Exit codes: 0 every row was measured; 2 wrong usage or input; 130 stopped by Ctrl-C.`,
  stopped: 'stopped: no row was written',
  noTextTower: (weights: string, file: string): string =>
    `${weights} has no ${file}: zero-shot classification is left out`,
  temperature: (value: number, file: string): string => `temperature ${value}, written into ${file}`,
  task: (task: Row['task']): string => task,
  language: (language: Language): string => language,
  ways: (count: number): string => `${count}-way`,
  shots: (count: number): string => `${count} shots`,
  /** Which things are shown, in which drawings. */
  shown: (concepts: Row['concepts'], style: Row['style']): string => `${concepts}/${style}`,
  measure: (measure: Row['measure']): string => measure,
  chance: (value: string): string => `chance ${value}`,
  nearest: (features: string, pixels: string): string => `nearest neighbour ${features} features, ${pixels} pixels`,
  control: (control: Control): string => `control: ${control}`,
  confidence: (before: string, after: string, temperature: number, fits: number): string =>
    `calibration error ${before}, ${after} at temperature ${temperature} (best here ${fits})`,
  step: (step: DialogueStep): string => step,
  every: (value: string): string => `every turn right ${value}`,
  other: (value: string): string => `right for the other thing ${value}`,
  clipTask: (task: SceneTask): string => task,
  question: (written: boolean): string => (written ? 'question written' : 'no question'),
  instead: (value: string): string => `right about what is shown instead ${value}`,
  before: (value: string): string => `before ${value}`,
  asTheyAre: 'as they are',
  alone: (control: 'gates 0' | 'other pictures'): string => control,
  lines: (count: number, held: boolean): string => `${count} own lines${held ? ', held back from train.jsonl' : ''}`,
  likeliest: 'likeliest of the answers',
  written: 'written letter for letter',
  byChance: 'chance',
};

export type EvaluateWords = typeof EN;

const TASKS: Readonly<Record<Row['task'], string>> = {
  naming: '이름',
  kind: '종류',
  induction: '무슨 질문인지',
  binding: '새 낱말',
  'binding-same-category': '새 낱말(같은 종류끼리)',
};

const CONCEPTS: Readonly<Record<Row['concepts'] | DialogueSpec['concepts'], string>> = {
  seen: '본 것',
  novel: '새것',
  development: '개발용 개념',
  spare: '마지막 단계에 없던 것',
};

const STYLES: Readonly<Record<Row['style'], string>> = {
  seen: '본 화풍',
  held: '처음 보는 화풍',
  development: '개발용 화풍',
  drawings: '다른 손이 그린 그림',
};

const CONTROLS: Readonly<Record<Control, string>> = {
  'shuffled labels': '예시의 답을 섞음',
  'wrong query picture': '다른 그림으로 묻기',
  'gates 0': '게이트 0',
  'zero features': '그림 특징 0',
  'text alone': '글만',
  'another picture': '다른 그림',
  'no turns before': '앞의 차례 없이',
  'other answers before': '앞의 답을 다른 것으로',
  'other pictures': '다른 그림',
  'reversed frames': '프레임을 거꾸로',
  'shuffled frames': '프레임을 섞음',
  'one frame': '프레임 하나만',
  '12 frames': '프레임 12장',
  '16 frames': '프레임 16장',
  mirrored: '좌우를 바꿈',
  'second turn': '둘째 차례',
};

const CLIP_TASKS: Readonly<Record<SceneTask, string>> = {
  motion: '움직임',
  name: '이름',
  kind: '종류',
  count: '개수',
  colour: '색',
  there: '있는지',
  left: '왼쪽과 오른쪽의 이름',
  right: '오른쪽의 이름',
  leftKind: '왼쪽과 오른쪽의 종류',
  rightKind: '오른쪽의 종류',
};

const MEASURES: Readonly<Record<Row['measure'], string>> = {
  rank: '고르기',
  greedy: '쓰기',
  'text tower': '텍스트 타워',
};

const STEPS: Readonly<Record<DialogueStep, string>> = {
  name: '이름(영어)',
  koreanName: '이름(한국어)',
  kind: '종류(영어)',
  koreanKind: '종류(한국어)',
  'tell word': '낱말을 알려 줌',
  'ask word': '알려 준 낱말 묻기',
};

const KO: EvaluateWords = {
  json: '행들을 파일에 써요',
  seed: '평가 시드 셋 가운데 첫째',
  weights: '가중치 폴더. 안 쓰면 실린 가중치예요',
  n: '행마다 에피소드 수. 시드 셋을 합한 거예요',
  data: '학습 데이터 폴더. 없으면 여기에 설치해요',
  device: 'simd, gpu, gpu:MODE 가운데 하나',
  onlyTasks: '이것만 재요: naming, kind, induction, binding, binding-same-category',
  threads: '점수를 매길 스레드 수. 기본값은 이 기계가 한꺼번에 돌릴 수 있는 만큼이에요',
  development: '카드의 행 대신, 무엇을 고를지 정할 때 보는 행을 재요',
  forms: '카드의 행 가운데 질문의 표현을 하나하나 재는 행',
  curves:
    '카드 대신 퓨샷 곡선을 재요. --clips와 함께 쓰면 움직이는 그림과 장면의 곡선이에요. 예시 0, 1, 2, 4, 8개를 아무거나, 또 RICES로 고르고, 대조 실험도 해요',
  dialogues: '카드 대신 두세 차례의 대화를 종류마다 --n개씩 재요. 마지막 질문은 대조 조건에서 한 번 더 물어요',
  clips:
    '카드 대신 움직이는 그림과 장면을 재요. 질문마다 --n개씩, 대조 실험과 함께. 그걸 배우느라 무엇을 잊었는지도 재요',
  dataOwn: '카드 대신 내 글을 재요. 폴더의 eval.jsonl이나, --seed로 train.jsonl에서 따로 빼 둔 5분의 1이에요',
  fitTemperature: '먼저 보여 줄 확률의 온도를 보고하지 않는 행에 맞추고 config.json에 써요',
  help: `
행마다 95% 구간과 우연 수준이 있고, 뜻이 있는 곳에는 최근접 이웃과 대조 실험이 있어요.

예:
  $ npm run evaluate -- --json runs/evaluation.json
  $ npm run evaluate -- --weights runs/weights --task binding --n 300
  $ npm run evaluate -- --data-own drawings --weights runs/drawings/weights

종료 코드: 0 모든 행을 쟀어요; 2 잘못 썼거나 입력이 잘못됐어요; 130 Ctrl-C로 멈췄어요.`,
  stopped: '멈췄어요. 행은 하나도 쓰지 않았어요',
  noTextTower: (weights, file) => fitted`${weights}에 ${file}이 없어서 제로샷 분류는 빼요`,
  temperature: (value, file) => `온도 ${value}, ${file}에 썼어요`,
  task: (task) => TASKS[task],
  language: (language) => ({ en: '영어', ko: '한국어' })[language],
  ways: (count) => `낱말 ${count}개`,
  shots: (count) => (count === 0 ? '예시 없음' : `예시 ${count}개`),
  shown: (concepts, style) => `${CONCEPTS[concepts]}, ${STYLES[style]}`,
  measure: (measure) => MEASURES[measure],
  chance: (value) => `우연 ${value}`,
  nearest: (features, pixels) => `최근접 이웃 특징 ${features}, 픽셀 ${pixels}`,
  control: (control) => `대조: ${CONTROLS[control]}`,
  confidence: (before, after, temperature, fits) =>
    `보정 오차 ${before}, 온도 ${temperature}에서 ${after} (여기서 가장 좋은 온도 ${fits})`,
  step: (step) => STEPS[step],
  every: (value) => `모든 답이 맞은 비율 ${value}`,
  other: (value) => `다른 것에 맞은 비율 ${value}`,
  clipTask: (task) => CLIP_TASKS[task],
  question: (written) => (written ? '질문을 씀' : '질문 없이'),
  instead: (value) => `대신 보인 것에 맞은 비율 ${value}`,
  before: (value) => `배우기 전 ${value}`,
  asTheyAre: '그대로',
  alone: (control) => CONTROLS[control],
  lines: (count, held) => `내 글 ${count}줄${held ? ' (train.jsonl에서 따로 빼 둔 것)' : ''}`,
  likeliest: '답 가운데 가장 그럴듯한 것',
  written: '글자 하나까지 똑같이 쓴 것',
  byChance: '우연',
};

export const EVALUATE_WORDS: Readonly<Record<Language, EvaluateWords>> = { en: EN, ko: KO };
