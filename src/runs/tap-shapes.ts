/** The taps of a run before it runs: names, shapes, bytes and cost, for models of any size. */

import { requireKinds } from '../files/kinds.ts';
import { Flamingo, type FlamingoConfig, type FlamingoInputs } from '../flamingo/flamingo.ts';
import { tapFor } from '../nn/index.ts';
import { ArgumentError, requireOptions, type Shape, ShapeDevice, scope, sizeOf, Tensor } from '../tensor/index.ts';
import { axesOf } from './taps.ts';

/** What will pass a tap. */
export interface TapShape {
  readonly name: string;
  readonly dims: readonly string[];
  readonly shape: Shape;
  /** Of its values in float32. */
  readonly bytes: number;
  /** Floating-point operations since the tap before, a multiply-add being two. */
  readonly flops: number;
}

/** How much a prompt holds. */
export interface PromptSizes {
  /** Tokens, one `<image>` for each image included. */
  readonly text: number;
  /** Images or videos; default 0. */
  readonly images?: number;
  /** Of each; default 1. */
  readonly frames?: number;
  /** Visual tokens of a frame, for a model without a vision encoder. */
  readonly visualTokens?: number;
  /** Default 1. */
  readonly batch?: number;
}

/**
 * Every tap of a forward in the order in which it is computed. The model itself is walked, on shapes alone: nothing is
 * allocated, so the paper's 80 billion parameters cost nothing.
 * @throws ArgumentError when images have no visual tokens, ShapeError for what the model would refuse
 * @example
 * ```ts
 * for (const { name, shape } of tapShapes(model.flamingo.config, { text: 5, images: 1 })) console.log(name, shape);
 * ```
 */
export function tapShapes(config: FlamingoConfig, sizes: PromptSizes): TapShape[] {
  requireOptions('tapShapes', sizes, 'text images frames visualTokens batch');
  requireKinds('tapShapes', { config }, '{languageModel,resampler}');
  const device = new ShapeDevice();
  const flamingo = new Flamingo({ device }, config);
  return scope(device, () => walk(flamingo, device, inputsOf(config, sizes, device)));
}

/**
 * The taps of a forward with these inputs, whose values are not looked at.
 * @example
 * ```ts
 * const { inputs } = await model.prepare(prompt);
 * for (const { name, shape } of tapShapesOf(model.flamingo, inputs)) console.log(name, shape);
 * ```
 */
export function tapShapesOf(shown: Flamingo, inputs: FlamingoInputs): TapShape[] {
  requireKinds('tapShapesOf', { 'the model': shown, inputs }, '{config} {ids}');
  const device = new ShapeDevice();
  const flamingo = new Flamingo({ device }, shown.config);
  const shadow = (value: unknown) => (value instanceof Tensor ? blank(device, value.shape, value.dtype) : value);
  return scope(device, () => {
    const shapes = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, shadow(value)]));
    return walk(flamingo, device, shapes as unknown as FlamingoInputs);
  });
}

function walk(flamingo: Flamingo, device: ShapeDevice, inputs: FlamingoInputs): TapShape[] {
  const found: TapShape[] = [];
  let before = device.operations;
  const pass = (name: string, x: Tensor): Tensor => {
    const { shape } = x;
    const flops = device.operations - before;
    before = device.operations;
    found.push({ name, dims: axesOf(name, shape.length), shape, bytes: sizeOf(shape) * 4, flops });
    return x;
  };
  flamingo.forward(inputs, tapFor({ wants: () => true, pass }));
  return found;
}

function inputsOf(config: FlamingoConfig, sizes: PromptSizes, device: ShapeDevice): FlamingoInputs {
  const { text, images = 0, frames = 1, batch = 1, visualTokens } = sizes;
  const ids = blank(device, [batch, text], 'int32');
  if (images === 0) return { ids };
  const lead = [batch, images, frames];
  if (visualTokens !== undefined)
    return { ids, visionFeatures: blank(device, [...lead, visualTokens, config.resampler.width]) };
  if (!config.vision) throw new ArgumentError('tapShapes', 'without a vision encoder images need visualTokens');
  const { imageSize, channels = 3 } = config.vision;
  const [height, width] = typeof imageSize === 'number' ? [imageSize, imageSize] : imageSize;
  return { ids, pixels: blank(device, [...lead, channels, height, width]) };
}

function blank(device: ShapeDevice, shape: Shape, dtype: Tensor['dtype'] = 'float32'): Tensor {
  return new Tensor(device, { shape, dtype }, device.fill(0, shape));
}
