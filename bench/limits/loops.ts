/** Loops that do one thing as fast as WebAssembly can: what no kernel in this engine can pass. */

import { main } from 'assemblyscript/asc';

/** Independent sums, so that none waits for itself: a multiply-add takes some four cycles, two of them begin in each. */
const CHAINS = 12;
/** Vectors that one turn of the reading loop loads. */
const LOADS = 8;

/** Floating-point operations of one turn of `multiplyAdds`: four lanes, each a product and a sum. */
export const FLOPS_PER_TURN: number = CHAINS * 4 * 2;

export interface Loops {
  /** So many turns of independent multiply-adds of four numbers, all in registers. */
  multiplyAdds(turns: number): number;
  /** Loads `bytes` (a multiple of 128) from `from`, `times` over. */
  read(from: number, bytes: number, times: number): number;
  /** Nothing: what remains is the way into the module and back. */
  nothing(x: number): number;
}

const each = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n    ');

const source = (fused: boolean): string => `
export function multiplyAdds(turns: i32): f32 {
  const x = f32x4.splat(0.5);
    ${each(CHAINS, (i) => `let s${i} = f32x4.splat(${i}.0);`)}
  for (let i = 0; i < turns; i++) {
    ${each(CHAINS, (i) => `s${i} = ${fused ? `f32x4.relaxed_madd(x, x, s${i})` : `f32x4.add(f32x4.mul(x, s${i}), x)`};`)}
  }
    ${each(CHAINS - 1, (i) => `s${i + 1} = f32x4.add(s${i}, s${i + 1});`)}
  return f32x4.extract_lane(s${CHAINS - 1}, 0);
}
export function read(from: usize, bytes: usize, times: i32): i32 {
    ${each(LOADS, (i) => `let s${i} = i32x4.splat(0);`)}
  for (let i = 0; i < times; i++) {
    for (let at = from; at < from + bytes; at += ${16 * LOADS}) {
    ${each(LOADS, (i) => `s${i} = v128.xor(s${i}, v128.load(at, ${16 * i}));`)}
    }
  }
    ${each(LOADS - 1, (i) => `s${i + 1} = v128.xor(s${i}, s${i + 1});`)}
  return i32x4.extract_lane(s${LOADS - 1}, 0);
}
export function nothing(x: i32): i32 {
  return x;
}
`;

/** Compiled by the compiler of the kernels, with its options; bound to `memory`. @throws Error when it does not compile */
export async function loops(memory: WebAssembly.Memory, fused: boolean): Promise<Loops> {
  const features = ['simd', ...(fused ? ['relaxed-simd'] : [])].flatMap((feature) => ['--enable', feature]);
  let binary: Uint8Array<ArrayBuffer> | null = null;
  const { error, stderr } = await main(
    ['loops.ts', '--outFile', 'loops.wasm', '-O3', '--noAssert', '--runtime', 'stub', '--importMemory', ...features],
    {
      readFile: (name) => (name === 'loops.ts' ? source(fused) : null),
      writeFile: (_, contents) => {
        if (typeof contents !== 'string') binary = Uint8Array.from(contents);
      },
    },
  );
  if (error || !binary) throw new Error(`the loops do not compile: ${error?.message}\n${stderr}`);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), { env: { memory } });
  return instance.exports as unknown as Loops;
}
