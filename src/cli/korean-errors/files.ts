/** What goes wrong with devices, and with files of weights that somebody made, in commands: English beside Korean. */

import type { Phrases } from '../../inspect/korean/phrases.ts';

const DEVICES: Phrases = [
  [
    "[openDevice] the device is '{}'; nearest is '{}'; expected only {}",
    "'{}'라는 장치는 없어요. 가장 가까운 것: '{}'. 쓸 수 있는 장치: {}",
  ],
  ['{} is not available here: {}', '{}: 여기서는 쓸 수 없어요. {}'],
  [
    'Node has no WebGPU of its own: {} brings one (without a graphics card, {})',
    'Node에는 WebGPU가 없어요. {}가 넣어 줘요 (그래픽 카드가 없으면: {})',
  ],
  ['set VK_ICD_FILENAMES to a software Vulkan driver', 'VK_ICD_FILENAMES로 소프트웨어 Vulkan 드라이버를 고르세요'],
  ['{} and run under an X server ({})', '{}로 설치하고 X 서버에서 실행하세요 ({})'],
];

const WEIGHTS: Phrases = [
  ['it has no end: more than {#} bytes came', '{}바이트가 넘도록 끝나지 않아요'],
  ['it is a pipe or a device, not a file', '파일이 아니라 파이프나 장치예요'],
  ['the header is not a JSON object', '머리말이 JSON 객체가 아니에요'],
  ['the header does not begin with {', '머리말이 {로 시작하지 않아요'],
  ['{} stands twice in the header', '머리말에 {} 키가 두 번 나와요'],
  ['__metadata__ is not an object', '__metadata__가 객체가 아니에요'],
  ['__metadata__ {} is not a text: {}', '__metadata__의 {} 값이 글이 아니에요 ({})'],
  ['tensor {} is not an object', '텐서 {}: 객체가 아니에요'],
  ['tensor {} has no list as its shape', '텐서 {}: 모양이 목록이 아니에요'],
  ['tensor {} has no {}', '텐서 {}: {} 키가 없어요'],
  ['tensor {} has dtype {}, expected one of {}', '텐서 {}: {}라는 자료형은 없어요. 쓸 수 있는 자료형: {}'],
  ['tensor {} is too large', '텐서 {}: 너무 커요'],
  ['tensor {} has {} in its shape, expected integers >= 0', '텐서 {}: 모양에 {} 값이 있어요. 0 이상의 정수라야 해요'],
  ['tensor {} has more elements than can be counted', '텐서 {}: 원소가 셀 수 없이 많아요'],
  ['tensor {} needs two numbers as data_offsets', '텐서 {}: data_offsets가 수 두 개라야 해요'],
  ['tensor {} has data_offsets {}', '텐서 {}: data_offsets 값 {}: 쓸 수 없어요'],
  ['tensor {} begins inside {}', '텐서 {}: 앞의 것과 겹쳐요 ({})'],
  ['{#} bytes between {} and {} belong to no tensor', '{}바이트가 어느 텐서의 것도 아니에요 ({}, {} 사이)'],
  ['tensor {} holds {} at {#}, which does not fit into {}', '텐서 {}: {} 값({}번째)은 {}에 담을 수 없어요'],
  ['tensor {} is {}, which no model here can hold', '텐서 {}: 자료형 {}을 담을 수 있는 모델이 없어요'],
  ['there is no tensor {}', '{}: 그런 텐서가 없어요'],
  ['is served in parts of unknown size', '서버가 전체 크기를 알려 주지 않아요'],
  ['these weights have no text tower, {}: {}', '이 가중치에는 텍스트 타워 {}이 없어요. {}'],
  ['a folder by its way from this one, such as ..', '.. 같은, 이 폴더에서 가는 길'],
  ['{}; nothing else is implemented', '{}. 다른 것은 아직 없어요'],
  ['all that is computed of a grey picture is finite', '회색 그림에서 계산한 것은 모두 유한해요'],
  ['idefics, whose names the weights have', '가중치의 이름과 맞는 idefics'],
  [
    'as many as the {#} rows of its embeddings, with additional_vocab_size',
    'additional_vocab_size까지 더해 임베딩의 행 {}개에 맞는 수',
  ],
  ['a part of the {#} dimensions of a head that holds whole pairs', '헤드의 {}차원 가운데 짝이 맞는 부분'],
  [
    'config.json describes {#} parameters, what was opened holds {#}',
    'config.json대로면 파라미터가 {}개인데 연 파일에는 {}개뿐이에요',
  ],
  ["{#},{#}, the encoder's", '인코더와 같은 {},{}'],
  ['a divisor of the {#} heads', '헤드 수 {}의 약수'],
  ['at most {#}, the pairs of a head', '헤드의 쌍에 드는 {} 이하'],
  ['{} is {}; expected an object', '{}: {}. 객체라야 해요'],
  [
    '{}: {} is {}; expected a text, or an object with content',
    '{}: {}의 값 {}: 쓸 수 없어요. 글이나 content가 있는 객체라야 해요',
  ],
  [
    'no tokenizer; expected tokenizer.json, or vocab.json with merges.txt',
    '토크나이저가 없어요. 필요한 것: tokenizer.json, 아니면 vocab.json과 merges.txt',
  ],
  ['one that ends in time: {}', '제때 끝나는 패턴 ({})'],
  [
    'it repeats a group that holds a repetition or a choice, at character {#}',
    '{}번째 글자에서, 반복이나 선택이 든 묶음을 다시 반복해요',
  ],
  ['it can match in too many ways, up to character {#}', '{}번째 글자까지 맞출 방법이 너무 많아요'],
  ['it tries too many ways on a text that nearly matches', '거의 맞는 글에서 너무 많은 방법을 시도해요'],
  ['an id of its own: {#} is that of {}', '저만의 번호. 번호 {}: 이미 {}의 것이에요'],
  ['none: texts would be read by chance', '없어야 해요. 있으면 글을 우연에 따라 읽어요'],
  ['none: it is not read', '없어야 해요. 이것은 읽지 않아요'],
  ['two tokens', '토큰 두 개'],
  ['tokens of model.vocab, which lacks {}', 'model.vocab에 있는 토큰. 거기 없는 것: {}'],
  ['a list of [piece, score]', '[조각, 점수]의 목록'],
  ['a [piece, score]', '[조각, 점수]'],
  ['at most {#} parts within one another', '서로 {}겹 이하로 겹친 부분'],
  ['{"String": a text} or {"Regex": a text}', '{"String": 글} 또는 {"Regex": 글}'],
  ['a list of a token and its id', '토큰과 그 번호의 목록'],
  ['a list of {"SpecialToken": ..} and {"Sequence": ..}', '{"SpecialToken": ..}와 {"Sequence": ..}의 목록'],
  ['Removed, or Isolated without invert', 'Removed, 또는 invert 없는 Isolated'],
  ['an entry of model.vocab', 'model.vocab에 있는 것'],
];

/** What the files of a public Flamingo lack. */
const PARTS: Phrases = [
  [
    'no files of a tokenizer were found; expected tokenizer.json, or vocab.json with merges.txt',
    '토크나이저의 파일이 없어요. 필요한 것: tokenizer.json, 아니면 vocab.json과 merges.txt',
  ],
  [
    'no file holds a vision encoder for square pictures; give vision: its weights and config.json',
    '정사각형 그림을 읽는 비전 인코더가 어느 파일에도 없어요. vision에 그 가중치와 config.json을 주세요',
  ],
  [
    '{} gated blocks for {} layers may stand at every {}th; give cross_layer_interval in config.json, or config.crossAttention.every',
    '게이트 블록은 {}개, 층은 {}개예요. 블록의 간격이 {} 가운데 어느 것인지 알 수 없어요. config.json의 cross_layer_interval이나 config.crossAttention.every로 알려 주세요',
  ],
  [
    '{} holds a gated block, but its name has no number of a layer; expected one, as in gated_block.3.pt',
    '{}: 게이트 블록이 들어 있는데 이름에 층의 번호가 없어요. gated_block.3.pt처럼 번호가 있어야 해요',
  ],
  ['expected {} of flamingo-pytorch; found {}', '필요한 것: flamingo-pytorch의 {}. 있는 것: {}'],
  ['a resampler', '리샘플러'],
  ['a gated block', '게이트 블록'],
  [
    'no file holds a resampler and gated blocks: there are {}; expected a Flamingo',
    '리샘플러와 게이트 블록이 어느 파일에도 없어요. 있는 것: {}. 필요한 것: Flamingo',
  ],
  [
    'several files hold a Flamingo: {}; expected the path of one',
    'Flamingo가 든 파일이 여럿이에요: {}. 그 가운데 하나의 경로를 주세요',
  ],
  [
    'no file says how many heads the vision encoder has; give its config.json, or config.vision.heads',
    '비전 인코더의 헤드가 몇 개인지 알려 주는 파일이 없어요. 그 config.json이나 config.vision.heads가 필요해요',
  ],
  [
    'the patches of the vision encoder make no square; give its config.json, or config.vision.imageSize',
    '비전 인코더의 패치가 정사각형이 되지 않아요. 그 config.json이나 config.vision.imageSize가 필요해요',
  ],
  [
    'no file says which tokens stand for a picture and close its text; give config.tokens, or a tokenizer: its files beside the weights, or the option',
    '어느 토큰이 그림을 나타내고 어느 토큰이 글을 끝내는지 알려 주는 파일이 없어요. config.tokens나 토크나이저가 필요해요. 토크나이저는 가중치 옆의 파일이나 옵션으로 줘요',
  ],
  [
    '{}: the heads of its attention are {} numbers wide together, which is not {}; no file says how many there are, so give config.{}.heads',
    '{}: 어텐션 헤드의 너비를 모두 더하면 {}인데 {}라야 해요. 헤드가 몇 개인지 알려 주는 파일이 없으니 config.{}.heads로 알려 주세요',
  ],
  [
    'the resampler is missing: no file holds its latents and its first layer',
    '리샘플러가 없어요. 그 잠재 벡터와 첫 층이 어느 파일에도 없어요',
  ],
  ['no file holds gated cross-attention blocks', '게이트가 있는 크로스 어텐션 블록이 어느 파일에도 없어요'],
  [
    'the gated block of layer {} lacks queries or its feed-forward network',
    '층 {}의 게이트 블록에 쿼리나 피드포워드가 없어요',
  ],
  [
    'gated blocks stand at the layers {} of {}; expected every n-th, as in {}',
    '게이트 블록이 층 {}에 있어요 (층은 모두 {}개). 일정한 간격으로 있어야 해요. 보기: {}',
  ],
  [
    'the language model ({}) is missing or not whole: no file holds its embedding and its first layer; give languageModel',
    '언어 모델({})이 없거나 온전하지 않아요. 그 임베딩과 첫 층이 어느 파일에도 없어요. languageModel로 주세요',
  ],
  [
    'the vision encoder is not whole: expected its patch and position embeddings and its layers',
    '비전 인코더가 온전하지 않아요. 필요한 것: 패치 임베딩, 위치 임베딩, 층',
  ],
  [
    'config.json is not an object; expected the settings of a model',
    'config.json이 객체가 아니에요. 필요한 것: 모델의 설정',
  ],
  [
    'no file says how many heads the language model ({}) has; expected {} in its config.json, or config.languageModel.heads',
    '언어 모델({})의 헤드가 몇 개인지 알려 주는 파일이 없어요. 필요한 것: config.json의 {}, 또는 config.languageModel.heads',
  ],
  [
    '{} holds no part of a Flamingo that is known here; its names are {}, ...; expected those of OpenFlamingo, flamingo-mini, flamingo-pytorch or IDEFICS, of CLIP, or of a language model',
    '{}: 여기서 아는 Flamingo의 부분이 없어요. 든 이름: {}, .... 필요한 것: OpenFlamingo, flamingo-mini, flamingo-pytorch, IDEFICS, CLIP, 언어 모델 가운데 하나의 이름',
  ],
  ['{}: {} is not valid; expected {}', '{}: {}의 꼴이 맞지 않아요. 필요한 것: {}'],
  ['a Korean word for each kind', '종류마다 한국어 낱말 하나'],
];

export const FILES: Phrases = [...DEVICES, ...WEIGHTS, ...PARTS];
