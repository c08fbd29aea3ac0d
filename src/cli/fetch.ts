import type { Command } from 'commander';
import { humanBytes } from '../files/byte-source.ts';
import { oneLine } from '../inspect/printable.ts';
import { HubCache } from '../zoo/hub/cache.ts';
import { type FetchReport, fetchModel, filesOf, planFetch } from '../zoo/hub/fetch-model.ts';
import { KNOWN_MODELS } from '../zoo/hub/models.ts';
import type { Plan } from '../zoo/hub/plan.ts';
import type { RemoteFile } from '../zoo/hub/remote.ts';
import { type HubWait, hubSettings } from '../zoo/hub/settings.ts';
import type { Context } from './context.ts';
import { UsageError } from './context.ts';
import { type Help, helpText } from './help.ts';
import { type Language, type Say, sayIn } from './language.ts';
import { type Progress, progressBar } from './progress.ts';
import { goOnUnread } from './standard-output.ts';

/** Smaller files arrive before a bar could be read. */
const LEAST_FOR_BAR = 5e6;

const HELP: Help = {
  about: {
    en: `Names: ${KNOWN_MODELS.join('\n       ')}
Any other repository with a config.json of flamingo-mini or IDEFICS will do.

The files go into the cache of Hugging Face, where Python finds them too. What is there already stays; an interrupted
file goes on where it was cut. Every file is held against the size and the checksum that the hub tells.

  HF_HOME, HF_HUB_CACHE   where the cache lies
  HF_ENDPOINT             another hub
  HF_TOKEN                access token for private or gated models; sent to the hub only, never shown`,
    ko: `이름: ${KNOWN_MODELS.join('\n      ')}
config.json이 있는 다른 flamingo-mini나 IDEFICS 저장소도 돼요.

파일은 Hugging Face의 캐시로 들어가고, Python도 거기서 찾아요. 이미 있는 것은 그대로 두고, 끊긴 파일은 끊긴 곳부터
이어 받아요. 모든 파일을 허브가 알려 주는 크기와 체크섬에 견줘요.

  HF_HOME, HF_HUB_CACHE   캐시가 있는 곳
  HF_ENDPOINT             다른 허브
  HF_TOKEN                비공개 모델이나 허락이 필요한 모델의 토큰. 허브에만 보내고 보여 주지 않아요`,
  },
  examples: [
    'fetch dhansmair/flamingo-tiny --dry-run',
    'fetch dhansmair/flamingo-tiny',
    'ask --model dhansmair/flamingo-tiny --image photo.jpg',
  ],
  exits: {
    en: '0 complete, or listed; 2 wrong usage, or not fetched: the same command goes on',
    ko: '0 다 있음, 또는 목록을 보여 줌; 2 사용법이 잘못됐거나 다 받지 못함: 같은 명령이 이어 받아요',
  },
};

interface FetchOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function register(program: Command, context: Context): void {
  const say = sayIn(context.lang);
  program
    .command('fetch')
    .argument('[name]', say('OWNER/NAME on the hub', '허브의 소유자/이름'))
    .option('--dry-run', say('list files and sizes, fetch nothing', '파일과 크기만 보여 주고 가져오지 않아요'))
    .option('--json', say('the same for scripts', '같은 것을 JSON으로 써요'))
    .addHelpText('after', helpText(HELP, context.lang))
    .action((name: string | undefined, options: FetchOptions) => run(name, options, context));
}

async function run(name: string | undefined, { dryRun, json }: FetchOptions, context: Context): Promise<void> {
  const say = sayIn(context.lang);
  const known = KNOWN_MODELS.join(', ');
  if (name === undefined)
    throw new UsageError(`fetch what? One of ${known}`, `무엇을 가져올까요? 이 가운데 하나예요: ${known}`);
  const settings = { ...hubSettings(process.env), waits: (wait: HubWait) => context.err(waitText(wait, say)) };
  const plan = await planFetch(name, settings);
  const cache = new HubCache(settings.cache);
  if (dryRun) {
    const there = new Set<RemoteFile>();
    for (const file of filesOf(plan)) if (await cache.holds(file)) there.add(file);
    context.out(json ? `${planJson(plan, there)}\n` : planText(plan, there, settings.cache, say));
    return;
  }
  goOnUnread();
  const resolved = await fetchModel(plan, settings, fetchReport(json ? context.err : context.out, context.lang));
  if (json) context.out(`${JSON.stringify(resolved, null, 1)}\n`);
  else context.out(`${say(`${name} is complete in ${settings.cache}`, `${name}: ${settings.cache}에 다 있어요`)}\n`);
}

function waitText({ what, host, status, seconds, next, most }: HubWait, say: Say): string {
  const rounded = Math.ceil(seconds);
  return `${what}: ${say(
    `${host} is busy (${status}); asking again in ${rounded} s, try ${next} of ${most}`,
    `${host}에 요청이 많아요(${status}). ${rounded}초 뒤에 다시 물어봐요(${most}번 가운데 ${next}번째).`,
  )}\n`;
}

function fetchReport(write: (text: string) => void, lang: Language): FetchReport {
  const say = sayIn(lang);
  let bar: Progress | undefined;
  return {
    begin: ({ repository, name, bytes }) => {
      bar = progressBar(`${repository}/${name}`, bytes, LEAST_FOR_BAR, lang);
    },
    progress: (bytes) => bar?.add(bytes),
    waiting: ({ repository, name }, { process: id, host }) =>
      write(
        `${repository}/${name}: ${say(`process ${id} on ${host} is fetching it; waiting`, `${host}의 프로세스 ${id}가 가져오는 중이라서 기다려요`)}\n`,
      ),
    end: ({ repository, name, bytes }, outcome) => {
      bar?.stop();
      const there = outcome === 'was there' ? `  (${say('was there', '있던 것')})` : '';
      write(`${humanBytes(bytes).padStart(10)}  ${repository}/${oneLine(name)}${there}\n`);
    },
  };
}

function planText(plan: Plan<RemoteFile>, there: ReadonlySet<RemoteFile>, folder: string, say: Say): string {
  const parts = plan.parts.flatMap(({ part, repository, files }) => [
    `${part}: ${repository}`,
    ...files.map(
      (file) =>
        `${humanBytes(file.bytes).padStart(12)}  ${oneLine(file.name)}${there.has(file) ? `  (${say('is there', '있는 것')})` : ''}`,
    ),
  ]);
  const files = filesOf(plan);
  const sum = (chosen: readonly RemoteFile[]) => humanBytes(chosen.reduce((total, { bytes }) => total + bytes, 0));
  const missing = files.filter((file) => !there.has(file));
  const total = say(
    `${files.length} files, ${sum(files)}; ${sum(missing)} to fetch into ${folder}`,
    `파일 ${files.length}개, ${sum(files)}. ${folder}에 가져올 것 ${sum(missing)}`,
  );
  return `${parts.join('\n')}\n${total}\n`;
}

function planJson(plan: Plan<RemoteFile>, there: ReadonlySet<RemoteFile>): string {
  const parts = plan.parts.map(({ part, repository, files }) => ({
    part,
    repository,
    files: files.map((file) => {
      const { name, bytes, commit, checksum } = file;
      return { name, bytes, commit, checksum, cached: there.has(file) };
    }),
  }));
  return JSON.stringify({ name: plan.name, layout: plan.layout, every: plan.every, parts }, null, 1);
}
