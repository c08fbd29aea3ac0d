import { spawnSync } from 'node:child_process';
import { cp, readFile, rm, stat } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openSafetensors } from '../src/files/safetensors.ts';
import { load, type PicturePrompt } from '../src/flamingo.ts';
import { KNOWLEDGE_FILE } from '../src/model/knowledge.ts';
import { TEXT_TOWER_FILE } from '../src/model/text-tower.ts';
import { knowledgeOf, loadEvaluationData, SPLIT_FILE, type TrainingData } from '../src/training/data/index.ts';
import { LOG_FILE } from '../src/training/export.ts';
import { writeWhole } from '../src/training/files.ts';
import { BEFORE } from '../src/training/from-weights.ts';
import { STAGES } from '../src/training/pipeline.ts';
import {
  answer,
  answersOf,
  KEPT_STEPS,
  SNAPSHOT_STEPS,
  SNAPSHOTS_FILE,
  SNAPSHOTS_FOLDER,
  type Snapshot,
  snapshotFiles,
  trimSnapshot,
} from '../src/training/snapshots.ts';
import { WEIGHTS_FILES } from '../src/zoo/open/weights.ts';
import { readArguments } from './arguments.ts';
import type { StageFacts, Training } from './model-card/facts.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const weights = join(root, 'weights');
const USAGE = `Puts a finished run into weights/ and makes everything that follows from it: snapshots, temperature, evaluation, card,
figures, the explorer's first paint, the notebooks' outputs. Steps can be chosen, to go on where one failed.

    npm run ship -- --from runs [--steps NAME...] [--data .data] [--threads N] [--n 900] [--card-runs 1]`;

const { values: options } = readArguments(USAGE, {
  options: {
    from: { type: 'string' },
    steps: { type: 'string', multiple: true },
    data: { type: 'string', default: '.data' },
    threads: { type: 'string' },
    n: { type: 'string', default: '900' },
    'card-runs': { type: 'string', default: '1' },
  },
});

function npm(...command: string[]): void {
  const { status } = spawnSync('npm', ['run', '--silent', ...command], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm run ${command.join(' ')} ended with ${status}`);
}

const evaluation = (...more: string[]): void => {
  const threads = options.threads === undefined ? [] : ['--threads', options.threads];
  npm('evaluate', '--', '--data', options.data, '--n', options.n, ...threads, ...more);
};

function runFolder(): string {
  if (options.from === undefined) throw new Error('this step needs --from RUN, the folder of a finished run');
  return options.from;
}

async function copyRun(): Promise<void> {
  const made = join(runFolder(), 'weights');
  for (const name of [...Object.values(WEIGHTS_FILES), TEXT_TOWER_FILE, SPLIT_FILE, LOG_FILE])
    await cp(join(made, name), join(weights, name));
  const data = await loadEvaluationData(options.data, weights, console.log);
  const write = (name: string, value: unknown): Promise<void> =>
    writeWhole(join(weights, name), `${JSON.stringify(value, null, 1)}\n`);
  await write(KNOWLEDGE_FILE, knowledgeOf(data.concepts, data.pictures, data.split));
  await write('training.json', await factsOf(runFolder(), data));
}

/** A stage's recipe and its time; a run that was stopped and went on counts its seconds anew. */
async function stageFacts(run: string, name: string): Promise<StageFacts> {
  const { metadata } = await openSafetensors(await readFile(join(run, `${name}.checkpoint.safetensors`)));
  const lines = (await readFile(join(run, `${name}.log.jsonl`), 'utf8')).trim().split('\n');
  let [seconds, before] = [0, 0];
  for (const line of lines) {
    const { seconds: at } = JSON.parse(line) as { seconds: number };
    if (at < before) seconds += before;
    before = at;
  }
  const { loss } = JSON.parse(lines.at(-1) as string) as { loss: number };
  return { name, minutes: Math.round((seconds + before) / 60), loss, recipe: JSON.parse(metadata.recipe ?? '{}') };
}

async function factsOf(run: string, { pictures, icons }: TrainingData): Promise<Training> {
  const before = await readFile(join(run, BEFORE.training), 'utf8').then(
    (text) => (JSON.parse(text) as Training).stages, // of the weights that the run went on from
    () => null,
  );
  const own = await Promise.all(STAGES.slice(before ? -1 : 0).map((name) => stageFacts(run, name)));
  const stages = [...(before ?? []), ...own];
  const { mtime } = await stat(join(run, 'flamingo.log.jsonl'));
  const [processor] = cpus();
  return {
    seed: Number(stages.at(-1)?.recipe.seed),
    date: mtime.toISOString().slice(0, 10),
    machine: `${cpus().length} virtual cores (${processor?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node}`,
    cardRuns: Number(options['card-runs']),
    stages,
    pictures: pictures.size,
    icons,
  };
}

interface KeptAnswers {
  readonly snapshots: readonly Snapshot[];
}

async function snapshots(): Promise<void> {
  const goneOn = await stat(join(runFolder(), BEFORE.training)).catch(() => null);
  const found = goneOn ? new Map<number, string>() : await snapshotFiles(runFolder());
  const missing = SNAPSHOT_STEPS.filter((step) => !found.has(step));
  if (goneOn) console.log('a run that went on: the earlier snapshots stay, and the end is answered anew');
  else if (missing.length > 0) console.log(`the run kept no snapshot of step ${missing.join(', ')}`);
  const { scenes } = JSON.parse(await readFile(join(root, 'examples/demo.json'), 'utf8')) as {
    scenes: readonly { title: { readonly en: string }; fewShot: PicturePrompt }[];
  };
  const prompts = scenes.map(({ fewShot }) => ({
    ...fewShot,
    sequence: fewShot.sequence.map((item) => ('image' in item ? { image: join(root, 'examples', item.image) } : item)),
  }));
  const model = await load(weights);
  const log = (await readFile(join(weights, LOG_FILE), 'utf8')).trim().split('\n');
  const steps = log.filter((line) => !('averaged' in JSON.parse(line))).length;
  const end = await answer(model, steps, prompts);
  const kept = goneOn
    ? (JSON.parse(await readFile(join(weights, SNAPSHOTS_FILE), 'utf8')) as KeptAnswers).snapshots
    : [];
  const wanted = new Map([...found].filter(([step]) => SNAPSHOT_STEPS.includes(step)));
  const all = [...kept.slice(0, -1), ...(await answersOf(model, wanted, prompts)), end];
  const digits = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? Number(value.toPrecision(6)) : value;
  const titles = scenes.map(({ title }) => title.en);
  await writeWhole(join(weights, SNAPSHOTS_FILE), `${JSON.stringify({ scenes: titles, snapshots: all }, digits, 1)}\n`);
  if (goneOn) return model.dispose();
  const folder = join(weights, SNAPSHOTS_FOLDER);
  await rm(folder, { recursive: true, force: true });
  for (const step of KEPT_STEPS) {
    const path = found.get(step);
    if (path === undefined) continue;
    const name = `${String(step).padStart(6, '0')}.safetensors`;
    await writeWhole(join(folder, name), await trimSnapshot(await readFile(path), model.config.model.tokens));
  }
  model.dispose();
}

async function photographs(): Promise<void> {
  npm('photographs', '--', options.data, '900', join(weights, 'photographs.json'));
}

const STEPS: Readonly<Record<string, () => void | Promise<void>>> = {
  copy: copyRun,
  temperature: () => evaluation('--n', '300', '--task', 'naming', '--development', '--fit-temperature'),
  snapshots,
  evaluate: () => evaluation('--json', join(weights, 'evaluation.json')),
  photographs,
  card: () => npm('model-card'),
  figures: () => npm('figures'),
  'first-paint': () => npm('first-paint'),
  notebooks: () => npm('notebook', '--', 'run'),
};

const chosen = options.steps?.flatMap((list) => list.split(',')) ?? Object.keys(STEPS);
const unknown = chosen.find((name) => !(name in STEPS));
if (unknown !== undefined) throw new Error(`no step ${unknown}; expected ${Object.keys(STEPS).join(', ')}`);
for (const name of Object.keys(STEPS).filter((step) => chosen.includes(step))) {
  console.log(`\n== ${name}`);
  await STEPS[name]?.();
}
console.log(`
Then look at the card and the figures, and at what the notebooks' texts say of numbers, and run
  npx vitest run --project node test/zoo test/cli test/docs test/explorer test/inspect test/weights.test.ts
  npm run notebook -- check`);
