import type { Flamingo } from '../../flamingo/flamingo.ts';
import type { ModelConfig } from '../../model/config.ts';
import { Random, type SimdDevice, type Tensor, tensor } from '../../tensor/index.ts';
import { type SharedState, viewsOf } from '../shared-state.ts';
import type { AblationRecipe } from './ablation-stage.ts';
import { ABLATION_ROWS, type AblationRow } from './rows.ts';
import { variantModel } from './variant.ts';

/** A row's model in parts, as threads are handed it. */
export interface VariantInput {
  readonly config: ModelConfig;
  readonly recipe: Pick<AblationRecipe, 'row' | 'seed'>;
  readonly vision: SharedState;
  readonly language: SharedState;
  /** What the row trained; null: as it is before. */
  readonly state: SharedState | null;
}

/** The row's model, put together. */
export function openVariant(device: SimdDevice, { config, recipe, vision, language, state }: VariantInput): Flamingo {
  const init = { device, random: new Random(recipe.seed).fork('flamingo/init') };
  const model = variantModel(init, config.model, ABLATION_ROWS[recipe.row] as AblationRow, config.model.vision);
  const parameters = model.parameters();
  assign(parameters, language, 'languageModel.');
  assign(parameters, vision);
  if (state) assign(parameters, state);
  return model;
}

/** Gives parameters the values of a stage, where its `model.NAME` stands for `prefix` and NAME. */
function assign(parameters: ReadonlyMap<string, Tensor>, state: SharedState, prefix = ''): void {
  for (const [name, values] of viewsOf(state)) {
    if (!name.startsWith('model.')) continue; // the optimisers'
    const parameter = parameters.get(`${prefix}${name.slice('model.'.length)}`);
    parameter?.assign(tensor(parameter.device, values, parameter.shape)); // a text tower has no place here
  }
}
