import type { Command } from 'commander';
import { humanBytes } from '../files/byte-source.ts';
import { openCheckpoint } from '../files/checkpoint.ts';
import type { Checkpoint, PlainValue } from '../files/checkpoint-source.ts';
import { type ElementType, elementBytes, torchNames } from '../files/element-types.ts';
import { type Statistics, statisticsOf } from '../files/statistics.ts';
import { oneLine } from '../inspect/printable.ts';
import { matcher } from '../runs/patterns.ts';

import { formatShape } from '../tensor/errors.ts';
import { sizeOf } from '../tensor/shape.ts';
import { type Context, UsageError } from './context.ts';
import { type Help, helpText } from './help.ts';
import { type Language, sayIn } from './language.ts';
import { progressBar } from './progress.ts';
import { table } from './table.ts';

const HELP: Help = {
  about: {
    en: `FILE is a path or an address: safetensors, an index of shards (*.index.json), a file of torch.save or torch.jit.save
(.pt, .bin, .ckpt, the format before PyTorch 1.6 among them), or a folder that holds one of them. It is told by its
content. Nothing in it is run, and one tensor is read at a time.`,
    ko: `file은 경로나 주소예요: safetensors, 조각의 색인(*.index.json), torch.save나 torch.jit.save의 파일
(.pt, .bin, .ckpt, PyTorch 1.6 전의 형식도), 또는 이 가운데 하나가 든 폴더. 내용을 보고 알아봐요.
파일 안의 것은 아무것도 실행하지 않고, 텐서를 하나씩 읽어요.`,
  },
  examples: [
    'inspect weights/model.safetensors',
    `inspect checkpoint.pt --filter '**.attn_gate'`,
    'inspect pytorch_model.bin --no-statistics',
    'inspect model.safetensors.index.json --json > tensors.json',
  ],
  more: {
    en: `mean, std (of the population), min and max are those of the finite values.
In --filter * stands for one segment between dots, ** for any number.`,
    ko: `평균, 표준편차(모집단), 최소, 최대는 유한한 값의 것이에요.
--filter에서 *는 점 사이의 한 마디, **는 몇 마디든 뜻해요.`,
  },
  exits: {
    en: '0 read; 2 wrong usage, or a file that is broken or refused: the message says what, where and what was expected',
    ko: '0 읽음; 2 사용법이 잘못됐거나, 깨졌거나 받아들이지 않는 파일: 무엇이 어디서 잘못됐고 무엇이 필요한지 알려 줘요',
  },
};

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
  const say = sayIn(context.lang);
  const place = say(
    'path or address of a file of weights, or a folder that holds one',
    '가중치 파일의 경로나 주소, 또는 그런 파일이 든 폴더',
  );
  program
    .command('inspect')
    .argument('<file>', place)
    .option('--json', say('print one JSON object', 'JSON 객체 하나로 써요'))
    .option('--filter <pattern>', say('only tensors of these names', '이런 이름의 텐서만'))
    .option('--no-statistics', say('read the headers alone', '머리말만 읽어요'))
    .addHelpText('after', helpText(HELP, context.lang))
    .action((file: string, options: InspectOptions) => inspect(file, options, context));
}

/** Progress is shown for files that take a second or more. */
const LONG_BYTES = 200_000_000;

async function inspect(file: string, options: InspectOptions, context: Context): Promise<void> {
  const checkpoint = await openCheckpoint(file);
  try {
    const rows = await readRows(checkpoint, chosen(checkpoint.names, options.filter), options.statistics, context.lang);
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
  throw new UsageError(
    `--filter ${pattern} matches none of ${names.length} tensors, such as ${some || 'none at all'}`,
    `--filter ${pattern}에 맞는 텐서가 ${names.length}개 가운데 없어요. 있는 것: ${some || '하나도 없음'}`,
  );
}

async function readRows(
  checkpoint: Checkpoint,
  names: readonly string[],
  statistics: boolean,
  lang: Language,
): Promise<Row[]> {
  const bare = names.map((name) => bareRow(name, checkpoint.info(name)));
  if (!statistics) return bare;
  const total = bare.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = progressBar(sayIn(lang)('reading', '읽는 중'), total, LONG_BYTES, lang);
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
  return oneLine(text.length > 200 ? `${text.slice(0, 199)}…` : text);
}
