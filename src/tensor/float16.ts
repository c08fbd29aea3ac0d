/** Half-precision numbers, as bit patterns, to float32. */

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

/** Upper half of a float32 (8 exponent bits, 7 of mantissa) to float32; exact. */
export function fromBfloat16(halves: Uint16Array): Float32Array {
  const out = new Float32Array(halves.length);
  const bits = new Uint32Array(out.buffer);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] as number) << 16;
  return out;
}
