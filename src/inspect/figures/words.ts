/** The words of the figures, in English and Korean. */

import { inLanguage, type Language, type Worded } from '../../runs/worded.ts';

export type { Language };

const WORDS = {
  gates: {
    en: 'Gates: how far each block is open',
    ko: '게이트(gate): 블록마다 얼마나 열렸는지',
  },
  gatesNote: {
    en: 'tanh(α) of every block, sign kept. 0 passes nothing of the new branch; the text itself always goes on.',
    ko: '블록마다 tanh(α)를 부호까지 그렸어요. 0이면 새 가지에서 아무것도 오지 않고, 텍스트는 그대로 흘러가요.',
  },
  training: { en: 'Gates through training', ko: '학습하는 동안의 게이트(gate)' },
  trainingNote: {
    en: '|tanh(α)| at every step, as in Figure 6 of the paper. All begin at 0.',
    ko: '논문의 그림 6처럼 스텝마다 |tanh(α)|를 그렸어요. 모두 0에서 시작해요.',
  },
  trainingSignedNote: {
    en: 'tanh(α) at every step, sign kept; Figure 6 of the paper shows its size. All begin at 0.',
    ko: '스텝마다 tanh(α)를 부호까지 그렸어요. 논문의 그림 6은 그 크기예요. 모두 0에서 시작해요.',
  },
  contributions: { en: 'What each gate adds to each token', ko: '게이트(gate)가 토큰마다 보태는 몫' },
  contributionsNote: {
    en: '|tanh(α) · out| / |residual|, with the sign of the gate.',
    ko: '|tanh(α) · out| / |residual|에 게이트의 부호를 붙였어요.',
  },
  ribbon: { en: 'Which image each token sees', ko: '토큰마다 보는 그림' },
  ribbonNote: {
    en: 'Colour and number: the latest image. Marks below: all images so far; framed: what the model’s mask shows.',
    ko: '색과 번호는 마지막으로 나온 그림이에요. 아래 표시는 지금까지의 모든 그림이고, 테두리는 모델의 마스크(mask)가 보여 주는 그림이에요.',
  },
  lens: {
    en: 'Logit lens: the likeliest next token after each layer',
    ko: '로짓 렌즈(logit lens): 각 층에서 멈췄다면 나왔을 토큰',
  },
  lensNote: {
    en: 'Final norm and head applied to each layer’s residual stream, tempered as answers are. The last column is what the model says.',
    ko: '층마다 잔차 스트림(residual stream)에 마지막 정규화와 출력층을 적용하고, 답과 같은 온도로 확률을 구했어요. 맨 오른쪽이 모델의 실제 답이에요.',
  },
  changes: { en: 'What changed in the next token', ko: '다음 토큰에서 달라진 것' },
  changesNote: {
    en: 'Probability before (hollow) and after (filled).',
    ko: '바꾸기 전(빈 점)과 바꾼 뒤(찬 점)의 확률이에요.',
  },
  reliability: { en: 'How far probabilities can be trusted', ko: '확률을 얼마나 믿을 수 있는지' },
  reliabilityNote: {
    en: 'Share of right answers by the probability shown; on the diagonal both agree. A larger dot holds more answers.',
    ko: '보여 준 확률마다 맞은 비율이에요. 대각선에서는 둘이 같아요. 점이 클수록 답이 많아요.',
  },
  right: { en: 'right', ko: '맞은 비율' },
  histograms: { en: 'How parameters are spread', ko: '파라미터의 분포' },
  histogramsNote: { en: 'Number of values in each bin.', ko: '구간마다 값이 몇 개인지예요.' },
  overlays: { en: 'Where each token looks, and what matters', ko: '토큰마다 보는 곳과 중요한 곳' },
  overlaysNote: {
    en: 'Left: what covering a square changes. Right: attention through the latents to the patches, as its distance from an even map: a heuristic. Attention is not attribution.',
    ko: '왼쪽은 칸을 가렸을 때 달라지는 값이에요. 오른쪽은 잠재 벡터(latent)를 거쳐 패치(patch)까지 따라간 어텐션(attention)이 고른 지도에서 벗어난 정도예요. 어림한 값이고, 어텐션이 곧 원인은 아니에요.',
  },
  overlaysOnlyNote: {
    en: 'Attention through the latents to the patches, as its distance from an even map: a heuristic. Attention is not attribution.',
    ko: '잠재 벡터(latent)를 거쳐 패치(patch)까지 따라간 어텐션(attention)이 고른 지도에서 벗어난 정도예요. 어림한 값이고, 어텐션이 곧 원인은 아니에요.',
  },
  lessLikely: { en: 'covered: less likely', ko: '가리면 확률이 줄어요' },
  moreLikely: { en: 'covered: likelier', ko: '가리면 확률이 늘어요' },
  cross: { en: 'Cross-attention before layer {n}', ko: '{n}번 층 앞의 크로스 어텐션(cross-attention)' },
  self: { en: 'Self-attention of layer {n}', ko: '{n}번 층의 셀프 어텐션(self-attention)' },
  resampler: { en: 'Perceiver Resampler, layer {n}', ko: '퍼시버 리샘플러(Perceiver Resampler)의 {n}번 층' },
  visionAttention: { en: 'Vision encoder, layer {n}', ko: '비전 인코더(vision encoder)의 {n}번 층' },
  attentionNote: {
    en: 'Rows look at columns; each row adds up to 1.',
    ko: '행이 열을 봐요. 한 행의 합은 1이에요.',
  },
  flame: { en: 'Where the time goes', ko: '시간이 쓰이는 곳' },
  flameNote: {
    en: 'From left to right in the order of computation; below each part what it consists of, down to single operations. What happens between operations is left out.',
    ko: '왼쪽에서 오른쪽으로 계산한 순서예요. 부분마다 그 아래에 무엇으로 이루어지는지 연산 하나까지 보여 줘요. 연산과 연산 사이에 드는 시간은 빠져 있어요.',
  },
  flamePrompt: { en: 'The prompt, from the pixels to the logits', ko: '픽셀에서 로짓(logit)까지, 프롬프트 전체' },
  flameToken: { en: 'A token after it', ko: '그다음 토큰 하나' },
  looks: { en: 'attention', ko: '어텐션' },
  even: { en: 'even', ko: '고름' },
  moreThanEven: { en: 'attention: more than even', ko: '어텐션: 고른 것보다 많이' },
  lessThanEven: { en: 'attention: less than even', ko: '어텐션: 고른 것보다 적게' },
  covered: { en: 'covered', ko: '가림' },
  attention: { en: 'attention', ko: '어텐션' },
  dense: { en: 'dense', ko: '피드포워드' },
  layer: { en: 'layer', ko: '층' },
  layerNumber: { en: 'layer {n}', ko: '{n}번 층' },
  layers: { en: 'layer of the language model', ko: '언어 모델의 층' },
  head: { en: 'head', ko: '헤드' },
  imageNumber: { en: 'image {n}', ko: '{n}번 그림' },
  latent: { en: 'latent', ko: '잠재 벡터' },
  latents: { en: 'latents', ko: '잠재 벡터' },
  classToken: { en: 'class token', ko: '클래스 토큰' },
  patches: { en: 'patches', ko: '패치' },
  patch: { en: 'patch', ko: '패치' },
  tokens: { en: 'tokens', ko: '토큰' },
  step: { en: 'training step', ko: '학습 스텝' },
  probability: { en: 'probability', ko: '확률' },
  before: { en: 'before', ko: '바꾸기 전' },
  after: { en: 'after', ko: '바꾼 뒤' },
  trained: { en: 'trained', ko: '학습된 값' },
  noImage: { en: 'sees no image', ko: '보는 그림이 없어요' },
  hidden: { en: 'may not be seen', ko: '볼 수 없어요' },
  hiddenImage: { en: 'another image, or none yet', ko: '다른 그림이거나 아직 그림이 없어요' },
  notFinite: { en: 'not finite', ko: '유한하지 않음' },
} as const;

export type Word = keyof typeof WORDS;

/** All of them. */
export const FIGURE_TEXTS: Readonly<Record<Word, Worded>> = WORDS;

/** The words of a language: `words('ko')('layer')`. */
export function words(language: Language): (word: Word) => string {
  return (word) => inLanguage(WORDS[word], language);
}

/** `image 0`, `0번 그림` */
export function imageName(say: (word: Word) => string, image: number | undefined): string {
  return say('imageNumber').replace('{n}', String(image));
}

/** `layer 3`, `3번 층` */
export function layerName(say: (word: Word) => string, layer: number | string | undefined): string {
  return say('layerNumber').replace('{n}', String(layer));
}

/** How wide a text is drawn, about, in a wide font: Hangul and other wide letters take a whole em. */
export function textWidth(text: string, size = 12): number {
  const em = (letter: string): number => {
    if (/[\u1100-\uffdc]|\p{Emoji_Presentation}/u.test(letter)) return 1;
    if (/[A-Z<>%@_=+→\u2212]/.test(letter)) return 0.8;
    return /[il.,:;|'() ]/.test(letter) ? 0.36 : 0.63;
  };
  return Array.from(text).reduce((width, letter) => width + size * em(letter), 0);
}

/** The end of a text, as much as fits. */
export function fitting(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const letters = Array.from(text);
  while (letters.length > 0 && textWidth(`…${letters.join('')}`) > width) letters.shift();
  return `…${letters.join('')}`;
}

/** A token as people read it: `▁` and `Ġ` are spaces before a word. */
export function readable(token: string): string {
  return token.replace(/[▁Ġ]/g, ' ').trim() || '␣';
}

/** A token with its place in the text, from 0: `5 panda` */
export function tokenLabel(tokens: readonly string[], index: number): string {
  const token = tokens[index];
  return token === undefined ? String(index) : `${index} ${readable(token)}`;
}
