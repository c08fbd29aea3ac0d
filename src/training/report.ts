import { SingleBar } from 'cli-progress';

/** Numbers of one step: the loss and whatever else a stage wants to see later. */
export type Metrics = Readonly<Record<string, number>>;

/** Where a long run tells how it goes. */
export interface Report {
  say(line: string): void;
  begin(title: string, total: number, done: number): void;
  step(done: number, metrics: Metrics, secondsLeft: number): void;
  end(): void;
}

const clock = (seconds: number): string => {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0
    ? `${h} h ${String(m).padStart(2, '0')} min`
    : m > 0
      ? `${m} min ${String(s).padStart(2, '0')} s`
      : `${s} s`;
};

/** A moving average that forgets over about 20 steps: single losses jump too much to read. */
function smoother(): (value: number) => number {
  let mean = Number.NaN;
  return (value) => {
    mean = Number.isNaN(mean) ? value : 0.95 * mean + 0.05 * value;
    return mean;
  };
}

/**
 * A progress bar with loss, rate and time left on a terminal; a line now and then elsewhere.
 * @param write writes lines to the same place, foreign text made harmless
 */
export function terminalReport(out: NodeJS.WriteStream, write: (text: string) => void, linesEvery = 50): Report {
  let bar: SingleBar | null = null;
  let title = '';
  let total = 0;
  let smooth = smoother();
  return {
    say: (line) => {
      write(`${line}\n`);
    },
    begin: (name, steps, done) => {
      [title, total, smooth] = [name, steps, smoother()];
      if (!out.isTTY) return;
      bar = new SingleBar({
        format: '{title} [{bar}] {value}/{total}  {loss}{rate} a second  {left} left',
        stream: out,
        hideCursor: true,
      });
      bar.start(steps, done, { title, loss: '', rate: '-', left: '-' });
    },
    step: (done, metrics, secondsLeft) => {
      const loss = metrics.loss === undefined ? '' : `loss ${smooth(metrics.loss).toFixed(4)}  `;
      const rate = secondsLeft > 0 ? ((total - done) / secondsLeft).toFixed(2) : '-';
      const left = clock(secondsLeft);
      if (bar) bar.update(done, { title, loss, rate, left });
      else if (done % linesEvery === 0 || done === total)
        write(`${title} ${done}/${total}  ${loss}${rate} a second  ${left} left\n`);
    },
    end: () => {
      bar?.stop();
      bar = null;
    },
  };
}
