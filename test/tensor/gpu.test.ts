import { describe, expect, it } from 'vitest';
import { ArgumentError, DeviceError, openDevice, tensor } from '../../src/tensor/index.ts';
import { checkGpuDevice } from '../support/gpu-suite.ts';

checkGpuDevice('cpu');
checkGpuDevice('webasm');

describe('openDevice', () => {
  it('opens what is asked for, or says what to do', async () => {
    await expect(openDevice('gpu:webgl2')).rejects.toThrow(/gpu:webgl2 is not available here: .*headlessgl/);
    await expect(openDevice('gpu:webgl2')).rejects.toBeInstanceOf(DeviceError);
    await expect(openDevice('gpu:metal')).rejects.toBeInstanceOf(ArgumentError);
    expect((await openDevice('auto')).name).toContain('simd');
  });

  it('says of values that are wanted at once that only await gives them, or that they are gone', async () => {
    const device = await openDevice('gpu:cpu');
    const values = tensor(device, [1]);
    expect(() => values.dataSync()).toThrow('gives values only by await');
    values.dispose();
    expect(() => values.dataSync()).toThrow('released');
  });

  it('reports the mode that gpu chose, and computes with it', async () => {
    const device = await openDevice('gpu');
    expect(device.name).toMatch(/^gpu:(webgpu|headlessgl|webasm)$/);
    expect(await tensor(device, [1, 2, 3]).sum().item()).toBe(6);
  });
});
