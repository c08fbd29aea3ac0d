import type { Command } from 'commander';
import { humanBytes } from '../files/byte-source.ts';
import { HubCache } from '../zoo/hub/cache.ts';
import { type FetchReport, fetchModel, filesOf, planFetch } from '../zoo/hub/fetch-model.ts';
import { KNOWN_MODELS } from '../zoo/hub/models.ts';
import type { Plan } from '../zoo/hub/plan.ts';
import type { RemoteFile } from '../zoo/hub/remote.ts';
import { hubSettings } from '../zoo/hub/settings.ts';
import type { Context } from './context.ts';
import { UsageError } from './context.ts';
import { type Progress, progressBar } from './progress.ts';

/** Smaller files arrive before a bar could be read. */
const LEAST_FOR_BAR = 5e6;

const HELP = `
Names: ${KNOWN_MODELS.join('\n       ')}
Any other repository with a config.json of flamingo-mini or IDEFICS will do.

The files go into the cache of Hugging Face, where Python finds them too. What is there already stays; an interrupted
file goes on where it was cut. Every file is held against the size and the checksum that the hub tells.

  HF_HOME, HF_HUB_CACHE   where the cache lies
  HF_ENDPOINT             another hub
  HF_TOKEN                access token for private or gated models; sent to the hub only, never shown

Examples:
  glass-flamingo fetch dhansmair/flamingo-tiny --dry-run
  glass-flamingo fetch dhansmair/flamingo-tiny
  glass-flamingo ask --model dhansmair/flamingo-tiny --image photo.jpg

Exit codes: 0 complete, or listed; 2 wrong usage, or not fetched: the same command goes on.`;

interface FetchOptions {
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function register(program: Command, context: Context): void {
  program
    .command('fetch')
    .argument('[name]', 'OWNER/NAME on the hub')
    .option('--dry-run', 'list files and sizes, fetch nothing')
    .option('--json', 'the same for scripts')
    .addHelpText('after', HELP)
    .action((name: string | undefined, options: FetchOptions) => run(name, options, context));
}

async function run(name: string | undefined, { dryRun, json }: FetchOptions, context: Context): Promise<void> {
  if (name === undefined) throw new UsageError(`fetch what? One of ${KNOWN_MODELS.join(', ')}`);
  const settings = hubSettings(process.env);
  const plan = await planFetch(name, settings);
  const cache = new HubCache(settings.cache);
  if (dryRun) {
    const there = new Set<RemoteFile>();
    for (const file of filesOf(plan)) if (await cache.holds(file)) there.add(file);
    context.out(json ? `${planJson(plan, there)}\n` : planText(plan, there, settings.cache));
    return;
  }
  const resolved = await fetchModel(plan, settings, fetchReport(json ? context.err : context.out));
  if (json) context.out(`${JSON.stringify(resolved, null, 1)}\n`);
  else context.out(`${name} is complete in ${settings.cache}\n`);
}

function fetchReport(say: (text: string) => void): FetchReport {
  let bar: Progress | undefined;
  return {
    begin: ({ repository, name, bytes }) => {
      bar = progressBar(`${repository}/${name}`, bytes, LEAST_FOR_BAR);
    },
    progress: (bytes) => bar?.add(bytes),
    waiting: ({ repository, name }, { process: id, host }) =>
      say(`${repository}/${name}: process ${id} on ${host} is fetching it; waiting\n`),
    end: ({ repository, name, bytes }, outcome) => {
      bar?.stop();
      say(
        `${humanBytes(bytes).padStart(10)}  ${repository}/${name}${outcome === 'was there' ? '  (was there)' : ''}\n`,
      );
    },
  };
}

function planText(plan: Plan<RemoteFile>, there: ReadonlySet<RemoteFile>, folder: string): string {
  const parts = plan.parts.flatMap(({ part, repository, files }) => [
    `${part}: ${repository}`,
    ...files.map(
      (file) => `${humanBytes(file.bytes).padStart(12)}  ${file.name}${there.has(file) ? '  (is there)' : ''}`,
    ),
  ]);
  const files = filesOf(plan);
  const sum = (chosen: readonly RemoteFile[]) => humanBytes(chosen.reduce((total, { bytes }) => total + bytes, 0));
  const missing = files.filter((file) => !there.has(file));
  return `${parts.join('\n')}\n${files.length} files, ${sum(files)}; ${sum(missing)} to fetch into ${folder}\n`;
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
