import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { writeFileWhole } from '../files/write-file.ts';
import { type Alteration, under } from '../inspect/alteration.ts';
import { MISTAKES } from '../inspect/mistakes.ts';
import { oneLine } from '../inspect/printable.ts';
import { findCases } from '../parity/find.ts';
import { summarise, toJson } from '../parity/report.ts';
import { type CaseReport, runCases } from '../parity/run.ts';
import { openDevice } from '../tensor/index.ts';
import { type Context, UsageError } from './context.ts';
import { checkOutputFile } from './output-file.ts';
import { caseLines, summaryLines } from './parity/lines.ts';
import { PARITY_WORDS } from './parity/words.ts';
import { goOnUnread } from './standard-output.ts';
import { WORDS } from './words.ts';

const EXIT_FAILED = 1;
const EXIT_NOT_RUN = 3;

interface ParityOptions {
  readonly cases: string;
  readonly device: string;
  readonly inject?: string;
  readonly json?: string;
  readonly verbose?: boolean;
}

export function register(program: Command, context: Context): void {
  const words = PARITY_WORDS[context.lang];
  const mistakes = MISTAKES.map(({ name }) => `  ${name.padEnd(26)} ${words.mistake(name)}`).join('\n');
  program
    .command('parity')
    .option('--cases <folder>', words.cases, 'test/fixtures/goldens')
    .option('--device <device>', words.device, 'simd')
    .option('--inject <mistake>', words.inject)
    .option('--json <file>', words.json)
    .option('--verbose', words.verbose)
    .addHelpText('after', words.help(mistakes))
    .action((options: ParityOptions) => parity(options, context));
}

async function parity(options: ParityOptions, context: Context): Promise<void> {
  const { cases, device: name, inject, json, verbose = false } = options;
  const words = PARITY_WORDS[context.lang];
  const alteration = inject === undefined ? undefined : injection(inject);
  const isFolder = await stat(cases).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder)
    throw new UsageError(`--cases ${cases}: there is no such folder`, `--cases ${cases}: 그런 폴더가 없어요`);
  if (json !== undefined) await checkOutputFile('--json', json, context);
  const found = await findCases(cases);
  if (found.length === 0)
    throw new UsageError(
      `--cases ${cases}: no case in it or below it`,
      `--cases ${cases}: 이 폴더와 그 아래에 비교할 사례가 없어요`,
    );
  goOnUnread(); // what failed is told by the exit code
  const device = await openDevice(name);
  context.out(`${WORDS[context.lang].device}: ${device.name}\n`);
  const reports: CaseReport[] = [];
  for await (const report of runCases(found, device, alteration)) {
    if (reports.at(-1)?.implementation !== report.implementation) context.out(`\n${oneLine(report.implementation)}\n`);
    context.out(`${caseLines(report, verbose, words).map(oneLine).join('\n')}\n`);
    if (alteration && report.verdict === 'pass') context.out(`    ${words.cannotHave}\n`);
    reports.push(report);
  }
  context.out(`\n${summaryLines(reports, device.name, words).map(oneLine).join('\n')}\n`);
  if (json !== undefined) await writeFileWhole(json, toJson(reports, device.name));
  const { failed, notRun } = summarise(reports);
  context.exitCode = failed > 0 ? EXIT_FAILED : notRun > 0 ? EXIT_NOT_RUN : 0;
}

/** `scale-missing`, or `scale-missing@xattn.1`. */
function injection(text: string): Alteration {
  const [name, role] = text.split('@');
  const mistake = MISTAKES.find((other) => other.name === name);
  const known = MISTAKES.map((other) => other.name).join(', ');
  if (!mistake)
    throw new UsageError(
      `--inject ${text}: no mistake of that name; known: ${known}`,
      `--inject ${text}: 그런 이름의 실수는 없어요. 아는 것: ${known}`,
    );
  return mistake.make(role === undefined ? undefined : under(role));
}
