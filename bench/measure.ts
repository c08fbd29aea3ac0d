/** Times contestants side by side: warmed up, one after another in each round, in wall time and in processor time. */

export interface Contestant {
  readonly name: string;
  /** The work once. What it makes is released before it returns. */
  run(): unknown;
  /** Milliseconds for one of so many runs, where they happen in another process. */
  readonly time?: (runs: number) => Promise<Timed>;
}

/** Milliseconds for one run. */
export interface Timed {
  readonly wall: number;
  readonly cpu: number;
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
  /** How long a contestant is warmed up at least; default four rounds. Whole models take engines longer than kernels do. */
  readonly warmUpMilliseconds?: number;
}

/** No contestant holds up the others for longer than this; slow ones get fewer rounds. */
const LONGEST_MILLISECONDS = 1_000;

/** Nor is one warmed up for longer than this. */
const LONGEST_WARM_UP = 2_000;

/** A contestant is warm when the next runs, twice as many, gain less than this share. */
const GAIN = 0.05;

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
    const { cpu } = await warmUp(contestant, effort.warmUpMilliseconds ?? 4 * effort.roundMilliseconds);
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
async function warmUp(contestant: Contestant, least: number): Promise<Timed> {
  let last = await time(contestant, 1);
  let spent = last.cpu;
  let gains = true;
  for (let runs = 1; spent < LONGEST_WARM_UP && (gains || spent < least); runs *= 2) {
    const next = await time(contestant, runs);
    spent += next.cpu * runs;
    gains = next.cpu < last.cpu * (1 - GAIN);
    last = next;
  }
  return last;
}

export async function time({ run, time: elsewhere }: Contestant, runs: number): Promise<Timed> {
  if (elsewhere) return elsewhere(runs);
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
