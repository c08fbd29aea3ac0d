/** What goes wrong in the page, in Korean. */

import { LIBRARY } from '../../inspect/korean/library.ts';
import { type Phrases, translator } from '../../inspect/korean/phrases.ts';
import { toldInKorean } from '../../inspect/korean/told.ts';

const PAGE: Phrases = [
  ['nothing was trained in this page yet', '이 페이지에서 아직 아무것도 학습하지 않았어요'],
  ['there are no weights of step {}', '{}스텝의 가중치가 없어요'],
  ['the weights of step {} do not fit the model: {}', '{}스텝의 가중치가 이 모델과 맞지 않아요: {}'],
  [
    "there is no value '{}'; expected a name of docs/taps.md",
    "'{}'라는 값은 없어요. 쓸 수 있는 이름은 docs/taps.md에 있어요",
  ],
  ['no step up to {} is kept', '{}스텝까지 남아 있는 것이 없어요'],
  ['{} is not as it should be; expected {}', '{}: 꼴이 맞지 않아요. 필요한 것: {}'],
  ['a whole number', '정수'],
  ['tokens with probabilities', '확률이 붙은 토큰'],
  ['a text and alternatives', '글과 다른 후보들'],
  ['a list', '목록'],
  ['{} is not there: the server says {}', '{}: 없어요. 서버의 답은 {}이에요'],
  ['{} is not there', '{}: 없어요'],
  ['{} did not come: {}', '{}: 오지 않았어요 ({})'],
  ['a picture of the link', '링크에 든 그림'],
  ['has {} bytes', '{}바이트예요'],
  ['the explorer has the simd device only', '이 페이지에는 simd 장치만 있어요'],
];

const inKorean = translator(PAGE, LIBRARY);

export const koreanOf = (error: Error): string | null => toldInKorean(error, inKorean);
