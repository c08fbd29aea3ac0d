const [ARRIVED, GENERATION, NEXT, FAILED, ASKED, STOPPED] = [0, 1, 2, 3, 4, 5] as const;
const WORDS = 6;

/** Turns of waiting before a thread sleeps: waking costs some 10 us, long spins take the cores from those who work. */
const SPINS = 2000;
/** A thread that sleeps looks again so often, ms. */
const LOOK_AGAIN = 1000;

/** Raised in the other threads when one of a team has failed. */
export class TeamError extends Error {
  override name = 'TeamError';
}

/** Memory that a team meets in: make it once, hand it to every thread. */
export function teamMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(WORDS * 4);
}

/** Asks the threads of a team to stop; `team.stopped` turns true for all of them at the same barrier. */
export function askToStop(memory: SharedArrayBuffer): void {
  Atomics.store(new Int32Array(memory), ASKED, 1);
}

/** Makes a team's memory ready for the next task. */
export function resetTeam(memory: SharedArrayBuffer): void {
  new Int32Array(memory).fill(0);
}

/**
 * Threads that run the same function over shared memory, each on a share of the work. Results must not depend on who
 * does what: a piece of work writes only to a place of its own, and sums are taken in a fixed order afterwards.
 *
 *     team.each(parts, (part) => slots[part].set(gradientOf(part)));  // returns when all parts are done
 *     team.each(slices, (slice) => addUp(slots, slice));
 */
export class Team {
  readonly size: number;
  /** Thread 0 speaks for the team. */
  readonly index: number;
  private readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer, index: number, size: number) {
    this.words = new Int32Array(memory);
    this.index = index;
    this.size = size;
  }

  /** Runs `work` for 0 to count - 1, each on whichever thread is free, and waits for all. @throws TeamError */
  each(count: number, work: (item: number) => void): void {
    for (;;) {
      const item = Atomics.add(this.words, NEXT, 1);
      if (item >= count) break;
      work(item);
    }
    this.barrier();
  }

  /** Waits until every thread of the team is here. @throws TeamError when one of them has failed */
  barrier(): void {
    const { words } = this;
    const generation = Atomics.load(words, GENERATION);
    if (Atomics.add(words, ARRIVED, 1) === this.size - 1) {
      Atomics.store(words, ARRIVED, 0);
      Atomics.store(words, NEXT, 0);
      Atomics.store(words, STOPPED, Atomics.load(words, ASKED));
      Atomics.add(words, GENERATION, 1);
      Atomics.notify(words, GENERATION);
    } else {
      for (let i = 0; i < SPINS && Atomics.load(words, GENERATION) === generation; i++);
      while (Atomics.load(words, GENERATION) === generation) {
        if (Atomics.load(words, FAILED)) break;
        Atomics.wait(words, GENERATION, generation, LOOK_AGAIN);
      }
    }
    if (Atomics.load(words, FAILED)) throw new TeamError('another thread failed');
  }

  /** Tells whether the team was asked to stop before the last barrier: the same for all threads. */
  get stopped(): boolean {
    return Atomics.load(this.words, STOPPED) === 1;
  }

  /** Lets the others know that they wait in vain. */
  fail(): void {
    Atomics.store(this.words, FAILED, 1);
    Atomics.notify(this.words, GENERATION);
  }
}
