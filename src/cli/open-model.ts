import type { AnsweringModel, ModelOptions } from './context.ts';

/** The model from code, loaded late: `--help` and wrong usage need none of it. */
export async function openModel(options: ModelOptions): Promise<AnsweringModel> {
  const { load } = await import('../flamingo/index.ts');
  return load(options);
}
