import type { Model } from '../flamingo/model.ts';
import type { ModelOptions } from './context.ts';

/** The model from code, loaded late: `--help` and wrong usage need none of it. */
export async function loadModel(options: ModelOptions): Promise<Model> {
  const { load } = await import('../flamingo/index.ts');
  return load(options);
}
