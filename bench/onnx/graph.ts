/**
 * A graph of ONNX operations (https://onnx.ai/onnx/intro/concepts.html), built by calls and written as a file with its weights
 * inside. Numbers of fields are those of onnx.proto3.
 */

import { Message } from './protobuf.ts';

/** Operators as of this version: the first with `Gelu`. */
const OPERATORS = 20;
const FILE_VERSION = 9;
const ELEMENTS = { float: 1, int64: 7 } as const;
type Elements = keyof typeof ELEMENTS;

/** The name of a value. */
export type Value = string & { readonly onnx: true };

export type Attributes = Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;

/** A number for an axis of fixed length, a name for one that is known when it runs. */
export type Axes = readonly (number | string)[];

export class OnnxGraph {
  private readonly nodes: Message[] = [];
  private readonly initializers: Message[] = [];
  private readonly inputs: Message[] = [];
  private readonly outputs: Message[] = [];
  private readonly constants = new Map<string, Value>();
  private count = 0;

  input(name: string, axes: Axes, elements: Elements = 'float'): Value {
    this.inputs.push(valueInfo(name, axes, elements));
    return name as Value;
  }

  /** Gives a value to whoever runs the graph. */
  output(name: string, value: Value, axes: Axes): void {
    this.nodes.push(node('Identity', [value], name, {}));
    this.outputs.push(valueInfo(name, axes, 'float'));
  }

  weights(data: Float32Array, shape: readonly number[]): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.initializer(bytes, shape, 'float');
  }

  /** A float of no axes. */
  number(value: number): Value {
    return this.shared(`number ${value}`, () => this.weights(Float32Array.of(value), []));
  }

  /** Whole numbers on one axis, as shapes and places are given. */
  ints(...values: readonly number[]): Value {
    const make = (): Value => this.initializer(int64(values), [values.length], 'int64');
    return this.shared(`ints ${values.join(' ')}`, make);
  }

  /** A whole number of no axes. */
  int(value: number): Value {
    return this.shared(`int ${value}`, () => this.initializer(int64([value]), [], 'int64'));
  }

  /** One operation; gives its first result. */
  op(type: string, inputs: readonly (Value | null)[], attributes: Attributes = {}): Value {
    const name = this.name();
    this.nodes.push(node(type, inputs, name, attributes));
    return name;
  }

  reshape(x: Value, ...shape: readonly number[]): Value {
    return this.op('Reshape', [x, this.ints(...shape)]);
  }

  transpose(x: Value, ...perm: readonly number[]): Value {
    return this.op('Transpose', [x], { perm });
  }

  /** The bytes of an .onnx file. */
  file(): Uint8Array {
    const graph = new Message();
    for (const each of this.nodes) graph.message(1, each);
    graph.text(2, 'glass-flamingo');
    for (const each of this.initializers) graph.message(5, each);
    for (const each of this.inputs) graph.message(11, each);
    for (const each of this.outputs) graph.message(12, each);
    const operators = new Message().text(1, '').int(2, OPERATORS);
    return new Message()
      .int(1, FILE_VERSION)
      .text(2, 'glass-flamingo')
      .message(7, graph)
      .message(8, operators)
      .encoded();
  }

  private name(): Value {
    return `v${this.count++}` as Value;
  }

  private shared(key: string, make: () => Value): Value {
    const value = this.constants.get(key) ?? make();
    this.constants.set(key, value);
    return value;
  }

  private initializer(bytes: Uint8Array, shape: readonly number[], elements: Elements): Value {
    const name = this.name();
    this.initializers.push(new Message().ints(1, shape).int(2, ELEMENTS[elements]).text(8, name).bytes(9, bytes));
    return name;
  }
}

const int64 = (values: readonly number[]): Uint8Array => new Uint8Array(BigInt64Array.from(values, BigInt).buffer);

function valueInfo(name: string, axes: Axes, elements: Elements): Message {
  const shape = new Message();
  for (const axis of axes)
    shape.message(1, typeof axis === 'number' ? new Message().int(1, axis) : new Message().text(2, axis));
  const tensor = new Message().int(1, ELEMENTS[elements]).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}

function node(type: string, inputs: readonly (Value | null)[], output: string, attributes: Attributes): Message {
  const message = new Message();
  for (const input of inputs) message.text(1, input ?? '');
  message.text(2, output).text(4, type);
  for (const [name, value] of Object.entries(attributes)) message.message(5, attribute(name, value));
  return message;
}

function attribute(name: string, value: Attributes[string]): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'number') return message.int(3, value).int(20, 2);
  if (typeof value === 'string') return message.text(4, value).int(20, 3);
  if ('float' in value) return message.float(2, value.float).int(20, 1);
  return message.ints(8, value).int(20, 7);
}
