// Writes docs/dialogues.md and its Korean page from docs/dialogues.json, the rows of
// `npm run evaluate -- --dialogues --json docs/dialogues.json`.
//
//     npm run dialogues

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { DialogueControl, DialogueStep } from '../src/training/dialogue/dialogues.ts';
import type { DialogueRow } from '../src/training/dialogue/evaluate-dialogues.ts';
import { writeWhole } from '../src/training/files.ts';
import { readArguments } from './arguments.ts';

type Lang = 'en' | 'ko';

readArguments(
  'npm run dialogues: writes docs/dialogues.md and its Korean page from docs/dialogues.json, the rows of `npm run evaluate -- --dialogues --json docs/dialogues.json`.',
  {},
);

const docs = fileURLToPath(new URL('../docs/', import.meta.url));
const rows = JSON.parse(await readFile(`${docs}dialogues.json`, 'utf8')) as DialogueRow[];
const n = rows[0]?.n;

const STEPS: Readonly<Record<DialogueStep, Readonly<Record<Lang, string>>>> = {
  name: { en: '`name :`', ko: '`name :`' },
  koreanName: { en: '`이름 :`', ko: '`이름 :`' },
  kind: { en: '`kind :`', ko: '`kind :`' },
  koreanKind: { en: '`종류 :`', ko: '`종류 :`' },
  'tell word': { en: '*a word is told*', ko: '*낱말을 알려 줌*' },
  'ask word': { en: '`name :`, the word', ko: '`name :`, 알려 준 낱말' },
};

const CONTROLS: readonly (readonly [DialogueControl, Readonly<Record<Lang, string>>])[] = [
  ['no turns before', { en: 'no turns before', ko: '앞의 차례 없이' }],
  ['other answers before', { en: 'other answers before', ko: '앞의 답을 다른 것으로' }],
  ['another picture', { en: 'another picture', ko: '다른 그림' }],
  ['text alone', { en: 'text alone', ko: '글만' }],
  ['gates 0', { en: 'gates 0', ko: '게이트 0' }],
];

const percent = (value: number): string => (100 * value).toFixed(0);
const share = ({ value, low, high }: DialogueRow): string => `${percent(value)} [${percent(low)}, ${percent(high)}]`;
const shareAndOther = (row: DialogueRow): string =>
  row.other === null ? share(row) : `${share(row)}; ${percent(row.other)}`;

function line(row: DialogueRow, lang: Lang): string {
  const same = ({ steps, about, style }: DialogueRow): string => JSON.stringify([steps, about ?? [], style]);
  const own = rows.filter((each) => same(each) === same(row));
  const steps = row.steps.map((step, i) => {
    const text = STEPS[step][lang];
    return row.about ? `${text} (${'AB'[row.about[i] ?? 0]})` : text;
  });
  const controlled = CONTROLS.map(([control]) => own.find((each) => each.control === control) as DialogueRow);
  const cells = [
    steps.join(' → '),
    share(row),
    row.all === null ? '' : percent(row.all),
    row.chance === null ? '–' : (100 * row.chance).toFixed(row.chance < 0.01 ? 1 : 0),
    ...controlled.map(shareAndOther),
  ];
  return `| ${cells.join(' | ')} |`;
}

function table(style: DialogueRow['style'], lang: Lang): string {
  const head = {
    en: ['turns', 'last one right', 'all right', 'chance'],
    ko: ['차례', '마지막 답', '모든 답', '우연'],
  }[lang];
  const cells = [...head, ...CONTROLS.map(([, words]) => words[lang])];
  const lines = rows.filter((row) => row.control === null && row.style === style).map((row) => line(row, lang));
  return [`| ${cells.join(' | ')} |`, `|${cells.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`, ...lines].join(
    '\n',
  );
}

const PAGES: Readonly<Record<Lang, string>> = {
  en: `# Dialogues

[한국어](dialogues.ko.md)

\`glass-flamingo chat --image FILE\` holds a dialogue about a picture: what was asked and answered stands in the prompt, before the next
question.

    $ node bin/glass-flamingo.js chat --image examples/pictures/panda.png
    > name :
    panda
    > kind :
    animal

    $ node bin/glass-flamingo.js chat --image examples/pictures/flamingo.png
    > /tell dax
    > /image examples/pictures/trumpet.png
    > /tell wug
    > /image examples/pictures/flamingo-2.png
    > name :
    dax

The shipped model was never trained on dialogues, only on one question behind each picture. This page measures what it can do in one, and
what the turns before are good for. ${n} dialogues of each kind; percent of last answers that are right letter for letter, with 95% intervals.
Names and kinds are asked of things that training named, and so is the kind in the fourth line; other words are told for things that it was kept from (A, B: two things). \`npm run evaluate -- --dialogues --n ${n}\` computes
the numbers again.

## In the styles of training

${table('seen', 'en')}

## In the style that training never saw

${table('held', 'en')}

- **All right**: every turn that the model answered is right, not the last alone.
- **No turns before**: the last question alone. What is still right did not need the dialogue.
- **Other answers before**: the earlier answers are those about another thing of another kind. The number behind the semicolon says how often
  the last answer is then right for that other thing: how often the model followed what was said, and not what it saw.
- **Another picture**: the last question is about a picture of that other thing. Behind the semicolon: how often the answer is right for it.
- **Text alone**, **gates 0**: no picture gets through.
- **Chance**: one of the names, kinds or words; none where one word alone was told, since there is nothing to choose from.

## What works, and what does not

- **Names and kinds**: the second question needs the first answer in a dialogue between people; it does not here. The answers are as right without the
  turns before, and names stay so when those are false; kinds are then wrong more often, most of all behind two false names. Without a picture
  no name is left, and of kinds more than chance: the names that stand before tell the language model something. This model looks, and listens little.
- **A made-up word that it was told** is the one thing for which it listens: without the turn in which it was told, nobody could know it.
- **One word told** is said about other pictures as well: the model repeats it, and the picture chooses nothing.
- **Two words told**, of two pictures: now the picture chooses; the choice is at chance when no picture gets through. It is the very picture that was told
  of; for other drawings of the thing, see binding in the [model card](../weights/README.md).
- **After a word was told**, a question for the kind of the thing is answered rightly a third or a quarter as often as without it: the model says the word instead. That
  does not work.
- **A word that comes after other questions, or in Korean letters**, was not measured. Tried by hand: told after \`name :\` was answered, the word was said; and of three pairs of
  words in Korean letters in the last dialogue above, four of the six words were said, each with low confidence. The made-up words of training were of Latin letters.
- Dialogue in free words (Figure 1 of the paper) does not work: the language model knows the questions that \`glass-flamingo names\` lists.
`,
  ko: `# 대화

[English](dialogues.md)

\`glass-flamingo chat --image FILE\`은 그림을 놓고 대화해요. 앞에서 묻고 답한 것이 프롬프트에 그대로 남아 다음 질문 앞에 놓여요.

    $ node bin/glass-flamingo.js chat --image examples/pictures/panda.png --lang ko
    > 이름 :
    판다
    > 종류 :
    동물

    $ node bin/glass-flamingo.js chat --image examples/pictures/flamingo.png --lang ko
    > /tell dax
    > /image examples/pictures/trumpet.png
    > /tell wug
    > /image examples/pictures/flamingo-2.png
    > 이름 :
    dax

실린 모델은 대화를 배운 적이 없고, 그림마다 뒤에 질문 하나씩만 배웠어요. 이 페이지는 대화에서 무엇을 할 수 있는지, 앞의 차례가 무슨 도움이 되는지를
재요. 종류마다 대화 ${n}개이고, 마지막 답이 글자 하나까지 맞은 백분율과 95% 구간이에요. 이름과 종류는 (넷째 줄의 종류도) 학습한 것에 대해 묻고, 그 밖의
낱말은 모델이 배우지 않은 것에 알려 줘요 (A, B는 서로 다른 두 가지). \`npm run evaluate -- --dialogues --n ${n}\`으로 다시 계산할 수 있어요.

## 학습한 화풍에서

${table('seen', 'ko')}

## 학습에서 본 적 없는 화풍에서

${table('held', 'ko')}

- **모든 답**: 마지막 답만이 아니라, 모델이 한 답이 모두 맞은 비율이에요.
- **앞의 차례 없이**: 마지막 질문만 물어요. 그래도 맞으면 대화가 필요 없던 거예요.
- **앞의 답을 다른 것으로**: 앞의 답을 종류가 다른 어떤 것에 대한 답으로 바꿔요. 세미콜론 뒤의 수는 마지막 답이 그 다른 것에 맞은 비율이에요.
  본 것이 아니라 들은 것을 따른 비율이죠.
- **다른 그림**: 마지막 질문을 그 다른 것의 그림에 대해 물어요. 세미콜론 뒤는 그 그림에 맞은 비율이에요.
- **글만**, **게이트 0**: 그림이 하나도 전해지지 않아요.
- **우연**: 이름, 종류, 낱말 가운데 하나를 고를 때예요. 낱말을 하나만 알려 줬으면 고를 것이 없으니 비워 뒀어요.

## 되는 것과 안 되는 것

- **이름과 종류**: 사람끼리의 대화라면 둘째 질문에 첫 답이 필요하겠지만, 여기서는 아니에요. 앞의 차례가 없어도 똑같이 맞고, 앞의 답이 틀려도 이름은 그대로예요.
  종류는 그때 더 자주 틀리는데, 틀린 이름 둘 뒤에서 가장 그래요. 그림이 없으면 이름은 하나도 못 맞히고, 종류는 우연을 넘어요. 앞에 놓인 이름이 언어 모델에 알려 주는
  것이 있거든요. 이 모델은 주로 보고, 조금만 들어요.
- **알려 준 지어낸 낱말**만은 들어요. 알려 준 차례가 없으면 아무도 알 수 없으니까요.
- **낱말을 하나만 알려 주면** 다른 그림에도 그 말을 해요. 되풀이할 뿐, 그림을 보고 고르는 것이 아니에요.
- **두 그림에 두 낱말을 알려 주면** 그림을 보고 골라요. 그림이 전해지지 않으면 우연이에요. 여기서는 알려 줄 때와 똑같은 그림으로 물어요. 같은 것을 그린
  다른 그림은 [모델 카드](../weights/README.ko.md)의 묶기를 보세요.
- **낱말을 알려 준 뒤에** 종류를 물으면 알려 주지 않았을 때의 3분의 1이나 4분의 1만 맞아요. 종류 대신 그 낱말을 말하거든요. 안 되는 것이에요.
- **다른 질문 뒤에 알려 준 낱말, 한글 낱말**은 재지 않았어요. 손으로 해 보니 \`name :\`에 답한 뒤에 알려 준 낱말을 말했고, 위의 마지막 대화에서 한글
  낱말 세 쌍을 알려 주자 여섯 낱말 가운데 넷을 말했는데 모두 확신이 낮았어요. 학습할 때 지어낸 말은 모두 로마자였어요.
- 자유로운 말로 하는 대화(논문의 그림 1)는 안 돼요. 언어 모델이 아는 질문은 \`glass-flamingo names\`에 있는 것뿐이에요.
`,
};

for (const lang of ['en', 'ko'] as const)
  await writeWhole(`${docs}dialogues${lang === 'ko' ? '.ko' : ''}.md`, PAGES[lang]);
