/** Base of every error this library throws on purpose; its message is meant for people. */
export class GlassFlamingoError extends Error {
  override name = 'GlassFlamingoError';
}

/** Shapes that do not fit an operation. The message names the operation, the shapes and what was expected. */
export class ShapeError extends GlassFlamingoError {
  override name = 'ShapeError';
  readonly operation: string;
  readonly shapes: readonly (readonly number[])[];

  constructor(operation: string, sentence: string, ...shapes: readonly (readonly number[])[]) {
    super(`[${operation}] ${sentence}${shapes.length > 0 ? `: ${shapes.map(formatShape).join(' x ')}` : ''}`);
    this.operation = operation;
    this.shapes = shapes;
  }
}

/** A wrong argument that is not a shape: an axis, a dtype, an option. */
export class ArgumentError extends GlassFlamingoError {
  override name = 'ArgumentError';

  constructor(operation: string, sentence: string) {
    super(`[${operation}] ${sentence}`);
  }
}

const MOST = Number.MAX_SAFE_INTEGER;

/** @throws ArgumentError unless `value` is a whole number from `low` to `high`, both included */
export function requireWhole(operation: string, what: string, value: number, low = 0, high: number = MOST): void {
  if (Number.isSafeInteger(value) && value >= low && value <= high) return;
  const above = high === MOST ? 'on' : `to ${high}`;
  throw new ArgumentError(operation, `${what} is ${shown(value)}, expected a whole number from ${low} ${above}`);
}

/** The same of several, by their names. */
export function requireWholes(operation: string, all: Record<string, number>, low?: number, high?: number): void {
  for (const [what, value] of Object.entries(all)) requireWhole(operation, what, value, low, high);
}

/** @returns `value` @throws ArgumentError unless it is a finite number from `low` on */
export function requireNumber(operation: string, what: string, value: number, low: number = -Infinity): number {
  if (Number.isFinite(value) && value >= low) return value;
  const expected = low === -Infinity ? 'a finite number' : `a finite number from ${low} on`;
  throw new ArgumentError(operation, `${what} is ${shown(value)}, expected ${expected}`);
}

/** @returns `value` @throws ArgumentError unless it is an array, of whatever kind */
export function requireArray<T extends ArrayLike<unknown>>(operation: string, what: string, value: T): T {
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) return value;
  throw new ArgumentError(operation, `${what} is ${shown(value)}, expected an array`);
}

/** What a wrong value is, for a message. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (Object(value) !== value) return String(value);
  return typeof value === 'function' ? 'a function' : `an object of class ${value?.constructor?.name ?? 'Object'}`;
}

/** What `run` gives; in JavaScript it may be called without all that it reads. @throws ArgumentError then */
export function ofRightKinds<T>(operation: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new ArgumentError(operation, `inputs or attributes are missing or of another kind: ${cause.message}`);
  }
}

/** NaN or infinity came out of a computation. */
export class NonFiniteError extends GlassFlamingoError {
  override name = 'NonFiniteError';
}

/** A device that is not available, ran out of memory, or holds a tensor that was released. */
export class DeviceError extends GlassFlamingoError {
  override name = 'DeviceError';
}

/**
 * A shape as messages write it.
 * @param shape extents of the axes
 * @example
 * ```ts
 * formatShape([2, 3]); // '[2, 3]'
 * ```
 */
export function formatShape(shape: readonly number[]): string {
  return `[${requireArray('formatShape', 'the shape', shape).join(', ')}]`;
}
