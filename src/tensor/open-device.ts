import type { Device } from './devices/device.ts';
import { GpuDevice } from './devices/gpu.ts';
import { type GpuMode, gpuModes, hasHardwareWebGpu } from './devices/gpu-library.ts';
import { SimdDevice } from './devices/simd.ts';
import { requireWord } from './options.ts';

export { type GpuMode, gpuModes };
export type DeviceName = 'simd' | 'auto' | 'gpu' | `gpu:${GpuMode}`;

/**
 * `simd` is the default and the fastest on a processor. `gpu` takes gpu.js's best mode here, `gpu:MODE` that one or
 * none; `device.name` says what runs. `auto` is simd, unless a page offers a real graphics processor.
 * @throws ArgumentError on an unknown name
 * @throws DeviceError when the mode does not run here, with what to do about it
 * @example
 * ```ts
 * const fast = await openDevice(); // simd
 * const graphics = await openDevice('gpu').catch(() => fast);
 * console.log(fast.name, graphics.name);
 * ```
 */
export async function openDevice(name: string = 'simd'): Promise<Device> {
  if (name === 'simd') return new SimdDevice();
  if (name === 'auto') {
    const graphics = (await hasHardwareWebGpu()) ? await GpuDevice.open('webgpu').catch(() => undefined) : undefined;
    return graphics ?? new SimdDevice();
  }
  requireWord('openDevice', 'the device', name, `simd|auto|gpu|${gpuModes.map((mode) => `gpu:${mode}`).join('|')}`);
  return GpuDevice.open(gpuModes.find((mode) => name === `gpu:${mode}`));
}
