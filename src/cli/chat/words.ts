/** What `chat` says. */

import { fitted } from '../../inspect/particles.ts';
import type { Language } from '../language.ts';

const COMMANDS: Readonly<Record<Language, string>> = {
  en: `  /image FILE            go on with another picture
  /tell WORDS            tell it the picture's name, such as a made-up word
  /tell QUESTION = WORDS tell it the answer to a question
  /history               everything that stands before the next question
  /forget                begin again
  /help                  these commands
  /quit                  end, as Ctrl-D`,
  ko: `  /image FILE            다른 그림으로 이어서 이야기해요
  /tell WORDS            그림의 이름을 알려 줘요. dax처럼 지어낸 말도 돼요
  /tell QUESTION = WORDS 어떤 질문의 답을 알려 줘요
  /history               다음 질문 앞에 놓인 것을 모두 보여 줘요
  /forget                처음부터 다시 시작해요
  /help                  이 명령들을 보여 줘요
  /quit                  끝내요. Ctrl-D도 돼요`,
};

const EN = {
  image: 'the picture that is talked about',
  json: 'print a line of JSON for each answer',
  commands: COMMANDS.en as string,
  welcome: 'Ask about the picture, e.g. "name :" and then "kind :". /help lists the commands, Ctrl-D ends.',
  unknown: (line: string): string => `there is no command '${line}'; expected`,
  forgotten: (count: number): string =>
    count === 1
      ? 'the oldest turn is left out from here on: the prompt is full'
      : `the ${count} oldest turns are left out from here on: the prompt is full`,
  help: `
Talks about one picture after the other. Every line is a question; what was asked and answered before stands in the prompt.
Lines may come from a pipe.

${COMMANDS.en}

What the shipped model can do here: name, kind and Korean name of the things that \`glass-flamingo names\` lists, and made-up words
that it is told. It cannot talk: it knows the questions that \`names\` lists, and answers each from its picture. Earlier answers hardly
matter for names and kinds; for a made-up word they are all there is. Told a word, it says that word for other pictures too,
until it is told a second one, and it often says it when asked for the kind. docs/dialogues.md has the numbers.

Examples:
  $ glass-flamingo chat --image a.png
  $ printf 'name :\\nkind :\\n' | glass-flamingo chat --image a.png --json

Exit codes: 0 ended; 1 a line could not be answered; 2 wrong usage or input.`,
};

export type ChatWords = typeof EN;

const KO: ChatWords = {
  image: '이야기할 그림',
  json: '답마다 JSON 한 줄로 써요',
  commands: COMMANDS.ko,
  welcome: '그림에 대해 물어보세요. 먼저 "이름 :", 그다음 "종류 :"처럼요. /help는 명령을 보여 주고, Ctrl-D로 끝내요.',
  unknown: (line) => fitted`'${line}'라는 명령은 없어요. 쓸 수 있는 것은`,
  forgotten: (count) => `프롬프트가 가득 차서 가장 오래된 차례 ${count}개는 이제 빼요`,
  help: `
그림을 보면서 이야기해요. 한 줄이 질문 하나예요. 앞에서 묻고 답한 것이 프롬프트에 그대로 있어요. 파이프로 여러 줄을 넣어도
돼요.

${COMMANDS.ko}

실린 모델이 여기서 할 수 있는 것: \`glass-flamingo names\`에 있는 것들의 이름, 종류, 한국어 이름, 그리고 알려 준 지어낸 말이에요.
수다는 못 떨어요. \`names\`에 있는 질문만 알고, 질문마다 그 앞의 그림을 보고 답해요. 이름과 종류에는 앞의 답이 거의 쓰이지 않고,
지어낸 말에는 앞의 답이 전부예요. 낱말을 하나만 알려 주면 다른 그림에도 그 말을 하고, 종류를 물어도 그 말을 할 때가 많아요. 지어낸 말은 dax처럼 로마자로 써 주세요.
낱말을 두 개 알려 주면 그림을 보고 골라요. 수치는 docs/dialogues.ko.md에 있어요.

예:
  $ glass-flamingo chat --image a.png
  $ printf '이름 :\\n종류 :\\n' | glass-flamingo chat --image a.png --json

종료 코드: 0 끝남; 1 답하지 못한 줄이 있음; 2 사용법이나 입력이 잘못됨.`,
};

export const CHAT_WORDS: Readonly<Record<Language, ChatWords>> = { en: EN, ko: KO };
