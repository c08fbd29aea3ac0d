/** Models that their weights cannot fill. */

import { Flamingo, type FlamingoConfig } from '../../flamingo/flamingo.ts';
import { parameterCount } from '../../nn/index.ts';
import { ShapeDevice, sizeOf } from '../../tensor/index.ts';
import { type Shapes, WeightsError } from './shapes.ts';

/**
 * Before anything is allocated for a model that its weights cannot fill; shapes alone cost nothing.
 * @param file what holds them, for the error
 * @throws WeightsError when `config` describes more than twice as many numbers as are stored
 */
export function refuseLarger(config: FlamingoConfig, stored: Shapes, file: string): void {
  const described = parameterCount(new Flamingo({ device: new ShapeDevice() }, config));
  const held = stored.names.reduce((sum, name) => sum + sizeOf(stored.info(name).shape), 0);
  // Tied weights are stored once or twice: what differs otherwise is named when names and shapes are compared.
  if (described > 2 * held)
    throw new WeightsError(`config.json describes ${described} parameters, ${file} holds ${held}`);
}
