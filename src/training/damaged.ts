/** Measuring a model whose weights are damaged: the error says where, as that of an answer does. */

import type { Flamingo } from '../flamingo/flamingo.ts';
import { firstNonFinite } from '../runs/non-finite.ts';
import { NonFiniteError, tensor, zeros } from '../tensor/index.ts';

/**
 * Runs what reads prompts with a model.
 * @throws NonFiniteError that names the first tap with NaN or infinity, found with a grey picture; what `work` throws else
 */
export async function namingTap<T>(model: Flamingo, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NonFiniteError)) throw error;
    const tap = await tapOfGrey(model);
    const where = tap ? `the first are at '${tap}'` : 'all that is computed of a grey picture is finite';
    throw new NonFiniteError(`${error.message}; ${where}`, { cause: error });
  }
}

function tapOfGrey(model: Flamingo): Promise<string | null> {
  const { device, config } = model;
  const { tokens, vision, resampler } = config;
  const shape = vision ? [3, ...[vision.imageSize, vision.imageSize].flat().slice(0, 2)] : [1, resampler.width];
  device.openScope();
  const grey = zeros(device, [1, 1, 1, ...shape]);
  const inputs = {
    ids: tensor(device, Int32Array.of(tokens.image, tokens.endOfChunk), [1, 2]),
    ...(vision ? { pixels: grey } : { visionFeatures: grey }),
  };
  return firstNonFinite(model, inputs).finally(() => device.closeScope(new Set()));
}
