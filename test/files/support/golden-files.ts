import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const FILES: string = join(import.meta.dirname, '../../fixtures/goldens/files');

export interface GoodFile {
  readonly tensors: Readonly<Record<string, { dtype: string; shape: number[]; text?: string[] }>>;
  readonly metadata?: Readonly<Record<string, string>>;
}

export const goldenFiles = JSON.parse(readFileSync(join(FILES, 'index.json'), 'utf8')) as {
  readonly good: Readonly<Record<string, GoodFile>>;
  readonly broken: Readonly<Record<string, { readonly kind: string }>>;
};

/** Files that torch reads and that were refused when the goldens were made: this project reads them since. */
export const READ_SINCE: readonly string[] = ['broken/legacy-format.pt', 'broken/compressed.pt'];

export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}
