import { WeightsFileError } from './byte-source.ts';

export type TorchFileErrorKind =
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
export class TorchFileError extends WeightsFileError {
  override name = 'TorchFileError';
  declare readonly kind: TorchFileErrorKind;

  constructor(kind: TorchFileErrorKind, sentence: string) {
    super(kind, `[torch] ${sentence}`);
  }
}
