import { expect, test } from 'vitest';

interface Adapters {
  requestAdapter(): Promise<object | null>;
}

test('the page has WebGL2', () => {
  const context = new OffscreenCanvas(1, 1).getContext('webgl2');
  expect(context).toBeInstanceOf(WebGL2RenderingContext);
});

test('the page has a WebGPU adapter', async () => {
  const gpu: Adapters | undefined = Reflect.get(navigator, 'gpu');
  expect(await gpu?.requestAdapter()).toBeTruthy();
});

test('the page has WebAssembly SIMD', () => {
  // (func (result v128) i32.const 0 i8x16.splat)
  const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11];
  expect(WebAssembly.validate(new Uint8Array(bytes))).toBe(true);
});
