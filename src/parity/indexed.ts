/** Goldens of one folder that an index describes, and not a case.json: operations, tokenizers, pictures, files. */

import type { Device } from '../tensor/index.ts';
import type { Comparison } from './compare.ts';

/** One case of an index; what needs no device ignores it. */
export interface IndexedCase {
  readonly name: string;
  run(device: Device): Promise<readonly Comparison[]>;
}

export interface Indexed {
  readonly implementation: string;
  readonly cases: readonly IndexedCase[];
}
