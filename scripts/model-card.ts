import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Row } from '../src/training/evaluation-rows.ts';
import { writeWhole } from '../src/training/files.ts';

/** Facts of the run that made the weights: `weights/training.json`. */
interface Training {
  readonly seed: number;
  readonly date: string;
  readonly machine: string;
  readonly stages: readonly {
    readonly name: string;
    readonly steps: number;
    readonly minutes: number;
    readonly what: string;
  }[];
  readonly notes: readonly string[];
}

const folder = new URL('../weights/', import.meta.url);
const readJson = async <T>(name: string): Promise<T> => JSON.parse(await readFile(new URL(name, folder), 'utf8')) as T;

const number = (value: number | null): string => (value === null ? '' : value.toFixed(3).replace(/^0/, ''));
const interval = ({ value, low, high }: Row): string => `**${number(value)}** (${number(low)} to ${number(high)})`;
const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heading, heading.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function namingTable(rows: readonly Row[]): string {
  const plain = rows.filter((row) => !row.task.startsWith('binding') && row.control === null);
  const of = (row: Row, style: Row['style']): Row | undefined =>
    plain.find(
      (other) =>
        other.task === row.task &&
        other.language === row.language &&
        other.shots === row.shots &&
        other.style === style,
    );
  const first = plain.filter((row) => row.style === 'seen');
  const title = (row: Row): string => {
    if (row.task === 'induction') return 'which of four questions is meant (shots tell), and its answer';
    return row.task === 'kind' ? 'kind, one of 17' : `${row.language === 'ko' ? 'Korean' : 'English'} name, one of 266`;
  };
  return table(
    ['task, greedy answer', 'shots', 'style seen in training', 'held style', 'chance', 'episodes'],
    first.map((row) => {
      const held = of(row, 'held');
      return [
        title(row),
        String(row.shots),
        interval(row),
        held ? interval(held) : '',
        number(row.chance),
        String(row.n),
      ];
    }),
  );
}

function bindingTable(rows: readonly Row[]): string {
  const binding = rows.filter(
    (row) => row.task.startsWith('binding') && row.control === null && row.measure === 'rank',
  );
  const greedy = (row: Row): Row | undefined =>
    rows.find(
      (other) =>
        other.measure === 'greedy' &&
        other.control === null &&
        ['task', 'concepts', 'style', 'ways', 'shots'].every(
          (key) => other[key as keyof Row] === row[key as keyof Row],
        ),
    );
  return table(
    [
      'concepts / style of the query',
      'words',
      'shots each',
      'ranked',
      'greedy',
      'nearest neighbour: features',
      'pixels',
      'chance',
    ],
    binding.map((row) => [
      `${row.concepts} / ${row.style}${row.task === 'binding' ? '' : ', all of one kind'}`,
      String(row.ways),
      String(row.shots),
      interval(row),
      number(greedy(row)?.value ?? null),
      number(row.baselines.features),
      number(row.baselines.pixels),
      number(row.chance),
    ]),
  );
}

function controlTable(rows: readonly Row[]): string {
  return table(
    ['control', 'task', 'value', 'chance'],
    rows
      .filter((row) => row.control !== null)
      .map((row) => [
        row.control as string,
        row.task === 'binding' ? 'novel / held, 2 words, 2 shots, ranked' : 'English name, 0 shots, greedy',
        interval(row),
        number(row.chance),
      ]),
  );
}

const rows = await readJson<Row[]>('evaluation.json');
const training = await readJson<Training>('training.json');
const { size } = await stat(new URL('model.safetensors', folder));
const template = await readFile(new URL('model-card.template.md', import.meta.url), 'utf8');
const gates = (await readFile(new URL('training-log.jsonl', folder), 'utf8')).trim().split('\n').at(-1) as string;
const last = JSON.parse(gates) as Record<string, number>;
const layers = Object.keys(last).filter((key) => key.endsWith('.attention')).length;
const parts: Record<string, string> = {
  SIZE: `${(size / 1e6).toFixed(1)} MB`,
  NAMING: namingTable(rows),
  BINDING: bindingTable(rows),
  CONTROLS: controlTable(rows),
  GATES: table(
    ['layer', 'attention', 'dense'],
    Array.from({ length: layers }, (_, i) => [
      String(i),
      number(last[`gate.${i}.attention`] ?? 0),
      number(last[`gate.${i}.dense`] ?? 0),
    ]),
  ),
  STAGES: table(
    ['stage', 'steps', 'minutes', 'what'],
    training.stages.map(({ name, steps, minutes, what }) => [name, String(steps), String(minutes), what]),
  ),
  MACHINE: training.machine,
  SEED: String(training.seed),
  DATE: training.date,
  NOTES: training.notes.map((note) => `- ${note}`).join('\n'),
};
const card = template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? '');
await writeWhole(fileURLToPath(new URL('README.md', folder)), card);
