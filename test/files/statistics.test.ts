import { expect, it } from 'vitest';
import { toBfloat16, toFloat16 } from '../../src/files/half-precision.ts';
import { statisticsOf } from '../../src/files/statistics.ts';

const bytes = (view: { buffer: ArrayBufferLike }) => new Uint8Array(view.buffer as ArrayBuffer);

it('does not cancel: a large mean leaves the deviation alone', () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => 1e9 + (i % 2));
  expect(statisticsOf(bytes(values), 'F64')).toEqual({
    mean: 1e9 + 0.5,
    std: 0.5,
    min: 1e9,
    max: 1e9 + 1,
    nan: 0,
    infinite: 0,
  });
});

it('leaves out what is not finite, and counts it', () => {
  const values = Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 3, Number.NEGATIVE_INFINITY, Number.NaN);
  expect(statisticsOf(bytes(values), 'F32')).toEqual({ mean: 2, std: 1, min: 1, max: 3, nan: 2, infinite: 2 });
  expect(statisticsOf(bytes(Float32Array.of(Number.NaN)), 'F32')).toMatchObject({ mean: null, max: null, nan: 1 });
});

it('takes halves in pieces', () => {
  const values = Float32Array.from({ length: 200_001 }, (_, i) => (i % 3) - 1);
  const expected = { mean: 0, std: Math.sqrt((200_001 * 2) / 3 / 200_001), min: -1, max: 1, nan: 0, infinite: 0 };
  expect(statisticsOf(bytes(toFloat16(values)), 'F16')).toEqual(expected);
  expect(statisticsOf(bytes(toBfloat16(values)), 'BF16')).toEqual(expected);
});

it('has none for nothing, and none for types that are not decoded', () => {
  expect(statisticsOf(new Uint8Array(0), 'I64')).toMatchObject({ mean: null, std: null });
  for (const dtype of ['F4', 'F6_E2M3', 'F6_E3M2', 'F8_E4M3', 'C64'] as const)
    expect(statisticsOf(new Uint8Array(8), dtype)).toBe(undefined);
});

it.each([
  [[1.5, 1e300], 5e299, 5e299],
  [[1e308, 1.7e308, -1e308], 1.7e308 / 3, 1.1440668201153676e308],
  [[Number.MAX_VALUE, -Number.MAX_VALUE], 0, Number.MAX_VALUE],
  [[1e-200, 3e-200], 2e-200, 1e-200],
  [[0, 0], 0, 0],
])('keeps to the range of doubles: %j', (values, mean, std) => {
  const found = statisticsOf(bytes(Float64Array.from(values)), 'F64');
  expect((found?.mean as number) / (mean || 1)).toBeCloseTo(mean === 0 ? 0 : 1, 12);
  expect((found?.std as number) / (std || 1)).toBeCloseTo(std === 0 ? 0 : 1, 12);
});
