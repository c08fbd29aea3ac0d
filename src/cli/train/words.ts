/** What `train` says; its lines of progress are worded where they are made. */

import type { Language } from '../language.ts';

const EN = {
  out: 'folder of the run: checkpoints, logs, weights',
  data: 'folder of the training data, installed there when missing',
  from: 'finished weights to go on from: only the Flamingo stage is trained, on their encoder and language model',
  video:
    'go on from finished weights (--from, else the shipped ones) to clips and scenes; writes only what that changes',
  stage: 'only these stages: vision, language, flamingo',
  seed: 'training seed',
  threads: 'threads that train; default: all the machine has',
  visionSteps: 'steps of the vision stage',
  languageSteps: 'steps of the language stage',
  flamingoSteps: 'steps of the Flamingo stage',
  snapshots: 'keep a snapshot of the trained part every so many steps (0: none)',
  snapshotsAt: 'keep snapshots after these steps too, e.g. 0,10,20',
  development: 'leave out a training style too, to make choices by `evaluate --development`, never by the card',
  dataOwn:
    'your own pictures and lines (train.jsonl, as for tune): a kind of episodes of the Flamingo stage, beside the others',
  ownWeight: 'share of the loss that your own lines have there',
  help: `
Stops on Ctrl-C or SIGTERM with a checkpoint; the same command goes on from there, to the same weights,
whatever the number of threads.
When the Flamingo stage is done, the weights are in OUT/weights, ready for --weights.

Examples:
  $ npm run train
  $ npm run train -- --out runs/small --vision-steps 500 --language-steps 300 --flamingo-steps 200
  $ npm run train -- --stage vision
  $ npm run train -- --out runs/longer --from weights --flamingo-steps 300
  $ npm run train -- --out runs/mine --from weights --flamingo-steps 100 --data-own drawings
  $ npm run train -- --out runs/video --video

Exit codes: 0 done; 2 wrong usage or input, or a file that cannot be written; 130 stopped, with a checkpoint.`,
  written: (weights: string, seen: number, novel: number): string =>
    `weights: ${weights} (${seen} seen and ${novel} novel concepts)`,
};

export type TrainWords = typeof EN;

const KO: TrainWords = {
  out: '실행 폴더: 체크포인트, 기록, 가중치',
  data: '학습 데이터 폴더. 없으면 여기에 설치해요',
  from: '이어서 학습할, 다 학습된 가중치. 그 비전 인코더와 언어 모델은 그대로 두고 Flamingo 단계만 학습해요',
  video: '다 학습된 가중치(--from, 안 쓰면 실린 것)에서 움직이는 그림과 장면으로 이어 학습해요. 달라진 것만 써요',
  stage: '이 단계만 학습해요: vision, language, flamingo',
  seed: '학습 시드',
  threads: '학습할 스레드 수. 기본값은 이 기계가 한꺼번에 돌릴 수 있는 만큼이에요',
  visionSteps: '비전 단계의 스텝 수',
  languageSteps: '언어 단계의 스텝 수',
  flamingoSteps: 'Flamingo 단계의 스텝 수',
  snapshots: '이만큼의 스텝마다 학습하는 부분의 스냅샷을 남겨요 (0이면 안 남겨요)',
  snapshotsAt: '이 스텝들 뒤에도 스냅샷을 남겨요. 예: 0,10,20',
  development:
    '학습용 화풍도 하나 빼 둬요. 무엇을 고를지는 카드의 행이 아니라 `evaluate --development`로 정하기 위해서예요',
  dataOwn: '내 그림과 글(tune과 같은 train.jsonl). Flamingo 단계에서 다른 에피소드 옆의 한 종류가 돼요',
  ownWeight: '그 단계의 손실에서 내 글이 차지하는 몫',
  help: `
Ctrl-C나 SIGTERM을 받으면 체크포인트를 남기고 멈춰요. 같은 명령으로 거기서부터 이어지고, 스레드가 몇 개든 같은 가중치가 나와요.
Flamingo 단계가 끝나면 가중치가 실행 폴더의 weights에 있어요. --weights로 바로 쓸 수 있어요.

예:
  $ npm run train
  $ npm run train -- --out runs/small --vision-steps 500 --language-steps 300 --flamingo-steps 200
  $ npm run train -- --stage vision
  $ npm run train -- --out runs/longer --from weights --flamingo-steps 300
  $ npm run train -- --out runs/mine --from weights --flamingo-steps 100 --data-own drawings
  $ npm run train -- --out runs/video --video

종료 코드: 0 끝났어요; 2 잘못 썼거나 입력이 잘못됐거나 파일을 쓸 수 없어요; 130 체크포인트를 남기고 멈췄어요.`,
  written: (weights, seen, novel) => `가중치: ${weights} (본 개념 ${seen}개, 새 개념 ${novel}개)`,
};

export const TRAIN_WORDS: Readonly<Record<Language, TrainWords>> = { en: EN, ko: KO };
