/** What goes wrong with work that takes long: training, comparison, notebooks, the hub, exports; English beside Korean. */

type Phrases = readonly (readonly [en: string, ko: string])[];

const TRAINING: Phrases = [
  ...(
    [
      ['vision', '비전'],
      ['language', '언어'],
      ['flamingo', 'Flamingo'],
    ] as const
  ).map(
    ([en, ko]) =>
      [
        `${en} stopped after {} of {} steps; the same command goes on from there`,
        `${ko} 단계를 {}스텝에서 멈췄어요(모두 {}스텝). 같은 명령으로 거기서부터 이어져요`,
      ] as const,
  ),
  [
    '{} stopped after {} of {} steps; the same command goes on from there',
    '{}: {}스텝에서 멈췄어요(모두 {}스텝). 같은 명령으로 거기서부터 이어져요',
  ],
  [
    'stopped before all pictures were encoded; the same command encodes them anew',
    '그림을 다 인코딩하기 전에 멈췄어요. 같은 명령으로 처음부터 다시 인코딩해요',
  ],
  [
    'stopped before all pictures were decoded; the same command decodes them anew',
    '그림을 다 읽기 전에 멈췄어요. 같은 명령으로 처음부터 다시 읽어요',
  ],
  [
    'stopped while the training was being prepared; the same command goes on from there',
    '학습을 준비하는 동안 멈췄어요. 같은 명령으로 이어서 해요',
  ],
  [
    'stopped while the model was measured; the same command goes on from there',
    '모델을 재는 동안 멈췄어요. 같은 명령으로 이어서 해요',
  ],
  ['has no use here', '여기에는 쓸모가 없어요'],
  ['only sequence and, to choose from, candidates', 'sequence와, 고를 답이 있으면 candidates만'],
  ['holds no picture', '그림이 없어요'],
  ['the line', '이 줄'],
  ['has {#} tokens', '토큰이 {#}개예요'],
  ['is not an answer', '답이 아니에요'],
  ['a text that ends with <EOC>: {}', '<EOC>로 끝나는 글: {}'],
  ['is an empty answer', '답이 비어 있어요'],
  ['some words before <EOC>', '<EOC> 앞의 낱말'],
  ['does not hold the answer {}', '답 {}가 없어요'],
  ['the right answer among them', '맞는 답이 그 가운데 있는 목록'],
  [
    'no answer has {} pictures, so none can be held back to measure with; give such lines with --eval FILE',
    '그림이 {}장인 답이 없어서, 재는 데 쓸 그림을 따로 뺄 수 없어요. 그런 줄을 --eval 파일로 주세요',
  ],
  ['{} has no vision encoder, so no picture can be read', '{}: 비전 인코더가 없어서 그림을 읽을 수 없어요'],
  ['{} has no vision encoder: pictures cannot be learnt from', '{}: 비전 인코더가 없어서 그림으로 배울 수 없어요'],
  [
    'process {} on {} is training in {}; wait for it, choose another folder with --out, or remove {} if it is gone',
    '프로세스 {}({})가 {}에서 학습하고 있어요. 기다리거나, --out으로 다른 폴더를 쓰거나, 그 프로세스가 없으면 {}을 지우세요',
  ],
  [
    '{}; remove it to begin this stage again, or choose another folder',
    '{}. 이 파일을 지우고 처음부터 하거나, 다른 폴더를 쓰세요',
  ],
  ['{} was made with another recipe: {}, expected {}', '{}: 다른 방식으로 학습한 것이에요. {}가 아니라 {}라야 해요'],
  ['{} is damaged: {}', '{}: 깨졌어요. {}'],
  ['{} holds numbers that are not finite', '{}에 유한하지 않은 수가 있어요'],
  ['its checksum does not fit its contents', '체크섬이 내용과 맞지 않아요'],
  ["{} says it is at step '{}' of {}", '{}: {}번째 스텝이라는데, 모두 {}스텝이에요'],
  ['{} does not fit; {#} missing: {}', '{}: 이 모델과 맞지 않아요. {}개가 없어요: {}'],
  ['{} does not fit; {}', '{}: 이 모델과 맞지 않아요. {}'],
  [
    'step {}: loss {}, norm of the gradient {}; lower the learning rates',
    '스텝 {}: 손실이 {}, 기울기의 크기가 {}예요. 학습률을 낮추세요',
  ],
  ['expected a number between 0 and 1, such as 0.3.', '0.3처럼 0과 1 사이의 수를 써 주세요.'],
  [
    'the weight of own data is {}; expected a number between 0 and 1',
    '내 데이터의 몫이 {}예요. 0과 1 사이의 수라야 해요',
  ],
  [
    '{} trains on {}, expected {}; a run begins and goes on with --development, or without it: choose another folder with --out',
    '{}: 학습하는 화풍이 {}인데 {}라야 해요. --development는 처음부터 끝까지 쓰거나 끝까지 안 써야 해요. --out으로 다른 폴더를 쓰세요',
  ],
  ['{} is not a split: {}', '{}: 나눈 목록이 아니에요. {}'],
  ['expected a list of concept names under "{}"', '"{}"에 개념 이름의 목록이 있어야 해요'],
  [
    '{} has no {}: only weights that were trained here are evaluated',
    '{}에 {}이 없어요. 여기서 학습한 가중치만 평가해요',
  ],
  [
    '{} has no {}: only weights that were trained here go on',
    '{}에 {}이 없어요. 여기서 학습한 가중치만 이어 갈 수 있어요',
  ],
  [
    '{} has another {} than {}; choose another folder with --out',
    '{}의 {}이 {}의 것과 달라요. --out으로 다른 폴더를 쓰세요',
  ],
  ['{} could not be loaded from {}: {}', '{}: {}에서 읽지 못했어요. {}'],
  ['npm could not be started: {}', 'npm을 실행하지 못했어요: {}'],
  ['npm install in {} ended with {}:\n{}', '{}에서 npm install이 {}로 끝났어요:\n{}'],
  ['after npm install in {} still missing: {}', '{}에서 npm install을 했는데도 없는 것: {}'],
  ['{}: {}; delete it, and it is made again', '{}: {}. 지우면 다시 만들어요'],
  [
    'the weight of {} in the mixture is {}; expected a number above 0',
    '섞을 때 {}의 몫이 {}예요. 0보다 큰 수라야 해요',
  ],
  ['the mixture has no kind of episodes; expected at least one', '섞을 에피소드의 종류가 없어요. 하나 이상이라야 해요'],
  [
    'a batch of {} has no room for {} kinds; expected a larger one',
    '배치 {}개에는 종류 {}개가 들어갈 수 없어요. 더 커야 해요',
  ],
  ['this model has no embeddings that learn', '이 모델에는 학습하는 임베딩이 없어요'],
  ['the snapshot does not fit this model: {} ({} in all)', '스냅샷이 이 모델과 맞지 않아요: {} (모두 {}개)'],
  [
    '{} lists no concept of the training data under "{}": it begins with {}',
    '{}: "{}"에 학습 데이터의 개념이 하나도 없어요. {}로 시작해요',
  ],
  ['{} has no {}: nothing was measured there', '{}에 {}이 없어요. 거기서 잰 것이 없어요'],
  ["there is no row '{}'; expected {}", "'{}'라는 행은 없어요. 쓸 수 있는 행: {}"],
  ['these weights have no vision encoder', '이 가중치에는 비전 인코더가 없어요'],
  [
    '{} is damaged; remove it, and the rows are measured again from their checkpoints',
    '{}: 깨졌어요. 지우면 체크포인트에서 행들을 다시 재요',
  ],
  ['this is not a file of pictures', '그림을 모아 둔 파일이 아니에요'],
  ['version {} where {} is expected', '{}판인데 {}판이라야 해요'],
  ['it is cut short', '끝이 잘렸어요'],
  ['{#} bytes where {#} are expected', '{}바이트인데 {}바이트라야 해요'],
  ['{#} bytes of pictures where {#} are expected', '그림이 {}바이트인데 {}바이트라야 해요'],
  ['its contents were changed (SHA-256 differs)', '내용이 바뀌었어요 (SHA-256이 달라요)'],
];

/** Why tensors do not agree, and what a correction changed: a report, not errors. */
const PARITY: Phrases = [
  ['not computed', '계산하지 않았어요'],
  ['this implementation is not part of the build', '여기에 없는 구현이에요'],
  ['shape {} instead of {}', '모양이 {}예요. {}라야 해요'],
  ['"{}" instead of "{}"', '"{}"예요. "{}"라야 해요'],
  ['turned or mirrored the wrong way', '돌리거나 뒤집은 방향이 틀렸어요'],
  ["the error is not one of this library's: {}", '이 라이브러리의 오류가 아니에요: {}'],
  ['it was read, expected a refusal ({})', '읽었는데, 거절해야 해요 ({})'],
  ['{} everywhere, {#} of {#} taps agree, {#} without', '모든 곳에서 {} 탭 {}/{}개가 같고, 안 그러면 {}개예요'],
  ['{} in {}, {#} of {#} taps agree, {#} without', '{} ({}에서) 탭 {}/{}개가 같고, 안 그러면 {}개예요'],
  ['counting one more image', '그림을 하나 더 세면'],
  ['counting one fewer image', '그림을 하나 덜 세면'],
  ['exchanging media and latents', '미디어와 잠재 벡터의 자리를 바꾸면'],
  ['exchanging keys and values', '키와 값을 바꾸면'],
  ['with eps {} for {}', 'eps를 {}로 하면 (지금 {})'],
  ['with {} for {}', '활성화 함수를 {}로 하면 (지금 {})'],
  ['turning {}', '{}의 행과 열을 바꾸면'],
  ['dividing scores by the square root of the width of a head', '점수를 헤드 너비의 제곱근으로 나누면'],
  ['multiplying scores by the square root of the width of a head', '점수에 헤드 너비의 제곱근을 곱하면'],
  [
    'there are {#} keys, those of the media, where there should be {#} more',
    '키가 미디어의 것 {}개뿐인데, {}개가 더 있어야 해요',
  ],
  [
    'the {#} columns of latents stand before the {#} of media',
    '잠재 벡터의 열 {}개가 미디어의 열 {}개보다 앞에 있어요',
  ],
  ['every count of images is one more', '센 그림의 수가 모두 하나 많아요'],
  ['every count of images is one less', '센 그림의 수가 모두 하나 적어요'],
  ['an <image> token is not counted itself', '<image> 토큰이 자기 그림을 세지 않아요'],
  ['every token sees what the one before it should', '토큰마다 앞의 토큰이 봐야 할 것을 봐요'],
  ['every token sees what the one after it should', '토큰마다 뒤의 토큰이 봐야 할 것을 봐요'],
  ['every token sees the image before its own', '토큰마다 제 그림 앞의 그림을 봐요'],
  ['every token sees the image after its own', '토큰마다 제 그림 뒤의 그림을 봐요'],
];

/** What is wrong with a notebook: a report, not errors. */
const NOTEBOOKS: Phrases = [
  ['[cell {#}] {}', '[셀 {}] {}'],
  ['has no saved outputs of a whole run', '처음부터 끝까지 실행해서 저장한 출력이 없어요'],
  ['output differs:\n{}', '출력이 달라요:\n{}'],
  ['showed nothing, now {}', '전에는 아무것도 안 보여 줬는데 지금은 {}'],
  ['showed {}, now nothing', '전에는 {}, 지금은 아무것도 안 보여 줘요'],
  ['showed {}, now {}', '전에는 {}, 지금은 {}'],
  ['{} was stopped after {} s; --limit gives it more', '{} {}초 뒤에 멈췄어요. --limit으로 더 줄 수 있어요'],
  ['{} awaits what never comes', '{} 오지 않는 것을 기다려요(await)'],
  ['{} ended the process with code {}\n{}', '{} 프로세스가 코드 {}로 끝났어요\n{}'],
  ['{} ended the process with code {}', '{} 프로세스가 코드 {}로 끝났어요'],
  ['is not the same code as in its pair', '짝과 코드가 달라요'],
  ['has {#} code cells, its pair {#}', '코드 셀이 {}개인데 짝은 {}개예요'],
  ['has no pair {}', '짝 {}이 없어요'],
  [
    "is not laid out as nbformat saves it: 'run' does that",
    "nbformat이 저장하는 모양이 아니에요. 'run'이 그렇게 고쳐 줘요",
  ],
];

const HUB: Phrases = [
  ['{}: the hub answers with {#}', '{}: 허브가 {}로 답했어요'],
  ['{}: the hub sends another part than the one asked for', '{}: 허브가 부탁한 것과 다른 부분을 보냈어요'],
  [
    '{} was cut off after {#} of {#} bytes ({}); the same command goes on from there',
    '{}: {}/{}바이트에서 끊겼어요 ({}). 같은 명령으로 거기서부터 이어 받아요',
  ],
  ['the connection was closed', '연결이 끊겼어요'],
  [
    '{}: what arrived was removed, the same command fetches it again',
    '{}. 받은 것은 지웠고, 같은 명령으로 다시 받아요',
  ],
  ['{}: {} are needed, {} are free', '{}: {}가 필요한데 {}가 남아 있어요'],
  ['{}: the list of its files has no end', '{}: 파일 목록이 끝나지 않아요'],
  ["{}: the hub's list of its files cannot be read ({})", '{}: 허브의 파일 목록을 읽을 수 없어요 ({})'],
  ['{} has no file of weights', '{}: 가중치 파일이 없어요'],
  [
    '{}: its {} says {}; expected a Flamingo: flamingo-mini or idefics',
    '{}: {}에 {}라고 적혀 있어요. 필요한 것: Flamingo(flamingo-mini나 idefics)',
  ],
  [
    'no config.json in the folder; expected that of {}, or a folder called like an OpenFlamingo model',
    '폴더에 config.json이 없어요. 필요한 것: {}의 config.json, 아니면 OpenFlamingo 모델의 이름을 가진 폴더',
  ],
  ['flamingo-mini, IDEFICS or this project', 'flamingo-mini, IDEFICS, 이 프로젝트 가운데 하나'],
  ['{}: none of {} found', '{}: {} 가운데 아무것도 없어요'],
  ['{}: {} is missing', '{}: {}이 없어요'],
  [
    '{} names no files of weights; expected weight_map, from names of tensors to files',
    '{}에 가중치 파일이 적혀 있지 않아요. 필요한 것: 텐서의 이름마다 파일을 적은 weight_map',
  ],
  ['{}: {} is missing, which {} names', '{}: {}이 없어요. {}에 적혀 있는 파일이에요'],
  ['{} cannot be read: {}', '{}: 읽을 수 없어요 ({})'],
  ['{} is not a JSON object', '{}: JSON 객체가 아니에요'],
  ['{} has {#} bytes; expected a small file', '{}: {}바이트예요. 작은 파일이라야 해요'],
  [
    '{}: {} tells no commit, size and checksum as a hub does',
    '{}: {}가 허브처럼 커밋, 크기, 체크섬을 알려 주지 않아요',
  ],
  ['{}: the hub redirects to no address', '{}: 허브가 주소 없는 곳으로 보내요'],
  ['{}: more than {#} redirects', '{}: 다른 주소로 {}번 넘게 보내요'],
  ['{}: {} is busy ({}); the same command goes on later', '{}: {}에 요청이 많아요 ({}). 나중에 같은 명령으로 이어져요'],
  ['{}: the hub refuses ({#}): {}; {}', '{}: 허브가 거절했어요 ({}). {}. {}'],
  ['its owner wants to be asked first, on its page on the hub', '허브의 페이지에서 주인의 허락을 먼저 받아야 해요'],
  ['it is private or gated, or is not there', '비공개이거나 허락이 필요하거나, 없는 저장소예요'],
  ['the token in HF_TOKEN gives no access to it', 'HF_TOKEN의 토큰으로는 열 수 없어요'],
  ['set HF_TOKEN to an access token of your account', 'HF_TOKEN에 내 계정의 액세스 토큰을 넣어 주세요'],
  [
    'HF_ENDPOINT holds a name or a password (user:password@); put an access token in HF_TOKEN',
    'HF_ENDPOINT에 이름이나 비밀번호가 들어 있어요 (user:password@). 액세스 토큰은 HF_TOKEN에 넣어 주세요',
  ],
  [
    'HF_ENDPOINT holds a question (?) or a fragment (#); expected an address like https://huggingface.co',
    'HF_ENDPOINT에 물음표(?)나 #이 들어 있어요. https://huggingface.co 같은 주소라야 해요',
  ],
  [
    'HF_ENDPOINT is {}; expected an address like https://huggingface.co',
    'HF_ENDPOINT가 {}예요. https://huggingface.co 같은 주소라야 해요',
  ],
  ['HF_TOKEN holds characters that no token has', 'HF_TOKEN에 토큰에는 없는 글자가 있어요'],
  [
    'HF_HUB_DOWNLOAD_TIMEOUT is {}; expected seconds, above 0 and up to 86400',
    'HF_HUB_DOWNLOAD_TIMEOUT이 {}예요. 0보다 크고 86400 이하인 초라야 해요',
  ],
  [
    '{} is not a name of a file; expected NAME or FOLDER/NAME',
    '{}은 파일의 이름이 아니에요. 필요한 것: 이름이나 폴더/이름',
  ],
];

const EXPORT: Phrases = [
  ['this model cannot be written for {}: {}', '이 모델은 {} 형식으로 쓸 수 없어요. {}'],
  ['it has no norms of queries and keys', '거기에는 쿼리와 키의 정규화가 없어요'],
  ['the eps of its norms is 1e-5', '거기 정규화의 eps는 1e-5예요'],
  ["its activation is gelu, this model's {}", '거기 활성화 함수는 gelu이고, 이 모델은 {}예요'],
  [
    'its gated blocks have layer norms and no gated feed-forward network',
    '거기 게이트 블록에는 층 정규화가 있고 게이트 달린 피드포워드가 없어요',
  ],
  ['its blocks stand before other layers (placement {})', '거기 블록은 다른 층 앞에 있어요 (배치 {})'],
  [
    "the language model is written in OPT's layout, which this one does not have",
    '언어 모델은 OPT의 구조로 쓰는데, 이 모델의 언어 모델은 그 구조가 아니에요',
  ],
  ['its resampler does not read the class token', '거기 리샘플러는 클래스 토큰을 읽지 않아요'],
  [
    "its text sees the last picture, this model's the next one",
    '거기 글은 바로 앞 그림을 보고, 이 모델의 글은 다음 그림을 봐요',
  ],
  ['its text sees the last picture only', '거기 글은 바로 앞 그림만 봐요'],
  ['text before its first picture is read otherwise', '첫 그림 앞의 글을 다르게 읽어요'],
  [
    'text after more <image> tokens than pictures is read otherwise',
    '<image> 토큰이 그림보다 많을 때 그 뒤의 글을 다르게 읽어요',
  ],
  [
    'the resampler that its Flamingo builds has no temporal embeddings, this model has {}',
    '거기 Flamingo가 만드는 리샘플러에는 시간 임베딩이 없는데, 이 모델에는 {}개 있어요',
  ],
  [
    'the resampler that its Flamingo builds has no embeddings of media, this model has {}',
    '거기 Flamingo가 만드는 리샘플러에는 미디어 임베딩이 없는데, 이 모델에는 {}개 있어요',
  ],
  ['its resampler ends with a norm, which is missing here', '거기 리샘플러는 정규화로 끝나는데, 여기에는 없어요'],
  ['its gates are single numbers', '거기 게이트는 수 하나예요'],
  ['it has no {}', '거기에는 {}가 없어요'],
  ['it has no embeddings of media', '거기에는 미디어 임베딩이 없어요'],
  ['its blocks read visual tokens as wide as the text', '거기 블록은 너비가 글과 같은 시각 토큰을 읽어요'],
  ['its PerceiverResampler has no temporal embeddings', '거기 PerceiverResampler에는 시간 임베딩이 없어요'],
];

/** In the order in which they are tried. */
export const WORK: Phrases = [...TRAINING, ...PARITY, ...NOTEBOOKS, ...HUB, ...EXPORT];
