/**
 * What is wrong with an argument or a file of weights, by the forms that these errors have; English beside Korean. They fit
 * much, and are tried last.
 */

import type { Phrases } from '../../inspect/korean/phrases.ts';

const EXPECTED: Phrases = [
  ['a number', '수'],
  ['an array', '배열'],
  ['an array of numbers', '수의 배열'],
  ['an array of finite numbers', '유한한 수의 배열'],
  ['an array of whole numbers from {#} on', '{} 이상인 정수의 배열'],
  ['a Uint8Array', 'Uint8Array'],
  ['a function', '함수'],
  ['a plain object', '보통 객체'],
  ['an array of objects', '객체의 배열'],
  ['an array of objects with {}', '{}이 있는 객체의 배열'],
  ['an array that holds {}', '{}이 든 배열'],
  ['an object of class {}', '{} 객체'],
  ['a whole number from {#} on', '{} 이상의 정수'],
  ['a finite number from {#} on', '{} 이상의 유한한 수'],
  ['a finite number', '유한한 수'],
  ['a list of texts as labels', '이름표로 쓸 글의 목록'],
];

const WEIGHTS = 'safetensors, an index of shards (JSON), or a file of torch.save';
const KOREAN_WEIGHTS = 'safetensors, 조각의 색인(JSON), torch.save 파일';

const CHECKPOINTS: Phrases = [
  [`{}: this file is empty; expected ${WEIGHTS}`, `{}: 빈 파일이에요. 필요한 것: ${KOREAN_WEIGHTS}`],
  [`{}: this is {}; expected ${WEIGHTS}`, `{}: {}. 필요한 것: ${KOREAN_WEIGHTS}`],
  [
    'a bare pickle, which can run code and is never read: load it in Python where you trust it, then torch.save it',
    '코드를 실행할 수 있는 날 피클이라서 절대 읽지 않아요. 믿을 만하면 Python에서 읽어서 torch.save로 저장하세요',
  ],
  [
    'a GGUF file of llama.cpp: use the original weights in safetensors',
    'llama.cpp의 GGUF 파일이에요. safetensors로 된 원래 가중치를 쓰세요',
  ],
  ['a GGML file: use the original weights in safetensors', 'GGML 파일이에요. safetensors로 된 원래 가중치를 쓰세요'],
  [
    'an HDF5 file, as Keras writes: load it there and save its arrays with safetensors',
    'Keras가 쓰는 HDF5 파일이에요. 거기서 읽어서 배열을 safetensors로 저장하세요',
  ],
  [
    'a SavedModel of TensorFlow: load it there and save its arrays with safetensors',
    'TensorFlow의 SavedModel이에요. TensorFlow에서 읽어서 배열을 safetensors로 저장해 주세요',
  ],
  [
    'an ONNX graph: use the PyTorch weights that it was exported from',
    'ONNX 그래프예요. 그것을 만든 PyTorch 가중치를 쓰세요',
  ],
  [
    'a NumPy array: save it with safetensors.numpy.save_file',
    'NumPy 배열이에요. safetensors.numpy.save_file로 저장하세요',
  ],
  ['compressed by {}: unpack it first ({})', '{} 압축 파일이에요. 먼저 풀어 주세요 ({})'],
  ['a 7z archive: unpack it first', '7z 압축 파일이에요. 먼저 풀어 주세요'],
  ['a tar archive: unpack it first (tar -xf)', 'tar 묶음이에요. 먼저 풀어 주세요 (tar -xf)'],
  [
    'a Git LFS pointer instead of the file: run `git lfs pull`',
    '파일 대신 Git LFS 포인터가 있어요. `git lfs pull`을 실행하세요',
  ],
  ['a web page: was the address wrong?', '웹 페이지예요. 주소가 틀리지 않았나요?'],
  [
    '{}: the folder {} holds no file of weights; expected one, or {}',
    '{}: {} 폴더에 가중치 파일이 없어요. 필요한 것: 하나, 또는 {}',
  ],
  [
    '{}: the folder {} holds several files of weights: {}; expected one, or {}',
    '{}: {} 폴더에 가중치 파일이 여럿 있어요({}). 필요한 것: 하나, 또는 {}',
  ],
  [
    'the folder {} holds no file of weights; expected one, or {}',
    '{} 폴더에 가중치 파일이 없어요. 필요한 것: 하나, 또는 {}',
  ],
  [
    'the folder {} holds several files of weights: {}; expected one, or {}',
    '{} 폴더에 가중치 파일이 여럿 있어요({}). 필요한 것: 하나, 또는 {}',
  ],
  ['{}; was the file cut off?', '{} (파일이 잘렸나요?)'],
];

/** Files and wishes that only commands and programs have: the explorer reads no prompts, and asks for no beams. */
const ASKED: Phrases = [
  ['{} is an animation: only its first picture is looked at', '{}: 움직이는 그림이라서 첫 장만 봐요'],
  ['is not a text in UTF-8', 'UTF-8 글이 아니에요'],
  ['is nested too deeply', '괄호가 너무 깊이 겹쳐 있어요'],
  ['has the key {} twice in one object', '한 객체에 {} 키가 두 번 나와요'],
  ['{} is {}, expected an object', '{}: {}. 객체라야 해요'],
  ['each key once', '키마다 한 번씩'],
  ['asks for {} beams at temperature {}', '빔 {}개와 온도 {}를 함께 쓸 수 없어요'],
  ['temperature 0 with beams', '빔을 쓸 때는 온도 0'],
  ['is candidates[{}] again', 'candidates[{}]과 같아요'],
  ['texts that differ', '서로 다른 글'],
  ['{} is an animation of {} frames: only frame 1 is looked at', '{}: 프레임 {}개 가운데 첫 프레임만 봐요'],
  ['is not JSON: line {}, column {}: unexpected {}', '{}번째 줄 {}번째 글자가 JSON에 맞지 않아요: {}'],
  ['is not JSON: line {}, column {}: it ends too early', '{}번째 줄 {}번째 글자에서 JSON이 끊겼어요'],
  ['a prompt file', '프롬프트 파일'],
  ['a prompt in JSON', 'JSON으로 쓴 프롬프트'],
  ['a prompt in JSON or JSONL', 'JSON이나 JSONL로 쓴 프롬프트'],
  ['one prompt a line', '한 줄에 프롬프트 하나'],
  ['a list of scenes', '장면의 목록'],
  ['names no scene', '그런 번호의 장면이 없어요'],
  ['the number of a scene', '장면의 번호'],
];

const FORMS: Phrases = [
  ['[classify] a label is empty; expected words', '이름표가 비어 있어요. 낱말을 써 주세요'],
  ['[classify] the label {} comes twice', '이름표 {}가 두 번 나와요'],
  [
    '[classify] this model has no text tower; the shipped one has',
    '이 모델에는 텍스트 타워가 없어요. 실린 모델에는 있어요',
  ],
  [
    "[{}] there is no option '{}'; nearest is '{}'; expected only {}",
    "[{}] '{}'라는 옵션은 없어요. 가장 가까운 것: '{}'. 쓸 수 있는 것: {}",
  ],
  [
    "[{}] {} is {}; nearest is '{}'; expected only {}",
    "[{}] {}: {}는 쓸 수 없어요. 가장 가까운 것: '{}'. 쓸 수 있는 것: {}",
  ],
  ['[{}] the options are {}; expected {}', '[{}] 옵션이 {}예요. 필요한 것: {}'],
  ['[{}] {} is {}; expected {}', '[{}] {}: {}는 쓸 수 없어요. 필요한 것: {}'],
  ['[{}] {} is {}, expected {}', '[{}] {}: {}는 쓸 수 없어요. 필요한 것: {}'],
];

/** In the order in which they are tried. */
export const ARGUMENTS: Phrases = [...EXPECTED, ...CHECKPOINTS, ...ASKED, ...FORMS];
