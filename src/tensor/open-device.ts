import type { Device } from './devices/device.ts';
import { SimdDevice } from './devices/simd.ts';
import { ArgumentError, DeviceError } from './errors.ts';

export const gpuModes = ['webgpu', 'webgl2', 'headlessgl', 'webasm', 'cpu'] as const;
export type GpuMode = (typeof gpuModes)[number];
export type DeviceName = 'simd' | 'auto' | 'gpu' | `gpu:${GpuMode}`;

/**
 * `simd` is the default and the fastest on a processor; `gpu` takes gpu.js's best mode here, `gpu:MODE` that one.
 * `auto` is simd, unless a page offers a real graphics processor.
 * @throws ArgumentError on an unknown name
 * @throws DeviceError when the mode does not run here
 */
export async function openDevice(name: string = 'simd'): Promise<Device> {
  if (name === 'simd' || name === 'auto') return new SimdDevice();
  const [kind, mode] = name.split(':') as [string, string?];
  const known = kind === 'gpu' && (mode === undefined || gpuModes.includes(mode as GpuMode));
  if (!known)
    throw new ArgumentError(
      'openDevice',
      `unknown device '${name}', expected simd, auto, gpu or gpu:${gpuModes.join('|')}`,
    );
  throw new DeviceError(`gpu.js kernels are not part of this build: ${mode ?? 'gpu'}`);
}
