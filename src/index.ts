/** A Flamingo you can see through. `glass-flamingo/tensor`, `/nn` and `/flamingo` hold the parts. */

export {
  type Answer,
  type Edit,
  type LoadOptions,
  latest,
  load,
  loadPicture,
  Model,
  type PictureSource,
  type Prepared,
  type Prompt,
  type Run,
  type RunOptions,
  SHIPPED,
} from './flamingo.ts';
export { type Device, type DeviceName, openDevice } from './tensor/index.ts';
