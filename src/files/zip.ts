/**
 * Zip archives read by range: the directory first, a record's bytes when they are wanted. zip.js reads the directory,
 * Zip64 included. Records must be stored as they are, which is what torch writes: so their declared size is their size,
 * and no archive can unpack to more than its file holds. Checksums are not checked, as torch may leave them out.
 */

import type { Entry, Reader } from '@zip.js/zip.js/lib/zip-core-reader.js';
import { quote } from '../tensor/errors.ts';
import { type ByteSource, readExactly } from './byte-source.ts';
import { TorchFileError } from './torch-error.ts';

const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;

/** One file of an archive. */
export class ZipRecord {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  private readonly offset: number;
  private readonly source: ByteSource;
  private start: Promise<number> | undefined;

  constructor(source: ByteSource, entry: Entry) {
    this.name = entry.filename;
    this.size = entry.uncompressedSize;
    this.offset = entry.offset;
    this.source = source;
  }

  /**
   * Its bytes from `start` up to but not including `end`, in a buffer of their own.
   * @throws TorchFileError `zip-invalid` when there is no record where the directory says
   */
  async read(start = 0, end: number = this.size): Promise<Uint8Array<ArrayBuffer>> {
    this.start ??= this.findStart();
    const first = await this.start;
    return readExactly(this.source, first + start, first + end);
  }

  /** The local header repeats the name and has extra bytes of its own: only it says where the data begins. */
  private async findStart(): Promise<number> {
    const refuse = (what: string) => new TorchFileError('zip-invalid', `the record ${quote(this.name)} ${what}`);
    const end = this.offset + LOCAL_HEADER_BYTES;
    if (end > this.source.size) throw refuse(`would begin at byte ${this.offset} of ${this.source.size}`);
    const header = new DataView((await readExactly(this.source, this.offset, end)).buffer);
    if (header.getUint32(0, true) !== LOCAL_HEADER_SIGNATURE) throw refuse(`is not at byte ${this.offset}`);
    const start = end + header.getUint16(26, true) + header.getUint16(28, true);
    if (start + this.size > this.source.size)
      throw refuse(`would end at byte ${start + this.size} of ${this.source.size}; was the file cut off?`);
    return start;
  }
}

/**
 * The records of an archive by name.
 * @throws TorchFileError `zip-truncated`, `zip-invalid`, or `record-compressed` for what is not stored as it is
 */
export async function openZip(source: ByteSource): Promise<Map<string, ZipRecord>> {
  const records = new Map<string, ZipRecord>();
  for (const entry of await readDirectory(source)) {
    if (entry.directory) continue;
    const where = `the record ${quote(entry.filename)}`;
    if (records.has(entry.filename)) throw new TorchFileError('zip-invalid', `${where} is in the archive twice`);
    if (entry.encrypted || entry.compressionMethod !== 0) {
      const how = entry.encrypted ? 'encrypted' : `compressed (method ${entry.compressionMethod})`;
      throw new TorchFileError('record-compressed', `${where} is ${how}, expected it stored, as torch.save does`);
    }
    if (entry.compressedSize !== entry.uncompressedSize || !Number.isSafeInteger(entry.offset))
      throw new TorchFileError('zip-invalid', `${where} has two sizes or no place`);
    if (entry.offset + entry.uncompressedSize > source.size) {
      const sizes = `${entry.uncompressedSize} bytes from byte ${entry.offset} of ${source.size}`;
      throw new TorchFileError('zip-truncated', `${where} would have ${sizes}; was the file cut off?`);
    }
    records.set(entry.filename, new ZipRecord(source, entry));
  }
  return records;
}

async function readDirectory(source: ByteSource): Promise<Entry[]> {
  const { ZipReader, ERR_EOCDR_NOT_FOUND } = await import('@zip.js/zip.js/lib/zip-core-reader.js');
  const reader = {
    size: source.size,
    readUint8Array: (index: number, length: number) => {
      const end = Math.min(index + length, source.size);
      return readExactly(source, Math.min(index, end), end);
    },
  };
  try {
    return await new ZipReader(reader as unknown as Reader<unknown>).getEntries();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === ERR_EOCDR_NOT_FOUND) {
      const what = 'the archive has no directory at its end; was the file cut off?';
      throw new TorchFileError('zip-truncated', what);
    }
    throw new TorchFileError('zip-invalid', `the directory of the archive cannot be read: ${reason}`);
  }
}
