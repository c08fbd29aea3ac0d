/**
 * Files of torch.save before PyTorch 1.6: five pickles one after the other (a magic number, the version, facts of the
 * machine, the object, the keys of its storages), then the storages in the order of the keys, each an int64 count of
 * elements and the elements. (torch/serialization.py, `_legacy_save`)
 */

import { type ByteSource, readExactly } from './byte-source.ts';
import { PickleMachine } from './pickle.ts';
import { quote } from './quote.ts';
import { torchError } from './torch-error.ts';
import { type StorageRecord, torchNamesOf } from './torch-names.ts';

/** 0x1950a86a20f9469cfc6c as a pickle writes it. */
const MAGIC = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
const COUNT_BYTES = 8;
const FIRST_READ = 2 ** 18;

/** Tells whether a file begins as they did. Protocols from 4 on put a frame before the number. */
export function isLegacyTorch(start: Uint8Array): boolean {
  const at = start[2] === 0x95 ? 11 : 2;
  return start[0] === 0x80 && MAGIC.every((byte, i) => start[at + i] === byte);
}

/** A storage whose place is known when the keys are. */
class LegacyRecord implements StorageRecord {
  readonly name: string;
  readonly size: number;
  private readonly source: ByteSource;
  /** Byte of its first element. */
  start = 0;

  constructor(source: ByteSource, key: string, size: number) {
    this.source = source;
    this.name = key;
    this.size = size;
  }

  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    return readExactly(this.source, this.start + start, this.start + end);
  }
}

/**
 * The object of a file in the old format; of the storages only their counts are read.
 * @param most bytes of the pickles
 * @throws WeightsFileError
 */
export async function readLegacyTorch(source: ByteSource, most: number): Promise<unknown> {
  const { top, keys, records, end } = await readPickles(source, most);
  await place(source, records, keys, end);
  return top;
}

interface Pickles {
  readonly top: unknown;
  readonly keys: readonly unknown[];
  readonly records: ReadonlyMap<string, LegacyRecord>;
  readonly end: number;
}

/** How long the pickles are is not said: more is read until they end. */
async function readPickles(source: ByteSource, most: number): Promise<Pickles> {
  for (let size = FIRST_READ; ; size *= 8) {
    const bytes = await readExactly(source, 0, Math.min(size, most, source.size));
    const records = new Map<string, LegacyRecord>();
    const names = torchNamesOf((key, count) => {
      const record = records.get(key) ?? new LegacyRecord(source, key, count);
      records.set(key, record);
      return record;
    });
    const machine = new PickleMachine(bytes, names, 'pickle');
    try {
      machine.run(); // the magic number
      machine.run(); // the version, which never changed
      checkByteOrder(machine.run());
      const top = machine.run();
      const keys = machine.run();
      if (!Array.isArray(keys)) throw torchError('pickle-invalid', 'the keys of the storages are no list');
      return { top, keys, records, end: machine.position };
    } catch (error) {
      if (!machine.exhausted || size >= Math.min(most, source.size)) throw error;
    }
  }
}

function checkByteOrder(machine: unknown): void {
  if (machine instanceof Map && machine.get('little_endian') === false)
    throw torchError('byteorder', 'the numbers are stored big-endian, expected little-endian');
}

async function place(
  source: ByteSource,
  records: ReadonlyMap<string, LegacyRecord>,
  keys: readonly unknown[],
  first: number,
): Promise<void> {
  const placed = new Set<string>();
  let at = first;
  for (const key of keys) {
    const record = records.get(String(key));
    if (!record || placed.has(record.name))
      throw torchError('record-missing', `the storage ${quote(String(key))} is listed and not used, or twice`);
    record.start = at + COUNT_BYTES;
    if (record.start + record.size > source.size) {
      const sizes = `${record.size} bytes from byte ${record.start} of ${source.size}`;
      throw torchError(
        'file-truncated',
        `the storage ${quote(record.name)} would have ${sizes}; was the file cut off?`,
      );
    }
    const count = new DataView((await readExactly(source, at, record.start)).buffer).getBigInt64(0, true);
    if (count < 0n || (record.size > 0 && (count === 0n || BigInt(record.size) % count !== 0n)))
      throw torchError(
        'storage-short',
        `the storage ${quote(record.name)} says ${count} elements in ${record.size} bytes`,
      );
    placed.add(record.name);
    at = record.start + record.size;
  }
  const missing = [...records.keys()].find((key) => !placed.has(key));
  if (missing !== undefined) throw torchError('record-missing', `the storage ${quote(missing)} is not listed`);
}
