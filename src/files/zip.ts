/**
 * Zip archives read by range: the directory first, a record's bytes when they are wanted. zip.js reads the directory,
 * Zip64 included. torch stores records as they are; archives that were packed again have deflated ones, which are
 * unpacked whole, one at a time, up to the size that the directory says. Checksums are not checked, as torch may leave
 * them out.
 */

import type { Entry, Reader } from '@zip.js/zip.js/lib/zip-core-reader.js';
import { type ByteSource, readExactly, WeightsFileError } from './byte-source.ts';
import { quote } from './quote.ts';
import { torchError } from './torch-error.ts';

const LOCAL_HEADER_BYTES = 30;
const LOCAL_HEADER_SIGNATURE = 0x04034b50;
const DEFLATED = 8;
/** Deflate makes at most 1032 bytes of one. */
const MOST_PER_BYTE = 1032;
/** Of one record: unpacked it is held whole. */
const MOST_UNPACKED = 2 ** 31;

/** The record that was unpacked last: its tensors are read one after the other. */
interface Unpacked {
  record?: ZipRecord;
  bytes?: Promise<Uint8Array<ArrayBuffer>>;
}

/** One file of an archive. */
export class ZipRecord {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  private readonly offset: number;
  private readonly packed: number;
  private readonly deflated: boolean;
  private readonly source: ByteSource;
  private readonly unpacked: Unpacked;
  private start: Promise<number> | undefined;

  constructor(source: ByteSource, entry: Entry, unpacked: Unpacked) {
    this.packed = entry.compressedSize;
    this.deflated = entry.compressionMethod === DEFLATED;
    this.unpacked = unpacked;
    this.name = entry.filename;
    this.size = entry.uncompressedSize;
    this.offset = entry.offset;
    this.source = source;
  }

  /**
   * Its bytes from `start` up to but not including `end`, in a buffer of their own.
   * @throws WeightsFileError `zip-invalid` when there is no record where the directory says
   */
  async read(start = 0, end: number = this.size): Promise<Uint8Array<ArrayBuffer>> {
    this.start ??= this.findStart();
    const first = await this.start;
    if (this.deflated) {
      if (this.unpacked.record !== this) Object.assign(this.unpacked, { record: this, bytes: this.unpack(first) });
      return ((await this.unpacked.bytes) as Uint8Array<ArrayBuffer>).slice(start, end);
    }
    return readExactly(this.source, first + start, first + end);
  }

  private async unpack(first: number): Promise<Uint8Array<ArrayBuffer>> {
    const refuse = (what: string) => torchError('zip-invalid', `the record ${quote(this.name)} ${what}`);
    const packed = await readExactly(this.source, first, first + this.packed);
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    const bytes = new Uint8Array(this.size);
    let filled = 0;
    try {
      for await (const piece of stream as unknown as AsyncIterable<Uint8Array>) {
        if (filled + piece.length > bytes.length) throw refuse(`unpacks to more than its ${this.size} bytes`);
        bytes.set(piece, filled);
        filled += piece.length;
      }
    } catch (error) {
      throw error instanceof WeightsFileError ? error : refuse('cannot be unpacked: its deflated bytes are damaged');
    }
    if (filled < bytes.length) throw refuse(`unpacks to ${filled} bytes instead of ${this.size}`);
    return bytes;
  }

  /** The local header repeats the name and has extra bytes of its own: only it says where the data begins. */
  private async findStart(): Promise<number> {
    const refuse = (what: string) => torchError('zip-invalid', `the record ${quote(this.name)} ${what}`);
    const end = this.offset + LOCAL_HEADER_BYTES;
    if (end > this.source.size) throw refuse(`would begin at byte ${this.offset} of ${this.source.size}`);
    const header = new DataView((await readExactly(this.source, this.offset, end)).buffer);
    if (header.getUint32(0, true) !== LOCAL_HEADER_SIGNATURE) throw refuse(`is not at byte ${this.offset}`);
    const start = end + header.getUint16(26, true) + header.getUint16(28, true);
    if (start + this.packed > this.source.size)
      throw refuse(`would end at byte ${start + this.packed} of ${this.source.size}; was the file cut off?`);
    return start;
  }
}

/**
 * The records of an archive by name.
 * @throws WeightsFileError `zip-truncated`, `zip-invalid`, or `record-compressed` for what is neither stored nor deflated
 */
export async function openZip(source: ByteSource): Promise<Map<string, ZipRecord>> {
  const records = new Map<string, ZipRecord>();
  const unpacked: Unpacked = {};
  for (const entry of await readDirectory(source)) {
    if (entry.directory) continue;
    const where = `the record ${quote(entry.filename)}`;
    if (records.has(entry.filename)) throw torchError('zip-invalid', `${where} is in the archive twice`);
    if (entry.encrypted || ![0, DEFLATED].includes(entry.compressionMethod)) {
      const how = entry.encrypted ? 'encrypted' : `compressed (method ${entry.compressionMethod})`;
      throw torchError('record-compressed', `${where} is ${how}, expected it stored or deflated`);
    }
    const { compressedSize: packed, uncompressedSize: size } = entry;
    const sound =
      entry.compressionMethod === 0 ? packed === size : size <= Math.min(packed * MOST_PER_BYTE, MOST_UNPACKED);
    if (!sound || !Number.isSafeInteger(entry.offset))
      throw torchError('zip-invalid', `${where} has sizes that do not fit, or no place`);
    if (entry.offset + packed > source.size) {
      const sizes = `${packed} bytes from byte ${entry.offset} of ${source.size}`;
      throw torchError('zip-truncated', `${where} would have ${sizes}; was the file cut off?`);
    }
    records.set(entry.filename, new ZipRecord(source, entry, unpacked));
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
      throw torchError('zip-truncated', what);
    }
    throw torchError('zip-invalid', `the directory of the archive cannot be read: ${reason}`);
  }
}
