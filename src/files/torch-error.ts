import { WeightsFileError } from './byte-source.ts';

export type TorchErrorKind =
  | 'not-a-zip'
  | 'file-truncated'
  | 'zip-truncated'
  | 'zip-invalid'
  | 'record-missing'
  | 'record-compressed'
  | 'record-too-large'
  | 'byteorder'
  | 'pickle-invalid'
  | 'opcode-refused'
  | 'global-refused'
  | 'too-many-values'
  | 'duplicate-name'
  | 'storage-short'
  | 'tensor-invalid'
  | 'tensor-outside-storage'
  | 'name-unknown';

/** A file of `torch.save` that is broken, or that asks for more than its tensors. */
export function torchError(kind: TorchErrorKind, sentence: string): WeightsFileError {
  return new WeightsFileError(kind, `[torch] ${sentence}`);
}
