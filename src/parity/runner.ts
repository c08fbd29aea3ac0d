/**
 * How a kind of golden case is run. A runner rebuilds the module from `config`, loads `weights`, reads its inputs
 * (`in.*`) from `io`, and returns its own values under the names of io.safetensors: `tap.*`, `out.*` and `grad.*`.
 * It does not compare: every such name that it does not return counts as not run, names beyond those are ignored.
 */

import type { SafetensorsFile, TensorValues } from '../files/safetensors.ts';
import type { Alteration } from '../inspect/alteration.ts';
import type { Device, Tensor } from '../tensor/index.ts';

/** case.json, as far as it is the same for all kinds. */
export interface CaseJson {
  readonly implementation: string;
  readonly source?: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly notes?: readonly string[];
}

/** One folder of goldens. */
export interface GoldenCase {
  readonly config: Readonly<Record<string, unknown>>;
  readonly json: CaseJson;
  readonly weights: SafetensorsFile;
  readonly io: GoldenNumbers;
  readonly folder: string;
  /** What is done to the module besides, to see what comes of it. */
  readonly alteration?: Alteration;
  /** Another safetensors file of the folder. */
  readonly open: (file: string) => Promise<SafetensorsFile>;
}

/** io.safetensors, or a part of it: what is not in it need not be computed. */
export type GoldenNumbers = Pick<SafetensorsFile, 'names' | 'has' | 'info' | 'read'>;

export interface Values {
  readonly shape: readonly number[];
  /** Row-major; masks as 0 and 1. */
  readonly data: ArrayLike<number>;
}

/** What a build does not compute, and why. */
export interface NotRun {
  readonly notRun: string;
}

/** Values by the names of io.safetensors. */
export type Results = ReadonlyMap<string, Values | NotRun>;

export interface CaseRunner {
  /** Tells whether this runner knows the case: told by implementation and config, never by the folder's name. */
  matches(json: CaseJson): boolean;
  /** An error thrown here is a failure of the whole case. */
  run(golden: GoldenCase, device: Device): Promise<Results>;
}

export type Inputs = Readonly<Record<string, Tensor>>;

/** How an operation is run: outputs by name, or the one output `y`; `values` are the inputs before they became tensors. */
export type RunOp = (
  inputs: Inputs,
  attributes: never,
  device: Device,
  values: Readonly<Record<string, TensorValues>>,
) => Tensor | Readonly<Record<string, Tensor>>;
