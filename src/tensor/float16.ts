/** Half-precision numbers as bit patterns, to and from float32. Rounding is to nearest, ties to even. */

const REBIAS = 2 ** 112;

/** IEEE binary16 (5 exponent bits, 10 of mantissa) to float32; exact. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const out = new Float32Array(halves.length);
  const bits = new Int32Array(out.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i] as number;
    const magnitude = half & 0x7fff;
    // In the place of float32's bits the exponent is 112 too small; infinity and NaN want all its bits set.
    bits[i] = ((half & 0x8000) << 16) | (magnitude << 13) | (magnitude >= 0x7c00 ? 0x7f800000 : 0);
    if (magnitude < 0x7c00) out[i] = (out[i] as number) * REBIAS;
  }
  return out;
}

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

/** Upper half of a float32 (8 exponent bits, 7 of mantissa) to float32; exact. */
export function fromBfloat16(halves: Uint16Array): Float32Array {
  const out = new Float32Array(halves.length);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16;
  return out;
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
