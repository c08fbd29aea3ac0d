/** In the page's worker in place of the gpu.js device: it runs on the SIMD kernels. */

import { DeviceError } from '../../tensor/errors.ts';

export const GpuDevice: { open(): Promise<never> } = {
  open: () => Promise.reject(new DeviceError('the explorer has the simd device only')),
};
