// Four float32 lanes: loading and storing part of a vector, touching memory, multiply-add, sums across lanes, transposes.

/** a * b + c: rounded once in the relaxed-SIMD twin of the module, twice in the plain one. */
// @ts-ignore: decorator
@inline
export function mad(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
export function splat(x: f32): v128 {
  return f32x4.splat(x);
}

/** The first `count` (1 to 3) lanes from memory, the others 0. */
// @ts-ignore: decorator
@inline
export function loadPart(x: usize, count: i32): v128 {
  if (count == 1) return v128.load32_zero(x);
  const pair = v128.load64_zero(x);
  return count == 2 ? pair : v128.load_lane<f32>(x + 8, pair, 2);
}

/** Stores the first `count` (1 to 3) lanes. */
// @ts-ignore: decorator
@inline
export function storePart(y: usize, v: v128, count: i32): void {
  if (count == 1) {
    v128.store_lane<f32>(y, v, 0);
    return;
  }
  v128.store_lane<u64>(y, v, 0);
  if (count == 3) v128.store_lane<f32>(y + 8, v, 2);
}

/** Brings the cache line at x in. WebAssembly has no prefetch: a load of which nothing comes does the same. */
// @ts-ignore: decorator
@inline
export function touch(x: usize): void {
  load<i32>(x);
}

/** Four numbers, or as many as there are (then the other lanes are 0). */
// @ts-ignore: decorator
@inline
export function load4(x: usize, count: i32): v128 {
  return count >= 4 ? v128.load(x) : loadPart(x, count);
}

/** Stores four lanes, or as many as there is room for. */
// @ts-ignore: decorator
@inline
export function store4(y: usize, v: v128, count: i32): void {
  if (count >= 4) v128.store(y, v);
  else storePart(y, v, count);
}

/** All ones in the lanes below `count`. */
// @ts-ignore: decorator
@inline
export function laneMask(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  const halves = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
}

/** The largest lane, of numbers that are not NaN. */
// @ts-ignore: decorator
@inline
export function maxLanes(v: v128): f32 {
  const halves = f32x4.pmax(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(f32x4.pmax(halves, v128.shuffle<f32>(halves, halves, 1, 0, 3, 2)), 0);
}

/** Transposes four rows of four numbers, `xBytes` apart, into four rows `yBytes` apart. */
// @ts-ignore: decorator
@inline
export function transposeTile(x: usize, xBytes: usize, y: usize, yBytes: usize): void {
  transposeRows(x, x + xBytes, x + 2 * xBytes, x + 3 * xBytes, y, yBytes);
}

/** The same for rows that lie anywhere. With less than 16 bytes from one to the next, each row of y is cut by the one after it. */
// @ts-ignore: decorator
@inline
export function transposeRows(x0: usize, x1: usize, x2: usize, x3: usize, y: usize, yBytes: usize): void {
  const r0 = v128.load(x0);
  const r1 = v128.load(x1);
  const r2 = v128.load(x2);
  const r3 = v128.load(x3);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(y + yBytes, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(y + 2 * yBytes, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(y + 3 * yBytes, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}
