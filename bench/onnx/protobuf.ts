/** The little of Protocol Buffers that an ONNX file needs: numbers, floats, and everything that has a length. */

import { concatBytes } from '../../src/files/bytes.ts';

/** Fields of one message, in the order in which they are written. */
export class Message {
  private readonly parts: Uint8Array[] = [];

  /** A whole number that is not negative, or -1. */
  int(field: number, value: number): this {
    this.parts.push(varint(field * 8), varint(value));
    return this;
  }

  float(field: number, value: number): this {
    this.parts.push(varint(field * 8 + 5), new Uint8Array(Float32Array.of(value).buffer));
    return this;
  }

  bytes(field: number, value: Uint8Array): this {
    this.parts.push(varint(field * 8 + 2), varint(value.length), value);
    return this;
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.encoded());
  }

  /** Several whole numbers in one field. */
  ints(field: number, values: readonly number[]): this {
    return this.bytes(field, concatBytes(values.map(varint)));
  }

  encoded(): Uint8Array {
    return concatBytes(this.parts);
  }
}

/** Seven bits a byte, the lowest first; a negative number as 64 bits in two's complement. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const more = rest > 127n ? 128 : 0;
    bytes.push(Number(rest & 127n) | more);
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
