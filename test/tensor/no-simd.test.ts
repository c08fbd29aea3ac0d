import { afterEach, expect, it, vi } from 'vitest';
import { DeviceError, openDevice } from '../../src/tensor/index.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const refused = async (): Promise<unknown> => openDevice().catch((error: unknown) => error);

it('says which engines have WebAssembly SIMD where this one has none', async () => {
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  const error = await refused();
  expect(error).toBeInstanceOf(DeviceError);
  expect(String(error)).toMatch(/no WebAssembly SIMD; expected Chrome or Edge from 91/);
});

it('says the same where there is no WebAssembly at all', async () => {
  vi.stubGlobal('WebAssembly', undefined);
  expect(String(await refused())).toMatch(/no WebAssembly SIMD; expected/);
});
