/** Any file of weights, told by its content. */

import { requireOptions } from '../tensor/options.ts';
import { asSource, type ByteSource, WeightsFileError } from './byte-source.ts';
import type { Checkpoint, CheckpointFormat, PlainValue } from './checkpoint-source.ts';
import { asResourceError, besideFile, inFolder, isOnDisk, openLocation, pathOf, ResourceError } from './location.ts';
import { quote } from './quote.ts';
import { openSafetensors } from './safetensors.ts';
import { openShards, shardError } from './shards.ts';
import { openTorchFile } from './torch-file.ts';
import { isLegacyTorch } from './torch-legacy.ts';

export interface OpenCheckpointOptions {
  /** Opens a file beside an index that was given as bytes; default: there are none. */
  readonly beside?: (file: string) => Promise<Uint8Array | ByteSource>;
}

/**
 * Opens safetensors, an index of shards, or a file of torch.save (`.pt`, `.bin`), whatever it is called; of a folder on
 * the disk, its weights. Only headers are read.
 * @param weights path, URL or content of the file; a folder by path
 * @throws ResourceError when there is no such location
 * @throws WeightsFileError for what cannot be read, by what it is
 * @example
 * ```ts
 * const checkpoint = await openCheckpoint('weights/model.safetensors');
 * console.log(checkpoint.names);
 * await checkpoint.close();
 * ```
 */
export async function openCheckpoint(
  weights: string | URL | Uint8Array | ByteSource,
  options: OpenCheckpointOptions = {},
): Promise<Checkpoint> {
  requireOptions('openCheckpoint', options, 'beside');
  if (typeof weights !== 'string' && !(weights instanceof URL)) {
    const missing = async (file: string): Promise<ByteSource> => {
      throw shardError('shard-missing', `the index needs ${quote(file)}, and no way to it was given`);
    };
    return openContent(asSource(weights), options.beside ?? missing);
  }
  const location = (await isFolder(weights)) ? inFolder(weights, await findWeights(weights)) : weights;
  try {
    return await openContent(await openLocation(location), (file) => openLocation(besideFile(location, file)));
  } catch (error) {
    if (error instanceof WeightsFileError) error.message = `${location}: ${error.message}`;
    throw error;
  }
}

async function openContent(
  source: ByteSource,
  beside: (file: string) => Promise<Uint8Array | ByteSource>,
): Promise<Checkpoint> {
  const kind = await recognise(source);
  if (kind === 'shards')
    return openShards(source, async (file) => {
      const shard = asSource(await beside(file).catch((error: unknown) => missingShard(file, error)));
      const inside = await recognise(shard);
      if (inside === 'shards') throw shardError('index-invalid', `${quote(file)} is an index itself`);
      return openFile(shard, inside);
    });
  return openFile(source, kind);
}

function missingShard(file: string, error: unknown): never {
  if (!(error instanceof ResourceError)) throw error;
  throw shardError('shard-missing', `the index needs ${quote(file)}: ${error.message}`);
}

async function openFile(source: ByteSource, kind: 'safetensors' | 'torch'): Promise<Checkpoint> {
  const guarded = closable(source);
  const file = kind === 'torch' ? await openTorchFile(guarded) : await openSafetensors(guarded);
  const values = 'values' in file ? file.values : new Map<string, PlainValue>();
  return {
    format: kind,
    names: file.names,
    metadata: file.metadata,
    values,
    has: (name) => file.has(name),
    info: (name) => file.info(name),
    read: (name) => file.read(name),
    readStored: (name) => file.readStored(name),
    readBytes: (name) => file.readBytes(name),
    close: async () => guarded.close(),
  };
}

function closable(source: ByteSource): ByteSource & { close(): void } {
  let open: ByteSource | undefined = source;
  return {
    size: source.size,
    read: async (start, end) => {
      if (!open) throw new WeightsFileError('closed', 'the file of weights was closed');
      return open.read(start, end);
    },
    close: () => {
      open = undefined;
    },
  };
}

const EXPECTED = 'safetensors, an index of shards (JSON), or a file of torch.save';

/** Formats that are known and not read, by how they begin, each with what to do. */
const OTHERS: readonly {
  readonly kind: string;
  readonly begins: readonly (string | RegExp)[];
  readonly what: string;
}[] = [
  {
    kind: 'bare-pickle',
    begins: [
      ...['\x80\x02', '\x80\x03', '\x80\x04', '\x80\x05', '}q\0', ']q\0'],
      '(dp',
      '(lp',
      /^c[\w.]+\n[\w.]+\n(?:p\d+\n|q\0|[()])/,
    ],
    what: 'a bare pickle, which can run code and is never read: load it in Python where you trust it, then torch.save it',
  },
  { kind: 'gguf', begins: ['GGUF'], what: 'a GGUF file of llama.cpp: use the original weights in safetensors' },
  { kind: 'ggml', begins: ['lmgg', 'fmgg', 'tjgg'], what: 'a GGML file: use the original weights in safetensors' },
  {
    kind: 'hdf5',
    begins: ['\x89HDF\r\n'],
    what: 'an HDF5 file, as Keras writes: load it there and save its arrays with safetensors',
  },
  {
    kind: 'saved-model',
    // Version 1, then a graph longer than any name of a producer.
    begins: Array.from({ length: 128 }, (_, i) => `\b\x01\x12${String.fromCharCode(128 + i)}`),
    what: 'a SavedModel of TensorFlow: load it there and save its arrays with safetensors',
  },
  {
    kind: 'onnx',
    // The version, then one of the fields that follow it in order, up to the graph.
    begins: Array.from({ length: 20 }, (_, i) =>
      ['\x12', '\x1a', '"', '(', '2', ':'].map((field) => `\b${String.fromCharCode(i + 1)}${field}`),
    ).flat(),
    what: 'an ONNX graph: use the PyTorch weights that it was exported from',
  },
  { kind: 'npy', begins: ['\x93NUMPY'], what: 'a NumPy array: save it with safetensors.numpy.save_file' },
  { kind: 'gzip', begins: ['\x1f\x8b'], what: 'compressed by gzip: unpack it first (gunzip)' },
  { kind: 'bzip2', begins: ['BZh'], what: 'compressed by bzip2: unpack it first (bunzip2)' },
  { kind: 'xz', begins: ['\xfd7zXZ'], what: 'compressed by xz: unpack it first (unxz)' },
  { kind: 'zstd', begins: ['\x28\xb5\x2f\xfd'], what: 'compressed by Zstandard: unpack it first (unzstd)' },
  { kind: '7z', begins: ['7z\xbc\xaf'], what: 'a 7z archive: unpack it first' },
];
const TAR = { kind: 'tar', what: 'a tar archive: unpack it first (tar -xf)' };
const TAR_MARK_AT = 257;
const SNIFFED = 512;

/** @throws WeightsFileError for what is known and cannot be read, and for what is not known */
async function recognise(source: ByteSource): Promise<CheckpointFormat> {
  const start = await source.read(0, Math.min(source.size, SNIFFED));
  const text = String.fromCharCode(...start);
  const refuse = (kind: string, what: string) => new WeightsFileError(kind, `this ${what}; expected ${EXPECTED}`);
  if (start.length === 0) throw refuse('empty', 'file is empty');
  if (text.startsWith('PK')) return 'torch';
  if (isLegacyTorch(start)) return 'torch';
  // The header's length ends in zero bytes, which no text holds.
  const header = start.length >= 8 && start[6] === 0 && start[7] === 0;
  if (header && text[8] === '{' && !text.startsWith('GGUF')) return 'safetensors';
  const known = OTHERS.find(({ begins }) =>
    begins.some((mark) => (mark instanceof RegExp ? mark.test(text) : text.startsWith(mark))),
  );
  const other = text.startsWith('ustar', TAR_MARK_AT) ? TAR : known;
  if (other) throw refuse(other.kind, `is ${other.what}`);
  if (header) return 'safetensors';
  if (/^\s*\{/.test(text)) return 'shards';
  if (start.length < 8) return 'safetensors'; // whose reader says what is missing
  if (text.startsWith('version https://git-lfs'))
    throw refuse('git-lfs-pointer', 'is a Git LFS pointer instead of the file: run `git lfs pull`');
  if (/^\s*<(!doctype|html|\?xml|head|body)/i.test(text))
    throw refuse('html-page', 'is a web page: was the address wrong?');
  if (text[8] === '{') return 'safetensors';
  throw refuse('not-a-checkpoint', `is not a file of weights: it begins with ${quote(text.slice(0, 16))}`);
}

/** Tells whether a location is a folder on the disk. */
export async function isFolder(location: string | URL): Promise<boolean> {
  if (!isOnDisk(location)) return false;
  const { stat } = process.getBuiltinModule('node:fs/promises');
  const path = await pathOf(location).catch(() => ''); // who reads it says why it has none
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

/** In Hugging Face's order; then a file that is the only one of its kind. */
const USUAL = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
];
const WEIGHTS = /\.(safetensors|safetensors\.index\.json|bin\.index\.json|pt|pth|bin|ckpt)$/;

/**
 * The files of weights in a folder on the disk: the one that has Hugging Face's usual name, else all; an index of shards
 * stands for its shards.
 * @throws ResourceError when the folder cannot be read
 */
export async function weightsIn(folder: string | URL): Promise<string[]> {
  const { readdir } = process.getBuiltinModule('node:fs/promises');
  const files = await readdir(await pathOf(folder)).catch((error: unknown) => {
    throw asResourceError(folder, error);
  });
  const usual = USUAL.find((name) => files.includes(name));
  if (usual) return [usual];
  const found = files.filter((name) => WEIGHTS.test(name)).sort();
  const indexes = found.filter((name) => name.endsWith('.index.json'));
  return indexes.length === 1 ? indexes : found;
}

async function findWeights(folder: string | URL): Promise<string> {
  const found = await weightsIn(folder);
  if (found.length === 1) return found[0] as string;
  const what = found.length === 0 ? 'no file of weights' : `several files of weights: ${found.slice(0, 5).join(', ')}`;
  throw new WeightsFileError(
    'folder',
    `the folder ${quote(String(folder))} holds ${what}; expected one, or ${USUAL[0]}`,
  );
}
