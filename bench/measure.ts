/** Times contestants side by side: warmed up, one after another in each round, in wall time and in processor time. */

export interface Contestant {
  readonly name: string;
  /** The work once. What it makes is released before it returns. */
  run(): unknown;
}

/** The median and the middle half. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Milliseconds for one run, in each round. */
export interface Samples {
  readonly wall: number[];
  /** Processor time of the whole process; wall time also counts what other processes took. */
  readonly cpu: number[];
}

export interface Effort {
  readonly rounds: number;
  /** A round repeats short work for about this long. */
  readonly roundMilliseconds: number;
}

/** No contestant holds up the others for longer than this; slow ones get fewer rounds. */
const LONGEST_MILLISECONDS = 2_500;

interface Entry extends Samples {
  readonly contestant: Contestant;
  readonly runs: number;
  readonly rounds: number;
}

export async function measure(
  contestants: readonly Contestant[],
  effort: Effort,
  progress: (done: number, all: number, name: string) => void = () => {},
): Promise<Samples[]> {
  const entries: Entry[] = [];
  for (const contestant of contestants) {
    progress(0, effort.rounds, `warming up ${contestant.name}`);
    const { cpu } = await warmUp(contestant, effort.roundMilliseconds);
    const runs = Math.max(1, Math.round(effort.roundMilliseconds / cpu));
    const affordable = Math.max(1, Math.floor(LONGEST_MILLISECONDS / (cpu * runs)));
    entries.push({ contestant, runs, rounds: Math.min(effort.rounds, affordable), wall: [], cpu: [] });
  }
  for (let round = 0; round < effort.rounds; round++) {
    for (const entry of entries) {
      if (round >= entry.rounds) continue;
      progress(round, effort.rounds, entry.contestant.name);
      const { wall, cpu } = await time(entry.contestant, entry.runs);
      entry.wall.push(wall);
      entry.cpu.push(cpu);
    }
  }
  return entries.map(({ wall, cpu }) => ({ wall, cpu }));
}

/** Runs until the engine's optimising compilers are done with it; the last time is what a run takes. */
async function warmUp(contestant: Contestant, milliseconds: number): Promise<{ wall: number; cpu: number }> {
  let last = await time(contestant, 1);
  let spent = last.cpu;
  for (let runs = 1; spent < milliseconds * 4; runs *= 2) {
    last = await time(contestant, runs);
    spent += last.cpu * runs;
  }
  return last;
}

/** Milliseconds for each of `runs` runs. */
async function time({ run }: Contestant, runs: number): Promise<{ wall: number; cpu: number }> {
  const [cpuBefore, wallBefore] = [process.cpuUsage(), performance.now()];
  for (let i = 0; i < runs; i++) {
    const pending = run();
    if (pending instanceof Promise) await pending;
  }
  const wall = performance.now() - wallBefore;
  const { user, system } = process.cpuUsage(cpuBefore);
  return { wall: wall / runs, cpu: Math.max(1e-3, (user + system) / 1000) / runs };
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (q: number): number => {
    const at = q * (sorted.length - 1);
    const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number];
    return below + (above - below) * (at - Math.floor(at));
  };
  return { median: quantile(0.5), low: quantile(0.25), high: quantile(0.75) };
}
