/**
 * Files of weights: a case for each file of index.json. A good one must give the tensors listed, bit for bit; a broken one
 * must be refused with an error of this library.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WeightsFileError } from '../files/byte-source.ts';
import { openCheckpoint } from '../files/checkpoint.ts';
import type { Checkpoint } from '../files/checkpoint-source.ts';
import { torchNames, viewElements } from '../files/element-types.ts';
import { openSafetensors, type SafetensorsFile } from '../files/safetensors.ts';
import { formatShape } from '../tensor/errors.ts';
import type { Indexed } from './compare.ts';
import { type Comparison, compare, compareText, equal } from './compare.ts';

interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Integers that float32 cannot hold. */
  readonly text?: readonly string[];
}

interface GoodFile {
  readonly tensors: Readonly<Record<string, TensorEntry>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

interface FilesIndex {
  readonly torch: string;
  readonly good: Readonly<Record<string, GoodFile>>;
  readonly broken: Readonly<Record<string, { readonly kind: string }>>;
}

export function fileCases(json: object, folder: string): Indexed | undefined {
  const { good, broken, torch } = json as Partial<FilesIndex>;
  if (typeof good !== 'object' || typeof broken !== 'object') return undefined;
  let opened: Promise<SafetensorsFile> | undefined;
  const values = () => {
    opened ??= readFile(join(folder, 'expected.safetensors')).then(openSafetensors);
    return opened;
  };
  return {
    implementation: `PyTorch ${torch} and safetensors`,
    cases: [
      ...Object.entries(good).map(([name, file]) => ({ name, run: () => runGood(folder, name, file, values) })),
      ...Object.entries(broken).map(([name, { kind }]) => ({ name, run: () => runBroken(folder, name, kind) })),
    ],
  };
}

async function runGood(
  folder: string,
  file: string,
  golden: GoodFile,
  values: () => Promise<SafetensorsFile>,
): Promise<Comparison[]> {
  const checkpoint = await openCheckpoint(join(folder, file));
  const lines = (entries: readonly string[]) => [...entries].sort().join('\n');
  const facts = [compareText('names', lines(Object.keys(golden.tensors)), lines(checkpoint.names))];
  if (golden.metadata) {
    const pairs = (metadata: Readonly<Record<string, string>>) =>
      lines(Object.entries(metadata).map((pair) => pair.join('=')));
    facts.push(compareText('metadata', pairs(golden.metadata), pairs(checkpoint.metadata)));
  }
  for (const [name, entry] of Object.entries(golden.tensors)) {
    if (!checkpoint.has(name)) continue;
    facts.push(...(await compareTensor(checkpoint, name, entry, () => expectedOf(values, `${file}:${name}`))));
  }
  return facts;
}

async function expectedOf(values: () => Promise<SafetensorsFile>, name: string) {
  return (await values()).read(name);
}

async function compareTensor(
  checkpoint: Checkpoint,
  name: string,
  { dtype, shape, text }: TensorEntry,
  expected: () => ReturnType<SafetensorsFile['read']>,
): Promise<Comparison[]> {
  const info = checkpoint.info(name);
  const described = `${torchNames[info.dtype]} ${formatShape(info.shape)}`;
  const type = compareText(`${name} type`, `${dtype} ${formatShape(shape)}`, described);
  if (!text) return [type, compare(name, await expected(), await checkpoint.read(name), equal)];
  const elements = Array.from(viewElements(await checkpoint.readBytes(name), info.dtype), String);
  return [type, compareText(name, text.join(' '), elements.join(' '))];
}

/** Kinds that may be read as well: the goldens leave some open, and the format before PyTorch 1.6 has a reader of its own. */
const READABLE: readonly string[] = ['either', 'legacy-format'];

async function runBroken(folder: string, file: string, kind: string): Promise<Comparison[]> {
  try {
    const checkpoint = await openCheckpoint(join(folder, file));
    for (const name of checkpoint.names) await checkpoint.readBytes(name);
  } catch (error) {
    if (error instanceof WeightsFileError) return [compareText('refused', kind, kind)];
    const reason = `the error is not one of this library's: ${error}`;
    return [{ tensor: 'refused', verdict: 'fail', reason }];
  }
  if (READABLE.includes(kind)) return [compareText('read', kind, kind)];
  return [{ tensor: 'refused', verdict: 'fail', reason: `it was read, expected a refusal (${kind})` }];
}
