/**
 * A machine for the pickles that hold tensors. It knows the opcodes which torch.save writes (protocols 1 to 5) and
 * calls nothing by itself: what a pickle names is looked up in a list that is given, and what is not on it is refused.
 */

import { WeightsFileError } from './byte-source.ts';
import { quote } from './quote.ts';
import { type TorchErrorKind, torchError } from './torch-error.ts';

/** A tuple, which is not a list in Python. */
export class Tuple {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** A name of Python that may stand in a pickle; with `call`, one that may be called. */
export interface PickleGlobal {
  readonly name: string;
  readonly call?: (...given: unknown[]) => unknown;
}

/** An object of a class whose code is not run: a list of what the pickle sets in it. */
export class Instance {
  /** Of the class. */
  name: string;
  /** A dict of attributes, mostly. */
  state: unknown = null;

  constructor(name: string) {
    this.name = name;
  }

  build(state: unknown): void {
    this.state = state;
  }
}

/** What a pickle may name. */
export interface PickleNames {
  /** By `module.name`; undefined for what is refused. */
  readonly find: (name: string) => PickleGlobal | undefined;
  /** An object kept outside of the pickle: a storage. */
  readonly persistent: (id: unknown) => unknown;
}

/** Bounds what a small file can make of repeated empty lists. */
const MAX_PUSHES = 8_000_000;
const MAX_INTEGER_BYTES = 255;
const LATIN1 = new TextDecoder('latin1');
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class PickleMachine {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly names: PickleNames;
  private at = 0;
  private pushes = 0;
  private stack: unknown[] = [];
  private marks: unknown[][] = [];
  private memo = new Map<number, unknown>();
  private readonly title: string;
  /** True if it asked for bytes beyond the last. */
  exhausted = false;

  /** @param title of the pickle in errors */
  constructor(bytes: Uint8Array, names: PickleNames, title = 'data.pkl') {
    this.title = title;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.names = names;
  }

  /** The byte behind the last pickle. */
  get position(): number {
    return this.at;
  }

  /**
   * The object that the next pickle holds: dicts as Map, lists as arrays, tuples as Tuple, integers as number or bigint.
   * @throws WeightsFileError `pickle-invalid`, `opcode-refused`, `global-refused`, `too-many-values`, with the byte
   */
  run(): unknown {
    this.stack = [];
    this.marks = [];
    this.memo = new Map();
    for (;;) {
      const code = this.byte();
      if (code === STOP) return this.pop();
      const opcode = opcodes[code];
      if (!opcode) throw this.unknown(code);
      opcode(this);
    }
  }

  error(kind: TorchErrorKind, sentence: string): WeightsFileError {
    return torchError(kind, `${this.title}, byte ${Math.max(0, this.at - 1)}: ${sentence}`);
  }

  invalid(sentence: string): WeightsFileError {
    return this.error('pickle-invalid', sentence);
  }

  private unknown(code: number): WeightsFileError {
    const name = refused[code];
    if (name) return this.error('opcode-refused', `the opcode ${name} is not one that tensor files need`);
    return this.invalid(`there is no opcode 0x${code.toString(16).padStart(2, '0')}`);
  }

  // The stack

  push(value: unknown): void {
    if (++this.pushes > MAX_PUSHES) throw this.error('too-many-values', `more than ${MAX_PUSHES} values`);
    this.stack.push(value);
  }

  pop(): unknown {
    if (this.stack.length === 0) throw this.invalid('an opcode needs a value and the stack is empty');
    return this.stack.pop();
  }

  top(): unknown {
    if (this.stack.length === 0) throw this.invalid('an opcode needs a value and the stack is empty');
    return this.stack.at(-1);
  }

  mark(): void {
    if (++this.pushes > MAX_PUSHES) throw this.error('too-many-values', `more than ${MAX_PUSHES} values`);
    this.marks.push(this.stack);
    this.stack = [];
  }

  popToMark(): unknown[] {
    const before = this.marks.pop();
    if (!before) throw this.invalid('an opcode needs a mark and there is none');
    const items = this.stack;
    this.stack = before;
    return items;
  }

  popTuple(count: number): Tuple {
    const items = Array.from({ length: count }, () => this.pop());
    return new Tuple(items.reverse());
  }

  put(index: number): void {
    this.memo.set(index, this.top());
  }

  memoize(): void {
    this.put(this.memo.size);
  }

  get(index: number): void {
    if (!this.memo.has(index)) throw this.invalid(`memo ${index} was never put`);
    this.push(this.memo.get(index));
  }

  // Containers

  list(): unknown[] {
    const list = this.top();
    if (!Array.isArray(list)) throw this.invalid('something is appended to what is not a list');
    return list;
  }

  append(items: readonly unknown[]): void {
    const list = this.list();
    for (const item of items) list.push(item);
  }

  setItems(items: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) throw this.invalid('an entry is set in what is not a dict');
    if (items.length % 2 === 1) throw this.invalid('a key without a value');
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      const hashable = key === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof key);
      if (!hashable && !(key instanceof Tuple)) throw this.invalid('a key that is neither text nor number');
      dict.set(key, items[i + 1]);
    }
  }

  // What stands outside

  global(module: unknown, name: unknown): void {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.invalid('a global whose name is not a text');
    const full = `${module}.${name}`;
    const found = this.names.find(full);
    if (!found) throw this.error('global-refused', `it names ${quote(full)}, which is not part of tensor files`);
    this.push(found);
  }

  reduce(callee: unknown, given: unknown): void {
    const call = (callee as Partial<PickleGlobal> | null)?.call;
    if (typeof callee !== 'object' || typeof call !== 'function' || !(given instanceof Tuple))
      throw this.error('opcode-refused', 'it calls what is not a function');
    try {
      this.push(call(...given.items));
    } catch (error) {
      if (error instanceof WeightsFileError)
        throw this.error(error.kind as TorchErrorKind, error.message.replace('[torch] ', ''));
      throw error;
    }
  }

  /** Attributes of an OrderedDict, such as _metadata, are not kept. */
  build(state: unknown): void {
    const object = this.top();
    if (object instanceof Instance) object.build(state);
    else if (!(object instanceof Map && state instanceof Map))
      throw this.error('opcode-refused', 'BUILD of anything but an OrderedDict');
  }

  persistent(): void {
    this.push(this.names.persistent(this.pop()));
  }

  // Bytes

  byte(): number {
    return this.take(1)[0] as number;
  }

  take(count: number): Uint8Array {
    this.exhausted ||= this.at + count > this.bytes.length;
    if (this.exhausted) throw this.invalid(`it ends at ${this.bytes.length}, where ${count} more bytes were expected`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  uint16(): number {
    this.take(2);
    return this.view.getUint16(this.at - 2, true);
  }

  int32(): number {
    this.take(4);
    return this.view.getInt32(this.at - 4, true);
  }

  uint32(): number {
    return this.int32() >>> 0;
  }

  uint64(): number {
    this.take(8);
    return Number(this.view.getBigUint64(this.at - 8, true));
  }

  float64(): number {
    this.take(8);
    return this.view.getFloat64(this.at - 8, false);
  }

  text(count: number): string {
    const bytes = this.take(count);
    try {
      return UTF8.decode(bytes);
    } catch {
      throw this.invalid('a text that is not valid UTF-8');
    }
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    this.exhausted ||= end < 0;
    if (this.exhausted) throw this.invalid('a line without an end');
    const line = LATIN1.decode(this.take(end - this.at));
    this.take(1);
    return line;
  }

  /** Little-endian, two's complement. */
  integer(count: number): number | bigint {
    if (count > MAX_INTEGER_BYTES) throw this.invalid(`an integer of ${count} bytes`);
    let value = 0n;
    for (const byte of this.take(count).slice().reverse()) value = (value << 8n) | BigInt(byte);
    return small(BigInt.asIntN(count * 8, value));
  }

  /** Decimal, as protocol 1 writes integers and booleans. */
  decimal(): number | bigint | boolean {
    const line = this.line();
    if (line === '00' || line === '01') return line === '01';
    if (!/^-?\d{1,600}L?$/.test(line)) throw this.invalid(`${quote(line)} is not an integer`);
    return small(BigInt(line.replace('L', '')));
  }

  protocol(): void {
    const version = this.byte();
    if (version > 5) throw this.invalid(`protocol ${version}, expected at most 5`);
  }
}

function small(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

type Opcode = (machine: PickleMachine) => void;

const STOP = 0x2e;

/** What tensor files hold, by code. */
const opcodes: Readonly<Record<number, Opcode>> = {
  128: (m) => m.protocol(), // PROTO
  149: (m) => m.uint64(), // FRAME
  40: (m) => m.mark(), // MARK
  48: (m) => m.pop(), // POP
  49: (m) => m.popToMark(), // POP_MARK
  78: (m) => m.push(null), // NONE
  136: (m) => m.push(true), // NEWTRUE
  137: (m) => m.push(false), // NEWFALSE
  73: (m) => m.push(m.decimal()), // INT
  76: (m) => m.push(m.decimal()), // LONG
  74: (m) => m.push(m.int32()), // BININT
  75: (m) => m.push(m.byte()), // BININT1
  77: (m) => m.push(m.uint16()), // BININT2
  138: (m) => m.push(m.integer(m.byte())), // LONG1
  139: (m) => m.push(m.integer(m.uint32())), // LONG4
  71: (m) => m.push(m.float64()), // BINFLOAT
  88: (m) => m.push(m.text(m.uint32())), // BINUNICODE
  140: (m) => m.push(m.text(m.byte())), // SHORT_BINUNICODE
  141: (m) => m.push(m.text(m.uint64())), // BINUNICODE8
  84: (m) => m.push(m.text(m.uint32())), // BINSTRING
  85: (m) => m.push(m.text(m.byte())), // SHORT_BINSTRING
  66: (m) => m.push(m.take(m.uint32())), // BINBYTES
  67: (m) => m.push(m.take(m.byte())), // SHORT_BINBYTES
  142: (m) => m.push(m.take(m.uint64())), // BINBYTES8
  150: (m) => m.push(m.take(m.uint64())), // BYTEARRAY8
  41: (m) => m.push(new Tuple([])), // EMPTY_TUPLE
  133: (m) => m.push(m.popTuple(1)), // TUPLE1
  134: (m) => m.push(m.popTuple(2)), // TUPLE2
  135: (m) => m.push(m.popTuple(3)), // TUPLE3
  116: (m) => m.push(new Tuple(m.popToMark())), // TUPLE
  93: (m) => m.push([]), // EMPTY_LIST
  97: (m) => m.append([m.pop()]), // APPEND
  101: (m) => m.append(m.popToMark()), // APPENDS
  143: (m) => m.push([]), // EMPTY_SET: a set is listed as a list
  144: (m) => m.append(m.popToMark()), // ADDITEMS
  145: (m) => m.push(m.popToMark()), // FROZENSET
  125: (m) => m.push(new Map()), // EMPTY_DICT
  115: (m) => m.setItems(m.popTuple(2).items), // SETITEM
  117: (m) => m.setItems(m.popToMark()), // SETITEMS
  113: (m) => m.put(m.byte()), // BINPUT
  114: (m) => m.put(m.uint32()), // LONG_BINPUT
  148: (m) => m.memoize(), // MEMOIZE
  104: (m) => m.get(m.byte()), // BINGET
  106: (m) => m.get(m.uint32()), // LONG_BINGET
  99: (m) => m.global(m.line(), m.line()), // GLOBAL
  147: (m) => m.global(...(m.popTuple(2).items as [unknown, unknown])), // STACK_GLOBAL
  82: (m) => m.reduce(...calleeAndArguments(m)), // REDUCE
  129: (m) => m.reduce(...calleeAndArguments(m)), // NEWOBJ
  98: (m) => m.build(m.pop()), // BUILD
  81: (m) => m.persistent(), // BINPERSID
};

function calleeAndArguments(machine: PickleMachine): [callee: unknown, given: unknown] {
  return machine.popTuple(2).items as [unknown, unknown];
}

/** Opcodes that are known and still refused. */
const refused: Readonly<Record<number, string>> = {
  80: 'PERSID (protocol 0)',
  83: 'STRING (protocol 0)',
  86: 'UNICODE (protocol 0)',
  100: 'DICT (protocol 0)',
  108: 'LIST (protocol 0)',
  112: 'PUT (protocol 0)',
  103: 'GET (protocol 0)',
  70: 'FLOAT (protocol 0)',
  50: 'DUP',
  105: 'INST',
  111: 'OBJ',
  130: 'EXT1',
  131: 'EXT2',
  132: 'EXT4',
  146: 'NEWOBJ_EX',
  151: 'NEXT_BUFFER',
  152: 'READONLY_BUFFER',
};
