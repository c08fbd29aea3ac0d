import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { writeFileWhole } from '../files/write-file.ts';
import { type Alteration, under } from '../inspect/alteration.ts';
import { MISTAKES } from '../inspect/mistakes.ts';
import { findCases } from '../parity/find.ts';
import { caseLines, summarise, summaryLines, toJson } from '../parity/report.ts';
import { type CaseReport, runCases } from '../parity/run.ts';
import { openDevice } from '../tensor/index.ts';
import { type Context, UsageError } from './context.ts';
import { checkOutputFile } from './output-file.ts';

const EXIT_FAILED = 1;
const EXIT_NOT_RUN = 3;

const HELP = `
A case is a folder with case.json, weights.safetensors and io.safetensors, or an entry of an index of operations,
of pictures or of texts; other folders are passed over. Every tap, output, gradient, pixel and id is compared.

A module that fails is run again with what would put each well-known mistake right; the report names the first tap that
diverges and the mistake after whose correction most taps agree. --inject tries the report itself:
${MISTAKES.map(({ name, title }) => `  ${name.padEnd(26)} ${title}`).join('\n')}
as in --inject scale-missing, or --inject scale-missing@xattn.1 for that part alone.

Exit codes: 0 everything was compared and passed; 1 something failed; 2 wrong usage; 3 nothing failed, but something
was not run.`;

interface ParityOptions {
  readonly cases: string;
  readonly device: string;
  readonly inject?: string;
  readonly json?: string;
  readonly verbose?: boolean;
}

export function register(program: Command, context: Context): void {
  program
    .command('parity')
    .option('--cases <folder>', 'a root, a group or one case', 'test/fixtures/goldens')
    .option('--device <device>', 'simd, gpu, gpu:MODE (webgpu, webgl2, headlessgl, webasm, cpu) or auto', 'simd')
    .option('--inject <mistake>', 'make a well-known mistake in every module, or with @ROLE in one part of it')
    .option('--json <file>', 'write every comparison there')
    .option('--verbose', 'print a line for every tensor')
    .addHelpText('after', HELP)
    .action((options: ParityOptions) => parity(options, context));
}

async function parity(options: ParityOptions, context: Context): Promise<void> {
  const { cases, device: name, inject, json, verbose = false } = options;
  const alteration = inject === undefined ? undefined : injection(inject);
  const isFolder = await stat(cases).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UsageError(`--cases ${cases}: there is no such folder`);
  if (json !== undefined) await checkOutputFile('--json', json);
  const found = await findCases(cases);
  if (found.length === 0) throw new UsageError(`--cases ${cases}: no case in it or below it`);
  const device = await openDevice(name);
  context.out(`device: ${device.name}\n`);
  const reports: CaseReport[] = [];
  for await (const report of runCases(found, device, alteration)) {
    if (reports.at(-1)?.implementation !== report.implementation) context.out(`\n${report.implementation}\n`);
    context.out(`${caseLines(report, verbose).join('\n')}\n`);
    if (alteration && report.verdict === 'pass') context.out('    nothing in it can have that mistake\n');
    reports.push(report);
  }
  context.out(`\n${summaryLines(reports, device.name).join('\n')}\n`);
  if (json !== undefined) await writeFileWhole(json, toJson(reports, device.name));
  const { failed, notRun } = summarise(reports);
  context.exitCode = failed > 0 ? EXIT_FAILED : notRun > 0 ? EXIT_NOT_RUN : 0;
}

/** `scale-missing`, or `scale-missing@xattn.1`. */
function injection(text: string): Alteration {
  const [name, role] = text.split('@');
  const mistake = MISTAKES.find((other) => other.name === name);
  if (!mistake)
    throw new UsageError(`--inject ${text}: no mistake of that name; known: ${MISTAKES.map((m) => m.name).join(', ')}`);
  return mistake.make(role === undefined ? undefined : under(role));
}
