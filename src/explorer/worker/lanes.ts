/** Order among asks: one runs, one waits in each lane; a newer one takes the place of the one that waits. */

import { macrotask } from '../../tensor/heed.ts';
import { type Ask, LANES } from '../protocol.ts';

/** Thrown where an ask ends because nobody waits for it any more. */
export const SUPERSEDED: unique symbol = Symbol('superseded');

export class Lanes {
  private readonly waiting = new Map<Ask['lane'], Ask>();
  private running: Ask | null = null;
  private readonly work: (ask: Ask, pause: () => Promise<void>) => Promise<void>;

  /** @param work does one ask, and calls `pause` between its runs; what `pause` throws ends it */
  constructor(work: (ask: Ask, pause: () => Promise<void>) => Promise<void>) {
    this.work = work;
  }

  push(ask: Ask): void {
    this.waiting.set(ask.lane, ask);
    if (!this.running) void this.loop();
  }

  private async loop(): Promise<void> {
    for (let ask = this.next(); ask; ask = this.next()) {
      this.running = ask;
      try {
        await this.pause(ask);
        await this.work(ask, () => this.pause(ask as Ask));
      } catch (thrown) {
        if (thrown !== SUPERSEDED) throw thrown;
      } finally {
        this.running = null;
      }
    }
  }

  private next(): Ask | undefined {
    for (const lane of LANES) {
      const ask = this.waiting.get(lane);
      this.waiting.delete(lane);
      if (ask) return ask;
    }
    return undefined;
  }

  /** Lets messages in. A lane is left for a newer ask of its own, and for any of a lane that goes before it. */
  private async pause(ask: Ask): Promise<void> {
    await macrotask();
    const before = LANES.slice(0, LANES.indexOf(ask.lane) + 1);
    if (before.some((lane) => this.waiting.has(lane))) throw SUPERSEDED;
  }
}
