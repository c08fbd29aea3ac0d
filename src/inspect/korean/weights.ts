/**
 * What goes wrong with files of weights, their configuration and their tokenizer: English beside Korean. What only breaks in
 * files that somebody made, and not in those of the page, is told by the commands alone.
 */

import type { Phrases } from './phrases.ts';

const HEADER: Phrases = [
  ['[safetensors] {}', 'safetensors 파일이 온전하지 않아요. {}'],
  ['the file has {#} bytes, a header needs at least 8', '파일이 {}바이트뿐이에요. 머리말만 해도 8바이트 이상이에요'],
  [
    'the header would have {#} bytes; is this a safetensors file?',
    '머리말이 {}바이트라고 적혀 있어요. safetensors 파일이 맞나요?',
  ],
  [
    'the header would end at byte {#} of {#}; was the file cut off?',
    '머리말이 {}바이트째에서 끝나야 하는데 파일이 {}바이트뿐이에요. 받다가 잘렸나요?',
  ],
  ['the header is not valid UTF-8', '머리말이 UTF-8이 아니에요'],
  ['the header is not valid JSON', '머리말이 JSON이 아니에요'],
  ['tensor {} needs {#} bytes, its offsets hold {#}', '텐서 {}: {}바이트가 필요한데 {}바이트만 잡혀 있어요'],
  [
    'tensor {} ends at byte {#} of {#}; was the file cut off?',
    '텐서 {}: {}바이트째에서 끝나야 하는데 데이터가 {}바이트뿐이에요. 받다가 잘렸나요?',
  ],
  ['{#} bytes after {} belong to no tensor', '{}바이트가 어느 텐서의 것도 아니에요 ({} 뒤)'],
  ['the header', '머리말'],
  ['tensor {}', '텐서 {}'],
  ['got {#} bytes instead of {#} to {#}', '{}바이트만 왔어요. 필요한 것은 {}~{}바이트예요'],
];

const MODEL: Phrases = [
  ['no weights: {}; expected a folder with {}', '가중치가 없어요. {}. 필요한 것: {}이 든 폴더'],
  ['{} is not valid JSON in UTF-8: {}', '{}: UTF-8 JSON이 아니에요 ({})'],
  ['the key {} stands twice in one object', '한 객체에 {} 키가 두 번 나와요'],
  [
    'tokenizer.json has {#} tokens, config.json a vocabulary of {#}',
    'tokenizer.json에는 토큰이 {}개인데 config.json의 어휘는 {}개예요',
  ],
  [
    'config.json says {} for model.tokens.{}, tokenizer.json has {}',
    '토큰 번호가 달라요. config.json에는 {}(model.tokens.{}), tokenizer.json에는 {}',
  ],
  [
    'tokenizer.json reads {} as other tokens; expected it in added_tokens',
    'tokenizer.json이 {} 토큰을 다른 토큰으로 읽어요. added_tokens에 있어야 해요',
  ],
  ['config.json describes {#} parameters, {} holds {#}', 'config.json대로면 파라미터가 {}개인데 {}에는 {}개뿐이에요'],
  ['[loadStateDict] the weights do not fit the model: {}', '가중치가 이 모델과 맞지 않아요. {}'],
  ['{#} missing ({}), {}', '없는 것 {}개({}), {}'],
  ['{#} missing ({})', '없는 것 {}개({})'],
  ['{#} unexpected ({}), {}', '남는 것 {}개({}), {}'],
  ['{#} unexpected ({})', '남는 것 {}개({})'],
  ['{#} of another shape ({})', '모양이 다른 것 {}개({})'],
  ['{}: [{}] instead of [{}]', '{}의 모양 [{}](맞는 모양 [{}])'],
  ['{} cannot be read ({})', '{}: 읽을 수 없어요 ({})'],
  ['no answer within {#} seconds', '{}초 동안 답이 없어요'],
  ['silent for {#} seconds', '{}초 동안 아무것도 오지 않아요'],
  ['more than {#} bytes are sent', '{}바이트가 넘게 와요'],
];

const CONFIG: Phrases = [
  ['config.json: {} is missing; expected {}', 'config.json: {} 키가 빠져 있어요. 필요한 것: {}'],
  ['config.json: {} is {}; expected no such key, only {}', 'config.json: {}라는 키는 없어요 ({}). 쓸 수 있는 키: {}'],
  ['config.json: {} is {}; expected {}', 'config.json: {}의 값 {}: 쓸 수 없어요. 필요한 것: {}'],
  ['a number from {} to {}', '{}부터 {}까지의 수'],
  ['{#} numbers from {} to {}', '수 {}개({}부터 {}까지)'],
  ['true or false', 'true나 false'],
  ['one of {}', '{} 가운데 하나'],
  ['an object with {}', '이런 키가 있는 객체: {}'],
  ['a multiple of its {#} heads', '헤드 수 {}의 배수'],
  ["{#}, the encoder's", '인코더와 같은 {}'],
  ['an id below {#}', '{}보다 작은 번호'],
  ['another id than that of endOfChunk', 'endOfChunk와 다른 번호'],
  ['less than the {#} tokens of a prompt with its answer', '프롬프트와 답을 합한 토큰 수 {}보다 작은 수'],
  ['at most the {#} positions', '위치의 수 {} 이하'],
];

const TOKENIZER: Phrases = [
  ['tokenizer.json has no token for {}', 'tokenizer.json에 {} 글자를 쓸 토큰이 없어요'],
  ['tokenizer.json has no token {}', 'tokenizer.json에 {}라는 토큰이 없어요'],
  ["{} is no token's id; expected a whole number", '{}: 토큰 번호가 아니에요. 정수라야 해요'],
  ['tokenizer.json: {} is not as it should be; expected {}', 'tokenizer.json: {}의 꼴이 맞지 않아요. 필요한 것: {}'],
  ['BPE or Unigram', 'BPE나 Unigram'],
  ['a list', '목록'],
  ['a text', '글'],
];

export const WEIGHTS: Phrases = [...HEADER, ...MODEL, ...CONFIG, ...TOKENIZER];
