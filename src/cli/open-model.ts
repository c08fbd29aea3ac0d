import type { AnsweringModel, ModelOptions } from './context.ts';

/** The model from code, loaded late: `--help` and wrong usage need none of it. */
export async function openModel(options: ModelOptions): Promise<AnsweringModel> {
  const index = import.meta.url.replace(/cli\/[^/]*(\.[jt]s)$/, 'flamingo/index$1');
  const { load } = (await import(index)) as { load: (options: ModelOptions) => Promise<AnsweringModel> };
  return load(options);
}
