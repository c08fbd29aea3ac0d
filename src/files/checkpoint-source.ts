/** What every file of weights gives, whatever its format. */

import type { ElementType, StoredValues, TensorValues } from './element-types.ts';

/** Values by name, read when wanted; a SafetensorsFile is one. */
export interface StateSource {
  /** Of all values there are. */
  readonly names: readonly string[];
  info(name: string): { readonly shape: readonly number[] };
  read(name: string): Promise<TensorValues>;
  /** Without widening half precision, where the source can give it so. */
  readStored?(name: string): Promise<StoredValues>;
}

/** A value of a file that is not a tensor; integers beyond 2^53 are bigint, bytes are Uint8Array. */
export type PlainValue = null | boolean | number | bigint | string | Uint8Array;

export type CheckpointFormat = 'safetensors' | 'torch' | 'shards';

/** Weights by name; values are read when they are asked for, one tensor at a time. */
export interface Checkpoint extends StateSource {
  readonly format: CheckpointFormat;
  /** Whether there is a tensor of that name. */
  has(name: string): boolean;
  info(name: string): { readonly dtype: ElementType; readonly shape: readonly number[] };
  readStored(name: string): Promise<StoredValues>;
  /** Elements as they are in the file, row-major and little-endian, in a buffer of their own. */
  readBytes(name: string): Promise<Uint8Array<ArrayBuffer>>;
  /** `__metadata__` of a safetensors file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What is not a tensor in a torch file: epochs, learning rates; by path. */
  readonly values: ReadonlyMap<string, PlainValue>;
  /** Gives back what it holds; reading fails afterwards. */
  close(): Promise<void>;
}
