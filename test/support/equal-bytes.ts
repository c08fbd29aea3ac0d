/** Arrays of numbers with the same bytes are equal: seen at once, where vitest compares weights number by number for seconds. */
import { expect } from 'vitest';

function bytesOf(value: unknown): Uint8Array | null {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) return null;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
}

/** True, or no opinion: what differs is left to vitest, which says where. */
function sameBytes(a: unknown, b: unknown): true | undefined {
  const [left, right] = [bytesOf(a), bytesOf(b)];
  if (!left || !right || Object(a).constructor !== Object(b).constructor || left.length !== right.length)
    return undefined;
  return left.every((byte, i) => byte === right[i]) ? true : undefined;
}

expect.addEqualityTesters([sameBytes]);
