/**
 * Weights in several files, with an index that says which tensor is in which: Hugging Face's
 * `model.safetensors.index.json` and `pytorch_model.bin.index.json`, {"weight_map": {TENSOR: FILE}}.
 */

import { type ByteSource, WeightsFileError } from './byte-source.ts';
import type { Checkpoint } from './checkpoint-source.ts';
import type { ElementType, StoredValues, TensorValues } from './element-types.ts';
import { repeatedKey } from './json-keys.ts';
import { jsonFault } from './json-position.ts';
import { quote } from './quote.ts';

/** The limit of a safetensors header, which lists the same names. */
const MAX_INDEX_BYTES = 100_000_000;

type ShardErrorKind = 'index-invalid' | 'index-path' | 'shard-missing' | 'index-mismatch' | 'name-unknown';

/** An index that is broken, or that leads elsewhere than to files beside it. */
export function shardError(kind: ShardErrorKind, sentence: string): WeightsFileError {
  return new WeightsFileError(kind, `[shards] ${sentence}`);
}

/** Tensors of several files as one. */
class ShardedCheckpoint implements Checkpoint {
  readonly format = 'shards';
  readonly names: readonly string[];
  readonly metadata: Readonly<Record<string, string>> = {};
  readonly values: Checkpoint['values'] = new Map();
  private readonly shards: ReadonlyMap<string, Checkpoint>;

  /** @param shards the file of each tensor */
  constructor(shards: ReadonlyMap<string, Checkpoint>) {
    this.names = [...shards.keys()];
    this.shards = shards;
  }

  /** Whether there is a tensor of that name. */
  has(name: string): boolean {
    return this.shards.has(name);
  }

  info(name: string): { readonly dtype: ElementType; readonly shape: readonly number[] } {
    return this.shard(name).info(name);
  }

  readBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
    return this.shard(name).readBytes(name);
  }

  read(name: string): Promise<TensorValues> {
    return this.shard(name).read(name);
  }

  readStored(name: string): Promise<StoredValues> {
    return this.shard(name).readStored(name);
  }

  async close(): Promise<void> {
    for (const shard of new Set(this.shards.values())) await shard.close();
  }

  private shard(name: string): Checkpoint {
    const shard = this.shards.get(name);
    if (!shard) throw shardError('name-unknown', `there is no tensor ${quote(name)}`);
    return shard;
  }
}

/**
 * The weights that an index lists. Every file is opened and must hold what the index says.
 * @param openShard opens a file that lies beside the index; what it throws is reported as a missing shard
 * @throws WeightsFileError for a broken index, a path that leads out of the folder, a file or tensor that is not there
 */
export async function openShards(
  source: ByteSource,
  openShard: (file: string) => Promise<Checkpoint>,
): Promise<ShardedCheckpoint> {
  const map = await readWeightMap(source);
  const files = new Map<string, Checkpoint>();
  const tensors = new Map<string, Checkpoint>();
  for (const [name, file] of map) {
    const shard = files.get(file) ?? (await openShard(file));
    files.set(file, shard);
    if (!shard.has(name))
      throw shardError('index-mismatch', `the index puts ${quote(name)} into ${quote(file)}, which lacks it`);
    tensors.set(name, shard);
  }
  return new ShardedCheckpoint(tensors);
}

async function readWeightMap(source: ByteSource): Promise<[name: string, file: string][]> {
  if (source.size > MAX_INDEX_BYTES)
    throw shardError('index-invalid', `the index has ${source.size} bytes, expected at most ${MAX_INDEX_BYTES}`);
  const invalid = (why: string) => shardError('index-invalid', `the index is not valid JSON in UTF-8: ${why}`);
  let [text, json]: [string, unknown] = ['', undefined];
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(await source.read(0, source.size));
    json = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(jsonFault(text));
    if (error instanceof TypeError) throw invalid('its bytes are no text');
    throw error;
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) throw shardError('index-invalid', `${quote(repeated)} stands twice in the index`);
  const map = (json as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    throw shardError('index-invalid', 'the index has no weight_map, expected {"weight_map": {TENSOR: FILE}}');
  return Object.entries(map).map(([name, file]) => [name, checkFile(name, file)]);
}

/** Only plain names: no separator, drive, address or parent. */
function checkFile(name: string, file: unknown): string {
  if (typeof file !== 'string' || file === '')
    throw shardError('index-invalid', `weight_map ${quote(name)} is ${quote(file)}, expected a file name`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: such names are what is refused
  if (/[/\\:%?#\u0000-\u001f]/.test(file) || file === '.' || file === '..')
    throw shardError(
      'index-path',
      `weight_map ${quote(name)} leads to ${quote(file)}, expected a file beside the index`,
    );
  return file;
}
