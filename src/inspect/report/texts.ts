/** The sentences of a report, in English and Korean. */

import { inBoth } from '../../runs/worded.ts';
import type { Language } from '../figures/words.ts';
import { called, fitted, into, quoting } from '../particles.ts';

const EN = {
  heading: 'Inside one answer',
  contents: 'On this page',
  asked: 'The prompt, and what the model said',
  nothing: '(nothing)',
  says: (text: string) => `The model says “${text}”.`,
  sure: (chance: string) => `It gives this answer ${chance}.`,
  unsure: (chance: string) => `It is unsure: it gives this answer ${chance}, less than an even chance.`,
  silent: 'The model says nothing: it ends at once.',
  askedNote: 'It read this from left to right and went on token by token.',
  seenNote: 'The small square on each picture is all that the vision encoder gets of it.',
  picture: (index: number, name: string) => `image ${index}: ${name}`,
  pictureSeen: (index: number, name: string, size: number) =>
    `image ${index}: ${name}, as the vision encoder gets it: ${size} × ${size} pixels`,
  sizes: (width: number, height: number, size: number) => `${width} × ${height} → ${size} × ${size}`,
  likely: 'The likeliest whole answers',
  firstTokens: 'The likeliest first tokens',
  token: 'token',
  probability: 'probability',
  ranking: 'The candidates, by the log-probability of the whole text and its end',
  candidate: 'candidate',
  logProbability: 'ln p',
  tokenCount: 'tokens',
  numbers: 'The same numbers as a table',
  ribbon: 'Which image each token sees',
  ribbonNote:
    'In the paper a token looks directly at the one picture that came last before it. What earlier pictures said reaches it through the language model’s own attention (section 2.3).',
  latest: 'latest image',
  previous: 'all so far',
  allowed: 'shown by the mask',
  gates: 'How far the gates are open, and what they add',
  gatesNote:
    'A gate alone says little, since what stands before it may be large or small. So the second figure shows how much really reaches the text.',
  tanh: 'tanh(α)',
  why: 'Which gate speaks for the answer',
  whyNote:
    'Each gate is closed in turn (tanh(α) is set to 0), and the same answer is scored again. Below 0: closing the gate makes the answer less likely. What two gates do only together shows in neither. ln p is of the whole answer and its end, without the temperature that percentages have.',
  whyNothing: 'The model answered nothing, or has no gates: there is nothing to explain.',
  decisive: (layer: number, gate: string, text: string, before: string, after: string) =>
    `Layer ${layer}’s ${gate} gate speaks most for “${text}”: closed, ln p goes from ${before} to ${after}`,
  stays: ', and the answer stays.',
  becomes: (text: string) => `, and the answer becomes “${text}”.`,
  noGate: (text: string) => `No single gate speaks for “${text}”.`,
  closed: 'closed',
  closedNothing: 'nothing',
  both: 'both gates',
  change: 'change',
  answerThen: 'answer then',
  looks: 'Where each word looked, and what mattered',
  looksNote:
    'Left: what covering a square with grey does to the log-probability of the word’s first token. Right: where the token before the word looked, through the latents to the patches, a heuristic: how far each patch is from what an even map would give it. A map is called even when no patch is more than half of the mean away from it; it then says little.',
  looksNothing: 'There is no picture that the model could look at.',
  warning:
    'Attention is not attribution. It says where values were taken from, not what changed the answer. Believe what covering changes.',
  range: (least: string, most: string) => `from ${least} to ${most} a patch`,
  evenRange: (least: string, most: string) => `nearly even, from ${least} to ${most} a patch`,
  attentionOf: (word: string, image: number, range: string, elsewhere: string) =>
    `“${word}”, image ${image}: share of the attention, ${range}; ${elsewhere} ends at the learned latents, not at the picture`,
  coveredOf: (word: string, image: number, token: string, before: string) =>
    `“${word}”, image ${image}: what covering a square adds to ln p(${token}) = ${before}`,
  rowColumn: 'row \\ column',
  changed: 'Before and after the change',
  changedNote: (edits: string) =>
    `Beside the run that this page shows, the same prompt was answered with ${edits}. All other parts of the page are of the run without the change.`,
  before: 'before',
  afterChange: 'after',
  wholeAnswers: 'Whole answers',
  wholeAnswer: 'answer',
  heads: (layer: number) => `Attention, head by head, before layer ${layer}`,
  headsNote:
    'Of all blocks, this is the one whose attention adds most to the last token, at which the answer begins. Rows are tokens, columns the latents of each image; each row adds up to 1.',
  noHeads: 'Attention, head by head',
  headsNothing: 'No attention to an image reaches the last token.',
  headCaption: (head: number) => `head ${head}`,
  lens: 'What it would have said after each layer',
  after: 'after',
  taps: 'Every value by its name',
  tapsNote:
    'All values that have a name, in the order in which they are computed while the prompt is read. Open a name for its equation, its source and a word about it. The spread shows how many numbers lie in each twelfth between min and max.',
  name: 'name',
  axes: 'axes',
  mean: 'mean',
  std: 'std',
  min: 'min',
  max: 'max',
  spread: 'spread',
  values: (count: number) => `${count} values`,
  counts: (counts: string) => `counts: ${counts}`,
  footer: (device: string) =>
    `Computed on ${device} and written by glass-flamingo report. Layers, images, heads, latents and tokens are counted from 0. This page runs no script and loads nothing.`,
};

export const KO: Partial<Texts> = {
  heading: '답 하나의 속을 들여다봐요',
  contents: '차례',
  asked: '프롬프트(prompt)와 모델의 답',
  nothing: '(아무 말도 안 했어요)',
  says: (text) => `모델은 “${text}”${quoting(text)} 답했어요.`,
  sure: (chance) => fitted`이 답의 확률은 ${chance}예요.`,
  unsure: (chance) => `확신은 낮아요. 이 답의 확률이 ${chance}라서 반에 못 미쳐요.`,
  silent: '모델은 아무 말 없이 바로 끝냈어요.',
  askedNote: '모델은 이것을 왼쪽부터 차례로 읽고, 토큰을 하나씩 이어 갔어요.',
  seenNote: '그림 위의 작은 네모가 비전 인코더(vision encoder)가 받는 전부예요.',
  picture: (index, name) => `${index}번 그림: ${name}`,
  pictureSeen: (index, name, size) => `${index}번 그림: ${name}, 비전 인코더가 받는 ${size} × ${size} 픽셀`,
  sizes: (width, height, size) => `${width} × ${height} → ${size} × ${size}`,
  likely: '가장 그럴듯한 답',
  firstTokens: '가장 그럴듯한 첫 토큰(token)',
  token: '토큰',
  probability: '확률',
  ranking: '후보 순위: 글 전체와 그 끝의 로그 확률이에요',
  candidate: '후보',
  logProbability: 'ln p',
  tokenCount: '토큰 수',
  numbers: '같은 숫자를 표로 보기',
  ribbon: '토큰마다 보는 그림',
  ribbonNote:
    '논문에서 토큰은 바로 앞에 마지막으로 나온 그림 하나만 직접 봐요. 더 앞의 그림 이야기는 언어 모델 자신의 어텐션(attention)을 거쳐 전해져요(2.3절).',
  latest: '마지막 그림',
  previous: '지금까지 모두',
  allowed: '마스크가 보여 줘요',
  gates: '게이트(gate)가 열린 정도와 보태는 몫',
  gatesNote:
    '게이트 값만으로는 알 수 있는 게 적어요. 그 앞의 값이 클 수도 작을 수도 있으니까요. 그래서 두 번째 그림은 텍스트에 실제로 보태는 몫을 보여 줘요.',
  tanh: 'tanh(α)',
  why: '어느 게이트(gate)가 이 답을 밀어 줬는지',
  whyNote:
    '게이트를 하나씩 닫고(tanh(α)를 0으로 두고) 같은 답의 점수를 다시 매겼어요. 0보다 작으면 그 게이트가 답을 밀어 준 거예요. 두 게이트가 함께여야만 하는 일은 어느 쪽에도 나타나지 않아요. ln p는 답 전체와 그 끝의 값이고, %에 쓰는 온도는 들어 있지 않아요.',
  whyNothing: '모델이 아무 답도 하지 않았거나 게이트가 없어서 설명할 것이 없어요.',
  decisive: (layer, gate, text, before, after) =>
    `“${text}”${called(text)} 답을 가장 세게 밀어 준 것은 ${layer}번 층의 ${gate} 게이트예요. 닫으면 ln p가 ${before}에서 ${after}${into(after)} 바뀌고`,
  stays: ', 답은 그대로예요.',
  becomes: (text) => `, 답은 “${text}”${into(text)} 바뀌어요.`,
  noGate: (text) => `혼자서 “${text}”${called(text)} 답을 밀어 준 게이트는 없어요.`,
  closed: '닫은 것',
  closedNothing: '없음',
  both: '두 게이트 모두',
  change: '변화',
  answerThen: '그때의 답',
  looks: '낱말마다 본 곳과 중요했던 곳',
  looksNote:
    '왼쪽은 칸을 회색으로 가렸을 때 낱말 첫 토큰의 로그 확률이 달라지는 값이에요. 오른쪽은 낱말 바로 앞의 토큰이 본 곳을 잠재 벡터(latent)를 거쳐 패치(patch)까지 따라간 것으로, 고른 지도에서 얼마나 벗어났는지를 그린 어림값이에요. 평균에서 절반 넘게 벗어난 패치가 없으면 고르다고 하고, 그때는 알 수 있는 것이 적어요.',
  looksNothing: '모델이 볼 수 있는 그림이 없어요.',
  warning:
    '어텐션(attention)이 곧 원인은 아니에요. 값을 어디서 가져왔는지를 말할 뿐, 무엇이 답을 바꿨는지는 말하지 않아요. 가렸을 때 달라지는 값을 믿으세요.',
  range: (least, most) => `패치마다 ${least}~${most}`,
  evenRange: (least, most) => `거의 고름, 패치마다 ${least}~${most}`,
  attentionOf: (word, image, range, elsewhere) =>
    fitted`“${word}”, ${image}번 그림: 어텐션의 몫 (${range}). ${elsewhere}는 그림이 아니라 학습된 잠재 벡터(latent)에서 끝나요`,
  coveredOf: (word, image, token, before) =>
    `“${word}”, ${image}번 그림: 칸을 가리면 ln p(${token}) = ${before}에 더해지는 값이에요`,
  rowColumn: '행 \\ 열',
  changed: '바꾸기 전과 바꾼 뒤',
  changedNote: (edits) =>
    `같은 프롬프트에 ${edits} 상태로 한 번 더 답하게 했어요. 이 페이지의 다른 부분은 모두 바꾸기 전의 실행이에요.`,
  before: '바꾸기 전',
  afterChange: '바꾼 뒤',
  wholeAnswers: '답 전체',
  wholeAnswer: '답',
  heads: (layer) => `${layer}번 층 앞의 어텐션(attention), 헤드마다`,
  headsNote:
    '모든 블록 가운데 답이 시작되는 마지막 토큰에 어텐션이 보태는 몫이 가장 큰 블록이에요. 행은 토큰, 열은 그림마다의 잠재 벡터(latent)이고 한 행의 합은 1이에요.',
  noHeads: '헤드마다의 어텐션(attention)',
  headsNothing: '마지막 토큰에 닿는 그림 어텐션이 없어요.',
  headCaption: (head) => `헤드 ${head}`,
  lens: '각 층에서 멈췄다면 나왔을 답',
  after: '이 토큰 다음',
  taps: '이름이 있는 모든 값',
  tapsNote:
    '프롬프트를 읽는 동안 계산한 순서대로, 이름이 있는 값을 모두 모았어요. 이름을 열면 수식과 출처, 설명이 나와요. 분포는 최솟값과 최댓값 사이를 열둘로 나눈 칸마다 숫자가 몇 개인지예요.',
  name: '이름',
  axes: '축',
  mean: '평균',
  std: '표준편차',
  min: '최솟값',
  max: '최댓값',
  spread: '분포',
  values: (count) => `값 ${count}개`,
  counts: (counts) => `개수: ${counts}`,
  footer: (device) =>
    `${device} 장치로 계산해서 glass-flamingo report로 만들었어요. 층, 그림, 헤드, 잠재 벡터, 토큰은 0부터 세요. 이 페이지는 스크립트를 돌리지도, 무엇을 불러오지도 않아요.`,
};

export type Texts = typeof EN;

export const TEXTS: Readonly<Record<Language, Texts>> = inBoth(EN, KO);
