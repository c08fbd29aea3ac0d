import { describe, expect, it } from 'vitest';
import { goalsOf } from '../../bench/goals.ts';
import { OnnxGraph } from '../../bench/onnx/graph.ts';
import { transposed } from '../../bench/onnx/parts.ts';
import { Message } from '../../bench/onnx/protobuf.ts';
import { picture } from '../../bench/picture.ts';
import type { Row } from '../../bench/results.ts';

describe('files of ONNX', () => {
  it('writes messages as Protocol Buffers documents them', () => {
    // https://protobuf.dev/programming-guides/encoding: 150 in field 1 is 08 96 01; "testing" in field 2 is 12 07 ...
    expect([...new Message().int(1, 150).encoded()]).toEqual([0x08, 0x96, 0x01]);
    const text = [0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6e, 0x67];
    expect([...new Message().text(2, 'testing').encoded()]).toEqual(text);
    const inner = new Message().message(3, new Message().int(1, 150));
    expect([...inner.encoded()]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
    expect([...new Message().int(1, -1).encoded()]).toEqual([0x08, ...new Array(9).fill(0xff), 0x01]);
    expect([...new Message().float(2, 1).encoded()]).toEqual([0x15, 0, 0, 0x80, 0x3f]);
    expect([...new Message().ints(6, [3, 270]).encoded()]).toEqual([0x32, 0x03, 0x03, 0x8e, 0x02]);
  });

  it('keeps weights within, and constants once', () => {
    const graph = new OnnxGraph();
    const x = graph.input('x', [1, 'n']);
    expect(graph.ints(1, 2)).toBe(graph.ints(1, 2));
    expect(graph.number(0.5)).not.toBe(graph.number(0.25));
    graph.output('y', graph.op('Mul', [x, graph.weights(Float32Array.of(1.5, -2), [2])]), [1, 'n']);
    const bytes = Buffer.from(graph.file());
    expect(bytes.includes(Buffer.from(Float32Array.of(1.5, -2).buffer))).toBe(true);
    expect(bytes.includes('Mul')).toBe(true);
    expect([...transposed(Float32Array.of(1, 2, 3, 4, 5, 6), 2, 3)]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});

describe('what a benchmark says', () => {
  const row = (contestant: string, cpu: number): Row => ({
    ...{ group: 'products', case: 'product 512^3', contestant, work: 1, unit: 'GFLOP/s', error: 0 },
    ...{ cpu: [cpu], wall: [cpu] },
  });
  const rows = [row('simd', 10), row('tfjs-wasm', 16), row('ORT-node', 4)];

  it('holds the times to the goals', () => {
    const verdicts = goalsOf(rows).map(({ text, verdict }) => [text.match(/(\S+) takes (\S+)/)?.slice(1), verdict]);
    expect(verdicts).toEqual([
      [['tfjs-wasm', '1.60'], 'reached'],
      [['ORT-node', '0.400'], 'missed'],
    ]);
  });

  it('draws who is faster to the left of 1', () => {
    const svg = picture(rows);
    const at = (what: RegExp): number => Number(svg.match(what)?.[1]);
    const one = at(/<text x="([\d.]+)"[^>]*>this library = 1/);
    expect(at(/<title>tfjs-wasm: 1.60 times<\/title><circle cx="([\d.]+)"/)).toBeGreaterThan(one);
    expect(at(/<title>ORT-node: 0.400 times<\/title><circle cx="([\d.]+)"/)).toBeLessThan(one);
  });
});
