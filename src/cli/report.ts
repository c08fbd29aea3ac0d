import { basename } from 'node:path';
import type { Command } from 'commander';
import { writeFileWhole } from '../files/write-file.ts';
import { reportPage } from '../inspect/report/page.ts';
import { reportOf } from '../inspect/report/report.ts';
import { inLanguage } from '../runs/worded.ts';
import { checkedPictures, modelOptions, sayDevice, withModelOptions } from './ask.ts';
import type { Context, ModelOptions } from './context.ts';
import { withEditOptions } from './edit-options.ts';
import type { Worded } from './language.ts';
import { checkOutputFile } from './output-file.ts';
import { progressBar } from './progress.ts';
import { withPromptOptions } from './prompt-options.ts';
import { promptLines, saidLine, section } from './render.ts';
import { WORDS } from './words.ts';

const LOOKING: Worded = { en: 'looking inside', ko: '속을 들여다보는 중' };

const HELP = `
One HTML file that holds all there is to see of a prompt: pictures and answer, which gate speaks for it, what each gate
adds, where each word looked and what covering changes, attention by head, the logit lens, and every named value. Each
figure is a table too. It needs no server, no network and no script. With --set, --scale or --add the answers before and
after the change stand beside each other.

Examples:
  $ glass-flamingo report --image a.png --text "name :" --out report.html
  $ glass-flamingo report --prompt examples/own.json --out report.html
  $ glass-flamingo report --image a.png --text "name :" --set 'xattn.*.gate.*=0' --out report.html
  $ glass-flamingo report --image a.png --text "이름 :" --out report.html --lang ko

Exit codes: 0 done; 2 wrong usage or input.`;

interface ReportOptions extends ModelOptions {
  readonly prompt?: string;
  readonly out: string;
}

export function register(program: Command, context: Context): void {
  const command = program.command('report');
  const prompts = withPromptOptions(command);
  const edit = withEditOptions(command);
  command.requiredOption('--out <file>', 'the HTML file to write').addHelpText('after', HELP);
  withModelOptions(command).action(async ({ prompt: file, out, ...rest }: ReportOptions) => {
    const prompt = await prompts.read(file);
    await checkOutputFile('--out', out);
    const model = await context.loadModel(modelOptions(rest));
    sayDevice(model, false, context);
    const loaded = await checkedPictures(prompt, model, context);
    const names = prompt.sequence.flatMap((item) => ('image' in item ? [basename(item.image)] : []));
    const bar = progressBar(inLanguage(LOOKING, context.lang), 1, 1);
    let shown = 0;
    const progress = (share: number): void => {
      bar.add(share - shown);
      shown = share;
    };
    const report = await reportOf(model, loaded, { names, progress, edit }).finally(() => bar.stop());
    const page = await reportPage(report, { lang: context.lang });
    await writeFileWhole(out, page);
    const lines = [...promptLines(prompt), ...section(WORDS[context.lang].answer, [saidLine(report.answer, context)])];
    context.out(`\n${lines.join('\n')}\n\n${out} (${Math.ceil(Buffer.byteLength(page) / 1024)} KB)\n`);
  });
}
