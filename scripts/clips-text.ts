/** The words of docs/clips.md and docs/clips.ko.md. */

export type Lang = 'en' | 'ko';

/** Tables that the page shows. */
export interface ClipTables {
  readonly n: number;
  readonly examples: string;
  readonly motion: string;
  readonly motions: string;
  readonly scenes: string;
  readonly kept: string;
}

export function clipsText(lang: Lang, tables: ClipTables): string {
  return lang === 'en' ? english(tables) : korean(tables);
}

const english = ({ n, examples, motion, motions, scenes, kept }: ClipTables): string => `# Clips and scenes

[한국어](clips.ko.md)

In the paper every visual input is a video: some frames, to which the Perceiver Resampler adds a learned embedding of their time
(section 2.1, Figure 5). The shipped model has none, like OpenFlamingo. A second set of weights, \`video\`, has eight of them.

    $ node bin/glass-flamingo.js ask --weights video --video examples/clips/rocket-up.gif --text "motion :"

    const model = await load('video');
    const { text } = await model.answer({ sequence: [{ video: 'cat.gif' }, { text: 'motion :' }] });

${examples}

In a prompt file a clip is \`{"video": "cat.gif"}\`, or the list of its frames: \`{"video": ["1.png", "2.png"]}\`. It is one \`<image>\` token.

- A picture is a clip of one frame.
- In one prompt all are shown for as long as the longest: of shorter clips frames are repeated evenly, and a picture among clips stands still.
- Up to 16 frames are read, twice as many as were learnt, by interpolation (appendix B.1.2). Of more frames 16 are taken evenly; the command line says so.
- Weights without temporal embeddings refuse a clip of several frames.

## What was trained

From the shipped weights: the resampler, the gated blocks and the embeddings of \`<image>\` and \`<EOC>\`; the vision encoder and the
language model stay as they are, so that the folder \`weights/video\` holds only the trained part. 12,000 clips and 12,000 scenes were drawn
from the training pictures, with the usual episodes of naming and binding beside them. Frames are 32 x 32 pixels, as the shipped encoder sees them.

- **A clip** shows one thing that moves left, right, up or down, grows, shrinks, turns right (clockwise) or left, appears, vanishes, blinks or stays.
- **A scene** shows one to four things on a background, in half of the scenes all in one colour.

\`npm run train -- --video --out runs/video\` trains them, \`npm run evaluate -- --clips --n ${n}\` computes this page's numbers. ${n} clips or scenes a line;
percent of answers that are right letter for letter, with 95% intervals. New things are those that training was kept from, and the new style is the one that
it never saw.

## What it does

![Right answers about motion by what is shown](clips.en.svg)

${motion}

The controls are asked in English.

- **Reversed**: the frames from the last to the first. Behind the semicolon: how often the answer is right for what they then show, left for right.
- **Shuffled**, **one frame**: the frames in a random order, or the middle one alone.
- **12 and 16 frames**: of the same clip. Their embeddings are interpolated.
- **Another clip or picture**: another one in its place; behind the semicolon, how often the answer is right for it.
- **Text alone**, **gates 0**: no picture gets through.

Each motion by itself, new things in the new style, asked in English:

${motions}

## Scenes, and what moves

${scenes}

**Second turn**: asked after \`count :\` was asked and the model had answered it. **Mirrored**: left and right exchanged; behind the semicolon, how often the answer is right for the mirror image.

## What it forgot

${kept}

## What works, and what does not

- **What changes is seen in things and in a style that no training saw**: 84 of 100 answers are right, where guessing gives 8. The model always recognises
  that things appear, vanish or blink, and up, down, growing and shrinking in more than nine of ten clips; left and right in about seven of ten.
- **The order of frames counts**: in reverse the answer turns round, shuffled it is right in a third, and one frame is little better than no picture.
- **12 and 16 frames** are read as well as eight, though none of their embeddings between was learnt.
- **Which way something turns** the model cannot tell: turning is seen, and in English it nearly always says right, in Korean either.
- **How many** and **which colour** work, for new things in the new style too, and in a second turn. In that dialogue the second question does not need the first answer.
- **What is on the left or right** does not work: hardly a name is right, and the kind of known things in a fifth of the scenes; of new ones it is at chance or
  little above. At two things in 32 pixels each has 14, and the frozen
  encoder was trained on larger ones. **Whether there is one of a kind** is recognised for known things in two of three scenes, and not at all for new ones.
- **Forgotten**: about five English names in a hundred. The other rows lie within their intervals of what was there before.
- One training seed: the 1,200 steps of the recipe, 27 minutes on two shared cores. Nothing was chosen by these figures.
`;

const korean = ({ n, examples, motion, motions, scenes, kept }: ClipTables): string => `# 움직이는 그림과 장면

[English](clips.md)

논문에서는 모든 시각 입력이 동영상이에요. 프레임이 몇 장 있고, 퍼시버 리샘플러가 프레임마다 그 시각의 학습된 임베딩을 더해요(2.1절, 그림 5). 실린 모델에는
OpenFlamingo처럼 그 임베딩이 없어요. 두 번째 가중치 \`video\`에는 여덟 개 있어요.

    $ node bin/glass-flamingo.js ask --weights video --video examples/clips/rocket-up.gif --text "움직임 :" --lang ko

    const model = await load('video');
    const { text } = await model.answer({ sequence: [{ video: 'cat.gif' }, { text: '움직임 :' }] });

${examples}

프롬프트 파일에서는 \`{"video": "cat.gif"}\`라고 쓰거나 프레임의 목록을 써요: \`{"video": ["1.png", "2.png"]}\`. 움직이는 그림 하나가 \`<image>\` 토큰 하나예요.

- 그림 한 장은 프레임이 하나인 동영상이에요.
- 한 프롬프트 안에서는 모두 가장 긴 것만큼 보여 줘요. 더 짧은 것은 프레임을 고르게 되풀이하고, 움직이는 그림 사이의 그림은 가만히 서 있어요.
- 프레임은 배운 것의 두 배인 16장까지 보간해서 읽어요(부록 B.1.2). 더 많으면 16장을 고르게 골라요. 명령줄이 그렇다고 알려 줘요.
- 시간 임베딩이 없는 가중치는 프레임이 여럿인 그림을 받지 않아요.

## 무엇을 학습했나

실린 가중치에서 시작해서 리샘플러와 게이트 블록, \`<image>\`와 \`<EOC>\`의 임베딩을 학습했어요. 비전 인코더와 언어 모델은 그대로라서, \`weights/video\` 폴더에는
학습한 부분만 있어요. 움직이는 그림 12,000개와 장면 12,000개를 학습용 그림으로 그렸고, 이름과 낱말 묶기의 에피소드도 곁들였어요. 프레임은 실린 인코더가 보는 대로 32 x 32
픽셀이에요.

- **움직이는 그림**에서는 한 가지가 왼쪽, 오른쪽, 위, 아래로 움직이거나, 커지거나, 작아지거나, 시계 방향이나 반시계 방향으로 돌거나, 나타나거나, 사라지거나, 깜박이거나,
  가만히 있어요.
- **장면**에는 배경 위에 한 개에서 네 개까지 있어요. 장면의 절반은 모두 한 가지 색이에요.

\`npm run train -- --video --out runs/video\`로 학습하고, \`npm run evaluate -- --clips --n ${n}\`으로 이 페이지의 수를 다시 계산해요. 줄마다 움직이는 그림이나 장면 ${n}개이고,
글자 하나까지 맞은 답의 백분율과 95% 구간이에요. 처음 보는 것은 학습에서 감춰 둔 것, 처음 보는 화풍은 학습이 보지 못한 화풍이에요.

## 무엇을 하는지

![무엇을 보였는지에 따른 움직임의 맞은 답](clips.ko.svg)

${motion}

대조군은 영어로 물었어요.

- **거꾸로**: 마지막 프레임부터 첫 프레임까지 보여 줘요. 세미콜론 뒤는 그때 보이는 것에 맞은 비율이에요. 오른쪽이었으면 왼쪽이죠.
- **섞음**, **프레임 하나**: 프레임을 아무 순서로 보이거나, 가운데 것 하나만 보여 줘요.
- **12장, 16장**: 같은 그림을 더 많은 프레임으로 보여 줘요. 임베딩은 보간해요.
- **다른 것을 보임**: 다른 그림을 대신 보여 줘요. 세미콜론 뒤는 그것에 맞은 비율이에요.
- **글만**, **게이트 0**: 그림이 전해지지 않아요.

움직임 하나하나, 처음 보는 것을 처음 보는 화풍으로 그리고 영어로 물었어요.

${motions}

## 장면, 그리고 움직이는 것

${scenes}

**둘째 차례**: \`count :\`를 먼저 묻고 모델이 답한 뒤에 물어요. **좌우를 바꿈**: 왼쪽과 오른쪽을 바꿔요. 세미콜론 뒤는 거울에 비친 모습에 맞은 비율이에요.

## 무엇을 잊었나

${kept}

## 되는 것과 안 되는 것

- **학습이 본 적 없는 것과 화풍에서도 무엇이 달라지는지 알아봐요**: 100개 가운데 84개가 맞고, 아무렇게나 답하면 8개예요. 나타나고, 사라지고, 깜박이는 것은 언제나 맞히고,
  위와 아래, 커짐과 작아짐은 열 가운데 아홉 넘게, 왼쪽과 오른쪽은 열 가운데 일곱쯤 맞혀요.
- **프레임의 차례가 중요해요**: 거꾸로 보이면 답도 반대가 되고, 섞으면 3분의 1만 맞고, 프레임 하나로는 그림이 없을 때와 거의 같아요.
- **12장과 16장**도 8장만큼 읽어요. 사이의 임베딩은 하나도 배우지 않았는데도요.
- **어느 쪽으로 도는지**는 몰라요. 도는 것은 알지만 영어로는 거의 언제나 시계 방향이라 하고, 한국어로는 이쪽저쪽 섞어 답해요.
- **몇 개인지**와 **무슨 색인지**는 처음 보는 것을 처음 보는 화풍으로 그려도 되고, 둘째 차례에 물어도 돼요. 다만 이 대화에서 둘째 질문에는 첫 답이 필요 없어요.
- **왼쪽이나 오른쪽에 무엇이 있는지**는 안 돼요. 이름은 거의 못 맞히고, 종류는 배운 것에서 5분의 1, 처음 보는 것에서는 우연이거나 조금 위예요. 32픽셀에 두 가지가 있으면 하나가 14픽셀인데, 얼려 둔 인코더는
  더 큰 그림으로 배웠어요. **그런 종류가 있는지**는 배운 것에서 셋 가운데 둘을 맞히고, 처음 보는 것에서는 전혀 못 맞혀요.
- **잊은 것**: 영어 이름이 100개 가운데 다섯 개쯤이에요. 나머지 줄은 배우기 전과 구간 안에서 같아요.
- 학습 시드는 하나예요. 레시피대로 1,200스텝을 다른 일도 하는 두 코어에서 27분 동안 학습했고, 이 수들을 보고 고른 것은 없어요.
`;
