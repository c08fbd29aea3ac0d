/** float32 to half precision, as bit patterns: what is written to files. Rounding is to nearest, ties to even. */

/** float32 to IEEE binary16: from 65520 on infinity, below 2^-14 subnormal, NaN stays NaN. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i] as number;
    halves[i] = ((b >>> 16) & 0x8000) | magnitudeToFloat16(b & 0x7fffffff);
  }
  return halves;
}

function magnitudeToFloat16(b: number): number {
  if (b > 0x7f800000) return 0x7e00;
  if (b >= 0x477ff000) return 0x7c00; // 65520 and more
  // A carry out of the mantissa goes on into the exponent, which is what rounding up must do.
  if (b >= 0x38800000) return roundShift(b - (112 << 23), 13);
  if (b < 0x33000000) return 0; // below 2^-25, half of the smallest subnormal
  return roundShift((b & 0x7fffff) | 0x800000, 126 - (b >>> 23));
}

/** float32 to bfloat16. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i] as number;
    const magnitude = b & 0x7fffffff;
    halves[i] = ((b >>> 16) & 0x8000) | (magnitude > 0x7f800000 ? 0x7fc0 : roundShift(magnitude, 16));
  }
  return halves;
}

/** n / 2^shift, rounded to nearest, ties to even: an odd quotient carries on a half, an even one on more than a half. */
function roundShift(n: number, shift: number): number {
  return (n + (1 << (shift - 1)) - 1 + ((n >>> shift) & 1)) >>> shift;
}
