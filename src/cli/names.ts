import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { fitted } from '../inspect/particles.ts';
import type { Knowledge, NamedThing, QuestionForms } from '../model/knowledge.ts';
import { plainText } from '../model/prompt/plain.ts';
import { displayWidth, paint } from './bars.ts';
import { type Context, UsageError } from './context.ts';
import { type Help, helpText } from './help.ts';
import { type Language, sayIn } from './language.ts';
import { readKnowledgeOf } from './load-model.ts';
import { table } from './table.ts';

const HELP: Help = {
  about: {
    en: `Everything that the model can name, and what was held out of its training, and why. With WORDS (English or Korean, a part
is enough) only what they are part of.`,
    ko: `모델이 이름을 말할 수 있는 모든 것, 그리고 학습에서 뺀 것과 그 까닭이에요. 낱말을 쓰면 (영어나 한국어로, 일부만 써도
돼요) 그 말이 들어간 것만 보여 줘요.`,
  },
  examples: ['names', 'names flamingo duck', 'names --lang ko', 'names --json > names.json'],
  exits: {
    en: '0 done; 1 no name holds one of WORDS; 2 wrong usage or input',
    ko: '0 끝남; 1 어느 이름에도 들어 있지 않은 낱말이 있음; 2 사용법이나 입력이 잘못됨',
  },
};

/** Why a thing is known, or is not. */
const USES = ['seen', 'novel', 'development', 'excluded'] as const;
type Use = (typeof USES)[number];

const TEXTS = {
  en: {
    titles: {
      seen: (n: number) => `${n} things that it names, in English and Korean`,
      novel: (n: number) =>
        `${n} held out: never shown, so that new words for them can be taught in a prompt, and tested`,
      development: (n: number) =>
        `${n} held out: never shown either; choices were made on them, results are not reported`,
      excluded: (n: number) => `${n} left out: they look or are called like something held out, and would give it away`,
    },
    uses: { seen: 'known', novel: 'held out', development: 'held out for choices', excluded: 'left out' },
    like: (names: string) => `like ${names}`,
    style: (held: string, trained: string) =>
      `Of every thing, drawings by ${held} are held out too: training showed those of ${trained}.`,
    questions: 'Questions that it was trained on, after a picture:',
    eachKind: '(of every kind)',
    none: (word: string) => `no name holds '${word}': the model was never told of it`,
    absent: (place: string) => `${place} does not say what its model knows: it holds no knowledge.json`,
  },
  ko: {
    titles: {
      seen: (n: number) => `이름을 아는 것 ${n}가지 (영어와 한국어)`,
      novel: (n: number) =>
        `따로 뺀 것 ${n}가지: 한 번도 보여 주지 않았어요. 프롬프트에서 새 낱말을 가르치고 시험하려고요`,
      development: (n: number) =>
        `선택용으로 뺀 것 ${n}가지: 역시 보여 주지 않았어요. 방법을 고를 때만 쓰고 결과로 내지 않아요`,
      excluded: (n: number) => `함께 뺀 것 ${n}가지: 따로 뺀 것과 생김새나 이름이 비슷해서 힌트가 되니까요`,
    },
    uses: { seen: '아는 것', novel: '따로 뺀 것', development: '선택용으로 뺀 것', excluded: '함께 뺀 것' },
    like: (names: string) => `비슷한 것: ${names}`,
    style: (held: string, trained: string) =>
      `모든 것에서 ${held}의 그림은 따로 뺐어요. 학습에는 ${trained}의 그림을 보여 줬어요.`,
    questions: '학습할 때 그림 뒤에 쓴 질문:',
    eachKind: '(종류마다)',
    none: (word: string) => fitted`'${word}'가 들어간 이름이 없어요. 모델이 한 번도 들어 보지 못한 것이에요`,
    absent: (place: string) => `${place}에는 모델이 아는 것을 적은 knowledge.json이 없어요`,
  },
} as const;

interface NamesOptions {
  readonly weights?: string;
  readonly json?: boolean;
}

interface Listed extends NamedThing {
  readonly use: Use;
}

export function register(program: Command, context: Context): void {
  const say = sayIn(context.lang);
  program
    .command('names')
    .argument('[words...]', say('what to look up', '찾을 낱말'))
    .option('--weights <folder>', say('other weights than the shipped ones', '실린 것 대신 쓸 가중치'))
    .option('--json', say('print one JSON object', 'JSON 객체 하나로 써요'))
    .addHelpText('after', helpText(HELP, context.lang))
    .action((words: string[], options: NamesOptions) => names(words, options, context));
}

async function names(words: readonly string[], { weights, json }: NamesOptions, context: Context): Promise<void> {
  const text = TEXTS[context.lang];
  const { readSplit, SPLIT_FILE } = await import('../training/data/split.ts');
  const folder = weights ?? fileURLToPath(new URL('../../weights/', import.meta.url));
  const knowledge = await readKnowledgeOf(weights === undefined ? {} : { weights });
  if (!knowledge) {
    const place = weights ?? 'weights';
    throw new UsageError(TEXTS.en.absent(place), TEXTS.ko.absent(place));
  }
  const split = await readSplit(join(folder, SPLIT_FILE));
  const things = USES.flatMap((use) => {
    const wanted = new Set(split[use]);
    return knowledge.things.filter(({ name }) => wanted.has(name)).map((thing): Listed => ({ ...thing, use }));
  });
  const found = words.length === 0 ? things : things.filter((thing) => words.some((word) => holds(thing, word)));
  for (const word of words.filter((word) => !things.some((thing) => holds(thing, word)))) {
    context.exitCode = 1;
    context.err(`${text.none(word)}\n`);
  }
  if (json) {
    const { heldStyle, trainingStyles } = split;
    const { kinds, questions } = knowledge;
    context.out(`${JSON.stringify({ things: found, kinds, heldStyle, trainingStyles, questions })}\n`);
  } else if (words.length > 0)
    context.out(
      lookUp(found, knowledge, context.lang)
        .map((line) => `${line}\n`)
        .join(''),
    );
  else {
    const lines = [
      ...USES.flatMap((use) => listing(use, things, knowledge, context)),
      text.style(STYLE_NAMES[split.heldStyle] ?? split.heldStyle, styleNames(split.trainingStyles)),
      '',
      text.questions,
      ...questionLines(knowledge.questions, text.eachKind).map((line) => `  ${line}`),
    ];
    context.out(`${lines.join('\n')}\n`);
  }
}

const holds = ({ name, korean }: NamedThing, word: string): boolean =>
  `${name}\n${korean}`.includes(plainText(word).toLowerCase());

const STYLE_NAMES: Readonly<Record<string, string>> = {
  emojione: 'EmojiOne',
  noto: 'Noto',
  noto2017: 'Noto',
  blobs: 'Noto',
  twemoji: 'Twemoji',
  twemoji2017: 'Twemoji',
  fluent3d: 'Fluent',
  fluentFlat: 'Fluent',
};

const styleNames = (styles: readonly string[]): string =>
  [...new Set(styles.map((style) => STYLE_NAMES[style] ?? style))].join(', ');

const named = ({ name, korean }: NamedThing, lang: Language): string =>
  lang === 'ko' ? `${korean} ${name}` : `${name} ${korean}`;

function listing(use: Use, things: readonly Listed[], { kinds }: Knowledge, context: Context): string[] {
  const { lang, columns, colours } = context;
  const those = things.filter((thing) => thing.use === use);
  if (those.length === 0) return [];
  const kindNames = Object.entries(kinds).map(([kind, korean]) => [kind, lang === 'ko' ? korean : kind] as const);
  const indent = 2 + Math.max(...kindNames.map(([, shown]) => displayWidth(shown))) + 2;
  const rows = kindNames.flatMap(([kind, shown]) => {
    const members = those.filter((thing) => thing.kind === kind).map((thing) => named(thing, lang));
    if (members.length === 0) return [];
    const lines = wrapped(members, Math.max(40, columns) - indent);
    const head = `  ${shown}${' '.repeat(indent - 2 - displayWidth(shown))}`;
    return lines.map((line, i) => (i === 0 ? head : ' '.repeat(indent)) + line);
  });
  return [paint(TEXTS[lang].titles[use](those.length), 'answer', colours), ...rows, ''];
}

/** Words in lines of so many cells, joined by commas. */
function wrapped(words: readonly string[], cells: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)}, ${word}`;
    if (lines.length === 0 || displayWidth(longer) < cells) lines.splice(-1, 1, longer);
    else {
      lines[lines.length - 1] += ',';
      lines.push(word);
    }
  }
  return lines;
}

function lookUp(found: readonly Listed[], { kinds, things }: Knowledge, lang: Language): string[] {
  const text = TEXTS[lang];
  const shown = (name: string): string => {
    const thing = things.find((one) => one.name === name);
    return (lang === 'ko' && thing?.korean) || name;
  };
  return table(
    found.map((thing) => [
      thing.name,
      thing.korean,
      lang === 'ko' ? (kinds[thing.kind] ?? thing.kind) : thing.kind,
      text.uses[thing.use],
      thing.relatives ? text.like(thing.relatives.map(shown).join(', ')) : '',
    ]),
  );
}

/** The forms of each question, a line each; of questions about a kind those about the first one. */
export function questionLines(questions: readonly QuestionForms[], eachKind: string): string[] {
  const first = questions.filter(
    ({ asks, language }, i) => questions.findIndex((one) => one.asks === asks && one.language === language) === i,
  );
  return first.map(({ forms, kind }) => {
    const quoted = forms.map((form) => JSON.stringify(form)).join('  ');
    return kind === undefined ? quoted : `${quoted}  ${eachKind}`;
  });
}
