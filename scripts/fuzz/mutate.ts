/** Files made wrong: bytes of good ones changed, and values within JSON. */

import fc from 'fast-check';

/** Numbers that readers trip over, in four and eight bytes of either order. */
const NUMBERS = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

type Edit = (bytes: Uint8Array) => Uint8Array;

const at = (position: number, length: number): number => Math.floor(position * (length + 1));

const edit: fc.Arbitrary<Edit> = fc
  .record({
    where: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
    other: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
    value: fc.nat(255),
    count: fc.integer({ min: 1, max: 64 }),
    number: fc.constantFrom(...NUMBERS),
    little: fc.boolean(),
    way: fc.constantFrom('set', 'set', 'flip', 'number', 'number', 'insert', 'delete', 'copy', 'cut', 'repeat'),
  })
  .map(({ where, other, value, count, number, little, way }) => (bytes) => {
    const start = at(where, bytes.length);
    const source = at(other, bytes.length);
    const out = new Uint8Array(bytes);
    switch (way) {
      case 'set':
        if (start < out.length) out[start] = value;
        return out;
      case 'flip':
        if (start < out.length) out[start] = (out[start] as number) ^ (1 << (value & 7));
        return out;
      case 'number':
        if (start + 4 <= out.length) new DataView(out.buffer).setUint32(start, number, little);
        return out;
      case 'insert':
        return join(bytes.subarray(0, start), new Uint8Array(count).fill(value), bytes.subarray(start));
      case 'delete':
        return join(bytes.subarray(0, start), bytes.subarray(Math.min(bytes.length, start + count)));
      case 'copy':
        out.set(bytes.subarray(source, source + Math.min(count, bytes.length - start)), start);
        return out;
      case 'cut':
        return bytes.slice(0, start);
      default:
        return join(bytes.subarray(0, start), bytes.subarray(source, source + count), bytes.subarray(start));
    }
  });

/** One of the files with one to six edits of its bytes. */
export function mutated(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const edits = fc.array(edit, { minLength: 1, maxLength: 6 });
  return fc.tuple(fc.constantFrom(...files), edits).map(([file, list]) => list.reduce((b, change) => change(b), file));
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Values that stand where others were expected; as JSON texts, for what JSON.stringify cannot write. */
const hostile: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('null', 'true', '-1', '0', '1e999', '1e308', '0.5', '9007199254740993', '4294967296', '1e9', '""'),
  fc.constantFrom('[]', '{}', '[[]]', '"\\u0000"', '"\\ud800"', '"__proto__"', '{"__proto__":1}', '" "'),
  fc.constantFrom(10, 100, 5000).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
  fc.constantFrom(1000, 100_000).map((length) => JSON.stringify('x'.repeat(length))),
  fc.constantFrom(1000, 200_000).map((length) => JSON.stringify(Array(length).fill('a'))),
  fc.json(),
  fc.integer().map(String),
);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** JSON files with one to three values replaced, removed, doubled or renamed. */
export function mutatedJson(files: readonly string[]): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    which: fc.double({ min: 0, max: 0.999_999, noNaN: true }),
    deep: fc.integer({ min: 1, max: 6 }),
    way: fc.constantFrom('replace', 'replace', 'replace', 'remove', 'rename', 'double'),
    value: hostile,
  });
  return fc
    .tuple(fc.constantFrom(...files), fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([file, changes]) => {
      const json = JSON.parse(file) as Json;
      const replaced: string[] = [];
      for (const { which, deep, way, value } of changes) {
        const found = pick(json, which, deep);
        if (!found) continue;
        const { parent, key } = found;
        if (way === 'remove') remove(parent, key);
        else if (way === 'replace') parent[key] = `\u0001${replaced.push(value) - 1}\u0001`;
        else if (way === 'rename' && !Array.isArray(parent)) parent[`${key}x`] = remove(parent, key);
        else if (Array.isArray(parent)) parent.push(parent[Number(key)] as Json);
      }
      const text = JSON.stringify(json).replace(
        /"\\u0001(\d+)\\u0001"/g,
        (_, i: string) => replaced[Number(i)] as string,
      );
      return new TextEncoder().encode(text);
    });
}

/** A place in a value, found by going down `deep` times at most; the same fraction picks at every step. */
function pick(json: Json, which: number, deep: number): { parent: Record<string, Json>; key: string } | undefined {
  let [parent, fraction] = [json, which];
  for (let level = 1; ; level++) {
    if (typeof parent !== 'object' || parent === null) return undefined;
    const keys = Object.keys(parent);
    if (keys.length === 0) return undefined;
    const exact = fraction * keys.length;
    const key = keys[Math.floor(exact)] as string;
    const next = (parent as Record<string, Json>)[key];
    const last = level === deep || typeof next !== 'object' || next === null || Object.keys(next).length === 0;
    if (last) return { parent: parent as Record<string, Json>, key };
    [parent, fraction] = [next as Json, exact % 1];
  }
}

function remove(parent: Record<string, Json>, key: string): Json {
  const value = parent[key] as Json;
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return value;
}

/** A JSON file in which one to three whole numbers are much larger, yet of the kind that was expected. */
export function rescaledJson(file: string): fc.Arbitrary<Uint8Array> {
  const places = [...file.matchAll(/(?<=[:[,]\s*)\d+(?=\s*[,\]}])/g)].map(({ index, 0: digits }) => ({
    index,
    digits,
  }));
  const factor = fc.constantFrom(2, 16, 1000, 2 ** 16, 2 ** 20, 1e9);
  return fc
    .uniqueArray(fc.tuple(fc.nat(places.length - 1), factor), {
      minLength: 1,
      maxLength: 3,
      selector: ([place]) => place,
    })
    .map((changes) => {
      const factors = new Map(changes);
      let text = '';
      let end = 0;
      places.forEach(({ index, digits }, i) => {
        text += file.slice(end, index) + String(Number(digits) * (factors.get(i) ?? 1));
        end = index + digits.length;
      });
      return new TextEncoder().encode(text + file.slice(end));
    });
}
