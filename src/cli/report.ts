import type { Command } from 'commander';
import { writeFileWhole } from '../files/write-file.ts';
import { oneLine } from '../inspect/printable.ts';
import { reportPage } from '../inspect/report/page.ts';
import { reportOf } from '../inspect/report/report.ts';
import { pictureName } from '../model/image/place.ts';
import { checkedPictures } from './answers.ts';
import { modelOptions, sayDevice, withModelOptions } from './ask.ts';
import type { Context, ModelOptions } from './context.ts';
import { withEditOptions } from './edit-options.ts';
import { DONE_OR_WRONG, type Help, helpText } from './help.ts';
import { inLanguage, sayIn, type Worded } from './language.ts';
import { checkOutputFile } from './output-file.ts';
import { progressBar } from './progress.ts';
import { filesOf, withPromptOptions } from './prompt-options.ts';
import { promptLines, saidLine, section } from './render.ts';
import { WORDS } from './words.ts';

const LOOKING: Worded = { en: 'looking inside', ko: '속을 들여다보는 중' };

const HELP: Help = {
  about: {
    en: `One HTML file that holds all there is to see of a prompt: pictures and answer, which gate speaks for it, what each gate
adds, where each word looked and what covering changes, attention by head, the logit lens, and every named value. Each
figure is a table too. It needs no server, no network and no script. With --set, --scale or --add the answers before and
after the change stand beside each other.`,
    ko: `프롬프트 하나에서 볼 수 있는 모든 것을 담은 HTML 파일이에요: 그림과 답, 답을 밀어 준 게이트, 게이트마다 보태는 몫,
낱말마다 본 곳과 가렸을 때 달라지는 것, 헤드마다의 어텐션, 로짓 렌즈, 이름이 있는 모든 값. 모든 그림은 표로도
있어요. 서버도 네트워크도 스크립트도 필요 없어요. --set, --scale, --add를 쓰면 바꾸기 전과 바꾼 뒤의 답이 나란히 있어요.`,
  },
  examples: [
    'report --image a.png --text "name :" --out report.html',
    'report --prompt examples/own.json --out report.html',
    `report --image a.png --text "name :" --set 'xattn.*.gate.*=0' --out report.html`,
    'report --image a.png --text "이름 :" --out report.html --lang ko',
  ],
  exits: DONE_OR_WRONG,
};

interface ReportOptions extends ModelOptions {
  readonly prompt?: string;
  readonly out: string;
}

export function register(program: Command, context: Context): void {
  const { lang } = context;
  const command = program.command('report');
  const prompts = withPromptOptions(command, lang);
  const edit = withEditOptions(command, lang);
  command
    .requiredOption('--out <file>', sayIn(lang)('the HTML file to write', '쓸 HTML 파일'))
    .addHelpText('after', helpText(HELP, lang));
  withModelOptions(command, lang).action(async ({ prompt: file, out, ...rest }: ReportOptions) => {
    const prompt = await prompts.read(file);
    await checkOutputFile('--out', out, context, filesOf(prompt, file));
    const model = await context.loadModel(modelOptions(rest));
    sayDevice(model, false, context);
    const loaded = await checkedPictures(prompt, model, context);
    const names = prompt.sequence.flatMap((item) => ('image' in item ? [pictureName(item.image)] : []));
    const bar = progressBar(inLanguage(LOOKING, lang), 1, 1, lang);
    let shown = 0;
    const progress = (share: number): void => {
      bar.add(share - shown);
      shown = share;
    };
    const report = await reportOf(model, loaded, { names, progress, edit }).finally(() => bar.stop());
    const page = await reportPage(report, { lang });
    await writeFileWhole(out, page);
    const lines = [...promptLines(prompt), ...section(WORDS[lang].answer, [saidLine(report.answer, context)])];
    context.out(`\n${lines.join('\n')}\n\n${oneLine(out)} (${Math.ceil(Buffer.byteLength(page) / 1024)} KB)\n`);
  });
}
