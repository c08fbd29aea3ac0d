/**
 * What stands in the way of more speed, measured in the same run: how fast this engine can multiply, read and call at all,
 * and where the time of a layer, a training step, a forward and a token goes.
 */

import { reading } from '../src/flamingo/generation/decoding.ts';
import { load } from '../src/flamingo.ts';
import { SimdDevice, scope, tensor } from '../src/tensor/index.ts';
import { FORWARD, OurBlock, SHAPE, TRAINING } from './block.ts';
import { KernelClock } from './limits/kernel-clock.ts';
import { FLOPS_PER_TURN, type Loops, loops } from './limits/loops.ts';
import { CALLS, LIMITS, OUTSIDE, PEAK, PRODUCT, READING, REGISTERS, TOKEN, WHOLE } from './limits/names.ts';
import { type Timed, time } from './measure.ts';
import { kernel, prepare, square } from './products.ts';
import { type Bench, measureCase, medianOf, type Row, someNumbers } from './results.ts';
import { ourSide, promptOf, shotsCase, TEXT_ONLY, WARM_UP_ROUNDS } from './shipped.ts';

const SIZE = 512;
/** Of the first-level cache, the second, the third, and memory, on most machines. */
const KIBIBYTES = [16, 256, 4096, 131072] as const;
const MANY = 1000;
/** Operations between two scopes, as in a layer. */
const IN_A_SCOPE = 20;
const TOKENS = 10;
const WARM_UP_CALLS = 1000;

export async function limits(bench: Bench): Promise<Row[]> {
  const device = new SimdDevice();
  const bare = await warmed(device, device.machine.fma);
  return [
    ...(await multiplying(bench, device, bare)),
    ...(await reads(bench, device, bare)),
    ...(await calls(bench, device, bare)),
    ...(await layer(bench)),
    ...(await shipped(bench)),
  ];
}

/** Called often and briefly until the optimising compiler has had them: it replaces no loop that is running. */
async function warmed({ machine }: SimdDevice, fused: boolean): Promise<Loops> {
  const bare = await loops(machine.memory, fused);
  for (let i = 0; i < WARM_UP_CALLS; i++) {
    bare.multiplyAdds(MANY);
    bare.read(0, 2 ** 14, 1);
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return bare;
}

/** The product beside multiply-adds that never leave the registers, as many of them. */
async function multiplying(bench: Bench, device: SimdDevice, bare: Loops): Promise<Row[]> {
  const plain = device.machine.fma ? await warmed(device, false) : null;
  const flops = 2 * SIZE ** 3;
  const turns = Math.round(flops / FLOPS_PER_TURN);
  const entries = [
    { name: REGISTERS, error: 0, run: () => bare.multiplyAdds(turns) },
    plain && { name: `${REGISTERS}, not fused`, error: 0, run: () => plain.multiplyAdds(turns) },
    { ...kernel(device, await prepare(device, square(SIZE))), name: PRODUCT },
  ];
  return measureCase(bench, LIMITS, PEAK, entries, { work: flops / 1e9, unit: 'GFLOP/s' });
}

async function reads(bench: Bench, { machine }: SimdDevice, bare: Loops): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of KIBIBYTES) {
    const bytes = size * 1024;
    const from = machine.allocate(bytes);
    machine.floats.fill(1, from / 4, (from + bytes) / 4); // pages that nobody wrote are all one page
    const times = Math.max(1, Math.round(2 ** 20 / bytes));
    const entry = { name: `${size} KiB`, error: 0, run: () => bare.read(from, bytes, times) };
    rows.push(...(await measureCase(bench, LIMITS, READING, [entry], { work: (bytes * times) / 1e9, unit: 'GB/s' })));
    machine.free(from, bytes);
  }
  return rows;
}

/** The same sum of one number, ever further from the kernel. */
async function calls(bench: Bench, device: SimdDevice, bare: Loops): Promise<Row[]> {
  const { kernels } = device.machine;
  const [a, b] = [tensor(device, [1]), tensor(device, [2])];
  const place = device.machine.allocate(12);
  const repeat = (work: () => void) => (): void => {
    for (let i = 0; i < MANY; i++) work();
  };
  const through = (noGrad: boolean) => (): void => {
    for (let done = 0; done < MANY; done += IN_A_SCOPE) {
      const some = (): void => {
        for (let i = 0; i < IN_A_SCOPE; i++) a.add(b);
      };
      scope(device, some, { noGrad });
    }
  };
  const entries = [
    { name: CALLS.module, error: 0, run: repeat(() => bare.nothing(1)) },
    { name: CALLS.kernel, error: 0, run: repeat(() => kernels.add(place, place + 4, place + 8, 1, 1, 1)) },
    { name: CALLS.tensor, error: 0, run: through(true) },
    { name: CALLS.recorded, error: 0, run: through(false) },
  ];
  return measureCase(bench, LIMITS, CALLS.name, entries, { work: MANY, unit: 'calls/s' });
}

async function layer(bench: Bench): Promise<Row[]> {
  const { batch, tokens, width } = SHAPE;
  const [x, target] = [someNumbers(batch * tokens * width), someNumbers(batch * tokens * width, 3)];
  const ours = new OurBlock(x, target);
  return [
    ...(await parts(bench, FORWARD, ours.device, () => ours.forward().dispose())),
    ...(await parts(bench, TRAINING, ours.device, () => ours.step().dispose())),
  ];
}

async function shipped({ effort, say }: Bench): Promise<Row[]> {
  const bench: Bench = { effort: { ...effort, warmUpMilliseconds: WARM_UP_ROUNDS * effort.roundMilliseconds }, say };
  const model = await load();
  const device = model.device as SimdDevice;
  const rows: Row[] = [];
  for (const [name, shots] of [
    [TEXT_ONLY, null],
    [shotsCase(4), 4],
  ] as const) {
    const ours = await ourSide(model, promptOf(shots));
    rows.push(...(await parts(bench, name, device, () => ours.forward().dispose())));
    ours.dispose();
  }
  const prepared = await model.prepare(promptOf(4));
  const { flamingo } = model;
  const { pixels } = prepared.inputs;
  const latents = scope(device, () => pixels && flamingo.resample(flamingo.encode(pixels)), { noGrad: true });
  await reading(flamingo, { ids: [prepared.ids], latents }, undefined, async ({ decoding }) => {
    const run = async (): Promise<void> => {
      const own = decoding.fork([0]);
      for (let i = 0; i < TOKENS; i++) await own.read([[prepared.ids.at(-1) as number]]);
      own.dispose();
    };
    rows.push(...(await parts(bench, TOKEN, device, run, TOKENS)));
  });
  return rows;
}

/**
 * Each kernel's time in a piece of work, what lies outside of all, and the whole, which counts its operations. Kernels are
 * timed on the wall's clock, which is fine enough, and their shares make the processor time.
 */
async function parts(bench: Bench, name: string, device: SimdDevice, run: () => unknown, pieces = 1): Promise<Row[]> {
  const operations = await operationsOf(device, run);
  const clock = new KernelClock(device.machine);
  clock.start();
  const work = { work: operations / pieces, unit: 'operations/s' };
  const [warm] = await measureCase(bench, LIMITS, name, [{ name: WHOLE, error: 0, run }], work);
  const rows = new Map<string, Row>();
  const add = (contestant: string, { wall, cpu }: Timed, { work, unit }: { work: number; unit: string }): void => {
    const row = rows.get(contestant) ?? {
      group: LIMITS,
      case: name,
      contestant,
      work,
      unit,
      error: 0,
      wall: [],
      cpu: [],
    };
    rows.set(contestant, row);
    row.wall.push(wall / pieces);
    row.cpu.push(cpu / pieces);
  };
  const runs = Math.max(1, Math.round(bench.effort.roundMilliseconds / medianOf(warm?.cpu ?? [1])));
  for (let round = 0; round < bench.effort.rounds; round++) {
    clock.clear();
    const whole = await time({ name, run }, runs);
    let inside = 0;
    add(WHOLE, whole, work);
    for (const [kernel, { milliseconds, calls, flops }] of clock.times) {
      inside += milliseconds / runs;
      const done = flops > 0 ? { work: flops / 1e9, unit: 'GFLOP/s' } : { work: calls, unit: 'calls/s' };
      add(kernel, share(whole, milliseconds / runs), { ...done, work: done.work / runs / pieces });
    }
    add(OUTSIDE, share(whole, whole.wall - inside), { ...work, unit: 'operations/s' });
  }
  clock.stop();
  return [...rows.values()];
}

const share = ({ wall, cpu }: Timed, part: number): Timed => ({ wall: part, cpu: (cpu * part) / wall });

async function operationsOf(device: SimdDevice, run: () => unknown): Promise<number> {
  let operations = 0;
  device.watcher = (_, compute) => {
    operations++;
    return compute();
  };
  await run();
  device.watcher = null;
  return operations;
}
