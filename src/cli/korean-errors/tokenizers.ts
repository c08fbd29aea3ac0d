/** What a public tokenizer.json has that is not run as Hugging Face's tokenizers run it: English beside Korean. */

import type { Phrases } from '../../inspect/korean/phrases.ts';

export const TOKENIZERS: Phrases = [
  [
    "tokenizer.json: the added token {} is nothing once it's normalised; expected a text that stays",
    'tokenizer.json: 더한 토큰 {}: 정규화하면 아무것도 남지 않아요. 필요한 것: 남는 글자가 있는 토큰',
  ],
  ['one that finds the same in JavaScript: {}', 'JavaScript에서도 같은 것을 찾는 패턴 ({})'],
  ['it has an atomic group, at character {#}', '{}번째 글자에 원자 그룹이 있어요'],
  ['it has \\G, where the search began, at character {#}', '{}번째 글자에 찾기 시작한 곳을 뜻하는 \\G가 있어요'],
  ['it has a backreference, at character {#}', '{}번째 글자에 역참조가 있어요'],
  ['a count is followed by a question mark, at character {#}', '{}번째 글자에서 개수 뒤에 물음표가 와요'],
  [
    "its case-insensitive part holds more than ASCII's letters and classes, at character {#}",
    '{}번째 글자에서 시작하는 대소문자를 가리지 않는 부분에 ASCII 글자와 문자 클래스가 아닌 것이 있어요',
  ],
  ['it is no expression that JavaScript can run', 'JavaScript가 돌릴 수 없는 패턴이에요'],
  ['a Metaspace with prepend_scheme first before other parts', 'prepend_scheme이 first인 Metaspace는 다른 부분보다 앞'],
  ['always or never with a normalizer of type {}', '종류가 {}인 normalizer와 함께면 always나 never'],
  ['{#}, the id of {} in the vocabulary', '{}(어휘에서 {} 토큰의 번호)'],
  ['an entry for {}, which single names', 'single에 나오는 {}의 항목'],
  ['a token of the vocabulary, which lacks {}', '어휘에 있는 토큰 ({}: 없어요)'],
  ['one character', '글자 하나'],
  ['one that never matches an empty text', '빈 글과 맞지 않는 패턴'],
  ['always, first or never', 'always, first, never 가운데 하나'],
  ['the text {}: {}', '글 {}: {}'],
  ['the map is cut off', '글자 표가 잘렸어요'],
  ['the map leads out of itself', '글자 표가 표 밖을 가리켜요'],
  ['the map holds bytes that are no text', '글자 표에 글이 아닌 바이트가 있어요'],
  ["SentencePiece's map of characters in base64", 'base64로 적은 SentencePiece 글자 표'],
];
