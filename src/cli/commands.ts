/** What the commands are called and do. Their code is imported when one is called. */

import type { Command } from 'commander';
import type { Context } from './context.ts';
import type { Worded } from './language.ts';

interface CommandEntry {
  readonly does: Required<Worded>;
  readonly load: () => Promise<{ readonly register: (program: Command, context: Context) => void }>;
}

/** In the order in which `--help` lists them. */
export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  demo: {
    does: {
      en: 'zero-shot and few-shot answers about real pictures, side by side, and the gates of every layer',
      ko: '실제 그림에 대한 제로샷과 퓨샷 답을 나란히 보여 주고, 층마다 게이트를 보여 줘요',
    },
    load: () => import('./demo.ts'),
  },
  explore: {
    does: {
      en: 'open the explorer: the model runs in a page, and its gates are sliders',
      ko: '탐색기를 열어요. 모델이 페이지 안에서 움직이고, 게이트를 손으로 움직일 수 있어요',
    },
    load: () => import('./explore.ts'),
  },
  ask: {
    does: { en: 'answer a prompt of pictures and words', ko: '그림과 글로 된 프롬프트에 답해요' },
    load: () => import('./ask.ts'),
  },
  chat: {
    does: {
      en: 'talk about a picture, question after question, with what was said before',
      ko: '그림을 보며 이야기해요. 앞에서 한 말을 기억하면서 묻는 대로 답해요',
    },
    load: () => import('./chat.ts'),
  },
  names: {
    does: {
      en: 'what the model knows by name, what was held out, and why',
      ko: '모델이 이름을 아는 것, 따로 뺀 것, 뺀 까닭을 보여 줘요',
    },
    load: () => import('./names.ts'),
  },
  classify: {
    does: {
      en: 'rank labels for a picture by the vision encoder and its text tower, without the language model',
      ko: '언어 모델 없이 비전 인코더와 텍스트 타워만으로, 그림에 맞는 이름을 순서대로 보여 줘요',
    },
    load: () => import('./classify.ts'),
  },
  walk: {
    does: { en: 'walk through one prompt, value by value', ko: '프롬프트 하나를 값 하나하나 따라가요' },
    load: () => import('./walk.ts'),
  },
  gates: {
    does: {
      en: 'how far each gate is open, and what it does for an answer',
      ko: '게이트가 각각 얼마나 열려 있고 답에 어떤 일을 하는지 보여 줘요',
    },
    load: () => import('./gates.ts'),
  },
  attend: {
    does: {
      en: 'pictures of where each word of the answer looked',
      ko: '답의 낱말마다 어디를 봤는지 그림으로 보여 줘요',
    },
    load: () => import('./attend.ts'),
  },
  diff: {
    does: {
      en: 'where two checkpoints, or two runs, first differ',
      ko: '두 체크포인트나 두 실행이 처음으로 달라지는 곳을 찾아요',
    },
    load: () => import('./diff.ts'),
  },
  report: {
    does: {
      en: 'one page of all there is to see of a prompt',
      ko: '프롬프트 하나에서 볼 수 있는 모든 것을 한 페이지에 담아요',
    },
    load: () => import('./report.ts'),
  },
  profile: {
    does: {
      en: 'where the time of a prompt goes: every operation and tap measured, as tables and a picture',
      ko: '프롬프트의 시간이 어디에 쓰이는지, 연산과 탭마다 재서 표와 그림으로 보여 줘요',
    },
    load: () => import('./profile.ts'),
  },
  describe: {
    does: {
      en: 'parts of a model: parameters, bytes, operations, beside those that the paper states',
      ko: '모델의 부분마다 파라미터, 바이트, 연산 수를 논문의 값과 나란히 보여 줘요',
    },
    load: () => import('./describe.ts'),
  },
  inspect: {
    does: {
      en: 'what a file of weights holds: names, shapes, types, sizes, statistics',
      ko: '가중치 파일에 든 이름, 모양, 자료형, 크기, 통계를 보여 줘요',
    },
    load: () => import('./inspect.ts'),
  },
  fetch: {
    does: {
      en: 'bring the files of a public Flamingo from the Hugging Face hub',
      ko: '공개된 Flamingo의 파일을 Hugging Face 허브에서 가져와요',
    },
    load: () => import('./fetch.ts'),
  },
  parity: {
    does: {
      en: 'compare with numbers that PyTorch implementations computed',
      ko: 'PyTorch 구현이 계산한 값과 비교해요',
    },
    load: () => import('./parity.ts'),
  },
  train: {
    does: {
      en: 'train everything from nothing, or go on where a run was cut',
      ko: '처음부터 모두 학습하거나, 끊긴 학습을 이어서 해요',
    },
    load: () => import('./train.ts'),
  },
  tune: {
    does: {
      en: 'go on training on your own pictures and words, and see what that changed',
      ko: '내 그림과 글로 이어서 학습하고, 무엇이 바뀌었는지 봐요',
    },
    load: () => import('./tune.ts'),
  },
  evaluate: {
    does: {
      en: 'recompute every figure of the model card from the weights and the pictures',
      ko: '모델 카드의 모든 수치를 가중치와 그림으로 다시 계산해요',
    },
    load: () => import('./evaluate.ts'),
  },
  export: {
    does: { en: 'write the model for an implementation in PyTorch', ko: 'PyTorch 구현이 읽을 수 있게 모델을 써요' },
    load: () => import('./export.ts'),
  },
  notebook: {
    does: {
      en: 'run, check, clear or open the notebooks (in a clone only)',
      ko: '노트북을 실행하고, 검사하고, 비우고, 열어요 (클론에서만)',
    },
    load: () => import('./notebook.ts'),
  },
};
