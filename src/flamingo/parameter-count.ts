/** Sizes of Flamingo models. The modules themselves are built, of shapes alone: 80 billion parameters cost nothing. */

import { parameterCount } from '../nn/index.ts';
import { ShapeDevice } from '../tensor/index.ts';
import { Flamingo, type FlamingoConfig } from './flamingo.ts';

export interface ParameterCount {
  /** 0 where visual tokens come from outside. */
  readonly vision: number;
  readonly resampler: number;
  readonly crossAttention: number;
  readonly languageModel: number;
  readonly total: number;
}

export function countParameters(config: FlamingoConfig): ParameterCount {
  const model = new Flamingo({ device: new ShapeDevice() }, config);
  const blocks = model.crossAttention.map((block) => (block ? parameterCount(block) : 0));
  return {
    vision: model.vision ? parameterCount(model.vision) : 0,
    resampler: parameterCount(model.resampler),
    crossAttention: blocks.reduce((sum, count) => sum + count, 0),
    languageModel: parameterCount(model.languageModel),
    total: parameterCount(model),
  };
}
