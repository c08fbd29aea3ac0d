// The paper's ablations, done small: trains the Flamingo stage with one thing changed, at equal steps and on equal data, and
// measures it. What was stopped goes on with the same command; what was measured is not measured again.
//
//     npm run ablate -- --rows baseline no-gating --seeds 1,2,3 [--steps 200] [--batch 16] [--data .data] [--out runs/ablations]
//     npm run ablate -- --keep         copies the results into docs/ and writes docs/ablations.md and .ko.md

import { readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { endWhenTold } from '../src/cli/end-when-told.ts';
import { errorText, inKorean } from '../src/cli/korean-errors.ts';
import { inLanguage, LANGUAGES, type Language, languageOf } from '../src/cli/language.ts';
import { watchStandardOutput } from '../src/cli/standard-output.ts';
import { untilInterrupted } from '../src/cli/stop-on-interrupt.ts';
import { printable } from '../src/cli/terminal.ts';
import { defaultThreads } from '../src/parallel/pool.ts';
import { GlassFlamingoError } from '../src/tensor/errors.ts';
import { ABLATION_RECIPE, ablate, RESULTS_FILE, readResults } from '../src/training/ablation/ablate.ts';
import { ABLATION_ROWS } from '../src/training/ablation/rows.ts';
import { TrainingError, writeWhole } from '../src/training/files.ts';
import { terminalReport } from '../src/training/report.ts';
import { gatesFigure } from './ablations/gates.ts';
import { ablationsPage } from './ablations/page.ts';

const ROWS = (lang: Language): string =>
  Object.entries(ABLATION_ROWS)
    .map(([name, { does }]) => `  ${name.padEnd(28)}${inLanguage(does, lang)}`)
    .join('\n');

const USAGE = `npm run ablate -- [--rows NAME...] [--seeds 1,2,3] [--steps ${ABLATION_RECIPE.steps}] [--batch ${ABLATION_RECIPE.batch}] [--n 150]
  [--data .data] [--weights weights] [--out runs/ablations] [--threads ${defaultThreads()}] [--lang ko] | --keep`;

const HELP: Readonly<Record<Language, string>> = {
  en: `${USAGE}

Trains the Flamingo stage once for each row and seed, with one thing changed, and measures it. What was stopped goes on with the
same command, and what was measured is not measured again: more rows and seeds can be added later.

Rows (all by default):
${ROWS('en')}

--keep copies the results into docs/ablations.json and writes docs/ablations.md and docs/ablations.ko.md.
Stops on Ctrl-C with a checkpoint. Exit codes: 0 done; 2 wrong usage or input; 130 stopped, with a checkpoint.
`,
  ko: `${USAGE}

줄과 시드마다 하나만 바꿔서 Flamingo 단계를 한 번씩 학습하고 재요. 멈춘 것은 같은 명령으로 이어지고, 이미 잰 것은 다시 재지 않아요.
줄과 시드는 나중에 더해도 돼요.

줄 (안 쓰면 모두):
${ROWS('ko')}

--keep은 결과를 docs/ablations.json에 복사하고 docs/ablations.md와 docs/ablations.ko.md를 써요.
Ctrl-C를 누르면 체크포인트를 남기고 멈춰요. 종료 코드: 0 끝남; 2 사용법이나 입력이 잘못됨; 130 체크포인트를 남기고 멈춤.
`,
};

const root = fileURLToPath(new URL('../', import.meta.url));

function whole(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new TypeError(`--${name} '${text}' is not a whole number from ${least}`);
  return value;
}

const err = (text: string): void => void process.stderr.write(printable(text));

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true, // --rows a b c
    options: {
      rows: { type: 'string', multiple: true },
      seeds: { type: 'string', default: '1' },
      steps: { type: 'string', default: String(ABLATION_RECIPE.steps) },
      batch: { type: 'string', default: String(ABLATION_RECIPE.batch) },
      n: { type: 'string', default: '150' },
      data: { type: 'string', default: '.data' },
      weights: { type: 'string', default: join(root, 'weights') },
      out: { type: 'string', default: 'runs/ablations' },
      threads: { type: 'string', default: String(defaultThreads()) },
      keep: { type: 'boolean', default: false },
      lang: { type: 'string', default: 'en' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const lang = LANGUAGES.find((each) => each === values.lang);
  if (!lang) throw new TypeError(`--lang '${values.lang}' is not known; expected ${LANGUAGES.join(' or ')}`);
  if (values.help) return void process.stdout.write(HELP[lang]);
  if (positionals.length > 0 && !values.rows)
    throw new TypeError(`'${positionals[0]}' stands alone; expected --rows NAME...`);
  endWhenTold(lang);
  watchStandardOutput((problem) => `ablate: ${(lang === 'ko' && inKorean(problem)) || problem}`);
  const { out, data, weights } = values;
  if (values.keep) return keep(out);
  const cpu = cpus();
  const options = {
    ...{ out, data, weights },
    rows: values.rows ? [...values.rows, ...positionals] : Object.keys(ABLATION_ROWS),
    seeds: values.seeds.split(',').map((seed) => whole('seeds', seed, 0)),
    recipe: { steps: whole('steps', values.steps), batch: whole('batch', values.batch) },
    n: whole('n', values.n),
    threads: whole('threads', values.threads),
    machine: `${cpu.length} virtual cores (${cpu[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`,
    report: terminalReport(process.stderr, err, 20, lang),
  };
  const context = { err, exitCode: 0, lang };
  await untilInterrupted(context, async (signal) => {
    for (const { row, seed, overall, scores } of await ablate({ ...options, signal })) {
      const each = Object.entries(scores).map(([task, { value }]) => `${task} ${value.toFixed(3)}`);
      process.stdout.write(`${`${row}, seed ${seed}`.padEnd(36)} ${overall.toFixed(3)}  ${each.join(', ')}\n`);
    }
  });
  process.exitCode = context.exitCode;
}

async function keep(out: string): Promise<void> {
  const results = await readResults(out);
  if (results.length === 0) throw new TrainingError(`${out} has no ${RESULTS_FILE}: nothing was measured there`);
  const pages = LANGUAGES.map((lang) => [ablationsPage(results, lang), gatesFigure(results, lang)] as const);
  await writeWhole(join(root, 'docs/ablations.json'), await readFile(join(out, RESULTS_FILE)));
  for (const [i, lang] of LANGUAGES.entries()) {
    const [page, figure] = pages[i] as readonly [string, string];
    await writeWhole(join(root, `docs/ablations${lang === 'en' ? '' : `.${lang}`}.md`), page);
    await writeWhole(join(root, `docs/ablations-gates.${lang}.svg`), figure);
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof GlassFlamingoError || error instanceof TypeError)) throw error;
  const lang = languageOf(process.argv.slice(2));
  err(`ablate: ${errorText(error, lang)}\n`);
  process.exitCode = 2;
}
