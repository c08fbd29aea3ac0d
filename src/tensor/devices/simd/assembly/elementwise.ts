// y = f(x), y = f(a, b), and the few mixed forms with numbers. One loop per arity; the function comes as a class
// without fields, because AssemblyScript inlines generic methods but not closures.

import { exp4, erf4, expOfMinusSquare, log4, normalFromTail, normalTail, sigmoid4, tanh4 } from './math';
import { loadPart, mad, splat, storePart } from './lanes';

// @ts-ignore: decorator
@inline
function map<F>(x: usize, y: usize, n: i32): void {
  const f = changetype<F>(0);
  const end = x + (<usize>(n & ~3) << 2);
  while (x < end) {
    v128.store(y, f.of(v128.load(x)));
    x += 16;
    y += 16;
  }
  const rest = n & 3;
  if (rest) storePart(y, f.of(loadPart(x, rest)), rest);
}

@unmanaged class Exp { @inline of(x: v128): v128 { return exp4(x); } }
@unmanaged class Log { @inline of(x: v128): v128 { return log4(x); } }
@unmanaged class Tanh { @inline of(x: v128): v128 { return tanh4(x); } }
@unmanaged class Sigmoid { @inline of(x: v128): v128 { return sigmoid4(x); } }
@unmanaged class Erf { @inline of(x: v128): v128 { return erf4(x); } }
@unmanaged class Relu { @inline of(x: v128): v128 { return f32x4.pmax(x, splat(0.0)); } }
@unmanaged class Sqrt { @inline of(x: v128): v128 { return f32x4.sqrt(x); } }
@unmanaged class Rsqrt { @inline of(x: v128): v128 { return f32x4.div(splat(1.0), f32x4.sqrt(x)); } }
@unmanaged class Neg { @inline of(x: v128): v128 { return f32x4.neg(x); } }
@unmanaged class Abs { @inline of(x: v128): v128 { return f32x4.abs(x); } }

/** x / (1 + exp(-scale x)) */
// @ts-ignore: decorator
@inline
function gated(x: v128, exponent: v128): v128 {
  return f32x4.div(x, f32x4.add(splat(1.0), exp4(exponent)));
}

@unmanaged class SquaredRelu {
  @inline of(x: v128): v128 {
    const positive = f32x4.pmax(x, splat(0.0));
    return f32x4.mul(positive, positive);
  }
}
@unmanaged class Silu { @inline of(x: v128): v128 { return gated(x, f32x4.neg(x)); } }
@unmanaged class QuickGelu { @inline of(x: v128): v128 { return gated(x, f32x4.mul(x, splat(-1.702))); } }
@unmanaged class GeluTanh {
  // 0.5 x (1 + tanh(u)) = x / (1 + exp(-2u)), u = sqrt(2 / pi) (x + 0.044715 x^3)
  @inline of(x: v128): v128 {
    const cubic = mad(f32x4.mul(x, x), splat(-0.0713548162726), splat(-1.5957691216057308));
    return gated(x, f32x4.mul(cubic, x));
  }
}
@unmanaged class GeluErf {
  @inline of(x: v128): v128 {
    const magnitude = f32x4.abs(x);
    return f32x4.mul(x, normalFromTail(x, normalTail(magnitude, expOfMinusSquare(magnitude, 0.5))));
  }
}

export function exp(x: usize, y: usize, n: i32): void { map<Exp>(x, y, n); }
export function log(x: usize, y: usize, n: i32): void { map<Log>(x, y, n); }
export function tanh(x: usize, y: usize, n: i32): void { map<Tanh>(x, y, n); }
export function sigmoid(x: usize, y: usize, n: i32): void { map<Sigmoid>(x, y, n); }
export function silu(x: usize, y: usize, n: i32): void { map<Silu>(x, y, n); }
export function geluErf(x: usize, y: usize, n: i32): void { map<GeluErf>(x, y, n); }
export function geluTanh(x: usize, y: usize, n: i32): void { map<GeluTanh>(x, y, n); }
export function quickGelu(x: usize, y: usize, n: i32): void { map<QuickGelu>(x, y, n); }
export function erf(x: usize, y: usize, n: i32): void { map<Erf>(x, y, n); }
export function relu(x: usize, y: usize, n: i32): void { map<Relu>(x, y, n); }
export function squaredRelu(x: usize, y: usize, n: i32): void { map<SquaredRelu>(x, y, n); }
export function sqrt(x: usize, y: usize, n: i32): void { map<Sqrt>(x, y, n); }
export function rsqrt(x: usize, y: usize, n: i32): void { map<Rsqrt>(x, y, n); }
export function neg(x: usize, y: usize, n: i32): void { map<Neg>(x, y, n); }
export function abs(x: usize, y: usize, n: i32): void { map<Abs>(x, y, n); }

@unmanaged class Add { @inline of(a: v128, b: v128): v128 { return f32x4.add(a, b); } }
@unmanaged class Sub { @inline of(a: v128, b: v128): v128 { return f32x4.sub(a, b); } }
@unmanaged class Mul { @inline of(a: v128, b: v128): v128 { return f32x4.mul(a, b); } }
@unmanaged class Div { @inline of(a: v128, b: v128): v128 { return f32x4.div(a, b); } }
@unmanaged class Maximum { @inline of(a: v128, b: v128): v128 { return f32x4.max(a, b); } }
@unmanaged class Minimum { @inline of(a: v128, b: v128): v128 { return f32x4.min(a, b); } }

/** A step of 0 repeats one number, which then stays in a register: `aMoves` and `bMoves` are known when compiling. */
// @ts-ignore: decorator
@inline
function zip<F>(a: usize, b: usize, y: usize, n: i32, aMoves: bool, bMoves: bool): void {
  const f = changetype<F>(0);
  const aNumber = v128.load32_splat(a);
  const bNumber = v128.load32_splat(b);
  const end = y + (<usize>(n & ~3) << 2);
  while (y < end) {
    v128.store(y, f.of(aMoves ? v128.load(a) : aNumber, bMoves ? v128.load(b) : bNumber));
    if (aMoves) a += 16;
    if (bMoves) b += 16;
    y += 16;
  }
  const rest = n & 3;
  if (rest) storePart(y, f.of(aMoves ? loadPart(a, rest) : aNumber, bMoves ? loadPart(b, rest) : bNumber), rest);
}

// @ts-ignore: decorator
@inline
function binary<F>(a: usize, b: usize, y: usize, n: i32, aStep: i32, bStep: i32): void {
  if (n <= 0) return;
  if (aStep && bStep) zip<F>(a, b, y, n, true, true);
  else if (aStep) zip<F>(a, b, y, n, true, false);
  else if (bStep) zip<F>(a, b, y, n, false, true);
  else zip<F>(a, b, y, n, false, false);
}

export function add(a: usize, b: usize, y: usize, n: i32, aStep: i32, bStep: i32): void { binary<Add>(a, b, y, n, aStep, bStep); }
export function sub(a: usize, b: usize, y: usize, n: i32, aStep: i32, bStep: i32): void { binary<Sub>(a, b, y, n, aStep, bStep); }
export function mul(a: usize, b: usize, y: usize, n: i32, aStep: i32, bStep: i32): void { binary<Mul>(a, b, y, n, aStep, bStep); }
export function div(a: usize, b: usize, y: usize, n: i32, aStep: i32, bStep: i32): void { binary<Div>(a, b, y, n, aStep, bStep); }
export function maximum(a: usize, b: usize, y: usize, n: i32, aStep: i32, bStep: i32): void { binary<Maximum>(a, b, y, n, aStep, bStep); }
export function minimum(a: usize, b: usize, y: usize, n: i32, aStep: i32, bStep: i32): void { binary<Minimum>(a, b, y, n, aStep, bStep); }

/** y[r, c] = x[r, c] + row[c] */
export function addRow(x: usize, row: usize, y: usize, rows: i32, columns: i32): void {
  const bytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) add(x, row, y, columns, 1, 1);
}

/** y[r, c] = x[r, c] * row[c] */
export function mulRow(x: usize, row: usize, y: usize, rows: i32, columns: i32): void {
  const bytes = <usize>columns << 2;
  for (let r = 0; r < rows; r++, x += bytes, y += bytes) mul(x, row, y, columns, 1, 1);
}
