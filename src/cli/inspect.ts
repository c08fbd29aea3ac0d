import type { Command } from 'commander';
import { humanBytes } from '../files/byte-source.ts';
import { openCheckpoint } from '../files/checkpoint.ts';
import type { Checkpoint, PlainValue } from '../files/checkpoint-source.ts';
import { type ElementType, elementBytes, torchNames } from '../files/element-types.ts';
import { type Statistics, statisticsOf } from '../files/statistics.ts';
import { matcher } from '../runs/patterns.ts';

import { formatShape } from '../tensor/errors.ts';
import { sizeOf } from '../tensor/shape.ts';
import { type Context, UsageError } from './context.ts';
import type { Language } from './language.ts';
import { progressBar } from './progress.ts';
import { table } from './table.ts';

const HELP = `
FILE is a path or an address: safetensors, an index of shards (*.index.json), a file of torch.save or torch.jit.save
(.pt, .bin, .ckpt, the format before PyTorch 1.6 among them), or a folder that holds one of them. It is told by its
content. Nothing in it is run, and one tensor is read at a time.

Examples:
  $ glass-flamingo inspect weights/model.safetensors
  $ glass-flamingo inspect checkpoint.pt --filter '**.attn_gate'
  $ glass-flamingo inspect pytorch_model.bin --no-statistics
  $ glass-flamingo inspect model.safetensors.index.json --json > tensors.json

mean, std (of the population), min and max are those of the finite values.
In --filter * stands for one segment between dots, ** for any number.

Exit codes: 0 read; 2 wrong usage, or a file that is broken or refused: the message says what, where and what was expected.`;

interface InspectOptions {
  readonly json?: boolean;
  readonly filter?: string;
  readonly statistics: boolean;
}

/** One tensor of a file. */
interface Row {
  readonly name: string;
  /** PyTorch's name of the type. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  readonly bytes: number;
  readonly statistics?: Statistics;
}

export function register(program: Command, context: Context): void {
  program
    .command('inspect')
    .argument('<file>', 'path or address of a file of weights, or a folder that holds one')
    .option('--json', 'print one JSON object')
    .option('--filter <pattern>', 'only tensors of these names')
    .option('--no-statistics', 'read the headers alone')
    .addHelpText('after', HELP)
    .action((file: string, options: InspectOptions) => inspect(file, options, context));
}

/** Progress is shown for files that take a second or more. */
const LONG_BYTES = 200_000_000;

async function inspect(file: string, options: InspectOptions, context: Context): Promise<void> {
  const checkpoint = await openCheckpoint(file);
  try {
    const rows = await readRows(checkpoint, chosen(checkpoint.names, options.filter), options.statistics);
    const text = options.json
      ? toJson(file, checkpoint, rows)
      : toText(file, checkpoint, rows, options, TEXTS[context.lang]);
    context.out(`${text}\n`);
  } finally {
    await checkpoint.close();
  }
}

function chosen(names: readonly string[], pattern: string | undefined): readonly string[] {
  if (pattern === undefined) return names;
  const found = names.filter(matcher(pattern));
  if (found.length > 0) return found;
  const some = names.slice(0, 3).map(short).join(', ');
  throw new UsageError(`--filter ${pattern} matches none of ${names.length} tensors, such as ${some || 'none at all'}`);
}

async function readRows(checkpoint: Checkpoint, names: readonly string[], statistics: boolean): Promise<Row[]> {
  const bare = names.map((name) => bareRow(name, checkpoint.info(name)));
  if (!statistics) return bare;
  const total = bare.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = progressBar('reading', total, LONG_BYTES);
  const rows: Row[] = [];
  try {
    for (const row of bare) {
      const found = statisticsOf(await checkpoint.readBytes(row.name), checkpoint.info(row.name).dtype);
      rows.push(found ? { ...row, statistics: found } : row);
      progress.add(row.bytes);
    }
  } finally {
    progress.stop();
  }
  return rows;
}

function bareRow(name: string, { dtype, shape }: { dtype: ElementType; shape: readonly number[] }): Row {
  const elements = sizeOf(shape);
  return { name, dtype: torchNames[dtype], shape, elements, bytes: elements * elementBytes[dtype] };
}

// JSON

function toJson(file: string, { format, metadata, values }: Checkpoint, rows: readonly Row[]): string {
  const plain = Object.fromEntries(Array.from(values, ([path, value]) => [path, jsonValue(value)]));
  return JSON.stringify({ file, format, tensors: rows, totals: totalsOf(rows), metadata, values: plain }, null, 1);
}

/** What JSON has no word for is text. */
function jsonValue(value: PlainValue): null | boolean | number | string {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value instanceof Uint8Array ? `${value.length} bytes` : value;
}

function totalsOf(rows: readonly Row[]): { tensors: number; elements: number; bytes: number } {
  const sum = (of: (row: Row) => number) => rows.reduce((total, row) => total + of(row), 0);
  return { tensors: rows.length, elements: sum(({ elements }) => elements), bytes: sum(({ bytes }) => bytes) };
}

// Text

const VALUES_SHOWN = 20;

const EN = {
  formats: { safetensors: 'safetensors', torch: 'torch.save', shards: 'shards with an index' },
  columns: ['name', 'type', 'shape', 'elements', 'size'],
  statistics: ['mean', 'std', 'min', 'max', 'not finite'],
  metadata: 'metadata',
  values: 'other values',
  more: (count: number) => `... and ${count} more: --json shows all`,
  totals: (tensors: number, elements: string, bytes: string) => `${tensors} tensors, ${elements} elements, ${bytes}`,
};

const KO: typeof EN = {
  formats: { safetensors: 'safetensors', torch: 'torch.save', shards: '색인이 있는 조각들' },
  columns: ['이름', '자료형', '모양', '원소', '크기'],
  statistics: ['평균', '표준편차', '최소', '최대', '유한하지 않음'],
  metadata: '메타데이터',
  values: '다른 값',
  more: (count) => `... ${count}개 더: --json이 모두 보여 줘요`,
  totals: (tensors, elements, bytes) => `텐서 ${tensors}개, 원소 ${elements}개, ${bytes}`,
};

const TEXTS: Readonly<Record<Language, typeof EN>> = { en: EN, ko: KO };

function toText(
  file: string,
  checkpoint: Checkpoint,
  rows: readonly Row[],
  { statistics }: InspectOptions,
  text: typeof EN,
): string {
  const { format, metadata, values } = checkpoint;
  const { tensors, elements, bytes } = totalsOf(rows);
  const heading = [...text.columns, ...(statistics ? text.statistics : [])];
  const list = (title: string, entries: readonly (readonly [string, unknown])[]): string[] => {
    if (entries.length === 0) return [];
    const more = entries.length - VALUES_SHOWN;
    const shown = entries.slice(0, VALUES_SHOWN).map(([key, value]) => `  ${short(key)}: ${short(String(value))}`);
    return ['', `${title}:`, ...shown, ...(more > 0 ? [`  ${text.more(more)}`] : [])];
  };
  return [
    `${file}: ${text.formats[format]}`,
    '',
    ...table([heading, ...rows.map((row) => cells(row, statistics))], NUMBERS),
    '',
    text.totals(tensors, elements.toLocaleString('en'), humanBytes(bytes)),
    ...list(text.metadata, Object.entries(metadata)),
    ...list(
      text.values,
      Array.from(values, ([path, value]) => [path, jsonValue(value)] as const),
    ),
  ].join('\n');
}

const NUMBERS = [3, 4, 5, 6, 7, 8, 9];
const STATISTICS = EN.statistics.length;

function cells({ name, dtype, shape, elements, bytes, statistics }: Row, wanted: boolean): string[] {
  const plain = [short(name), dtype, formatShape(shape), elements.toLocaleString('en'), humanBytes(bytes)];
  if (!wanted) return plain;
  if (!statistics) return [...plain, ...new Array<string>(STATISTICS).fill('-')];
  const { mean, std, min, max, nan, infinite } = statistics;
  const broken = [...(nan > 0 ? [`${nan} NaN`] : []), ...(infinite > 0 ? [`${infinite} Inf`] : [])].join(', ');
  return [...plain, number(mean), number(std), number(min), number(max), broken];
}

function number(value: number | null): string {
  return value === null ? '-' : String(Number(value.toPrecision(4)));
}

/** Names come from foreign files, and stay on their line. */
function short(text: string): string {
  return (text.length > 200 ? `${text.slice(0, 199)}…` : text).replaceAll('\n', '\\n');
}
