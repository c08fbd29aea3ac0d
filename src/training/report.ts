import { SingleBar } from 'cli-progress';
import { inLanguage, type Language, type Worded } from '../runs/worded.ts';

/** Numbers of one step: the loss and whatever else a stage wants to see later. */
export type Metrics = Readonly<Record<string, number>>;

/** A text for the reader; English alone where nobody is told it in another language. */
export type Told = string | Worded;

/** Where a long run tells how it goes. */
export interface Report {
  say(line: Told): void;
  begin(title: Told, total: number, done: number): void;
  step(done: number, metrics: Metrics, secondsLeft: number): void;
  end(): void;
}

const EN = {
  units: [' h', ' min', ' s'],
  loss: 'loss',
  rate: (steps: string) => `${steps} a second`,
  left: (time: string) => `${time} left`,
};
const KO: typeof EN = {
  units: ['시간', '분', '초'],
  loss: '손실',
  rate: (steps) => `1초에 ${steps}번`,
  left: (time) => `${time} 남음`,
};
const WORDS: Readonly<Record<Language, typeof EN>> = { en: EN, ko: KO };

function clock(seconds: number, [hours, minutes, rest]: readonly string[]): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (count: number): string => String(count).padStart(2, '0');
  if (h > 0) return `${h}${hours} ${two(m)}${minutes}`;
  return m > 0 ? `${m}${minutes} ${two(s)}${rest}` : `${s}${rest}`;
}

/** A moving average that forgets over about 20 steps: single losses jump too much to read. */
function smoother(): (value: number) => number {
  let mean = Number.NaN;
  return (value) => {
    mean = Number.isNaN(mean) ? value : 0.95 * mean + 0.05 * value;
    return mean;
  };
}

/** Milliseconds after which a line is due, however few steps were taken. */
const SILENCE = 20_000;

/**
 * A progress bar with loss, rate and time left on a terminal; a line now and then elsewhere.
 * @param write writes lines to the same place, foreign text made harmless
 */
export function terminalReport(
  out: NodeJS.WriteStream,
  write: (text: string) => void,
  linesEvery = 50,
  lang: Language = 'en',
): Report {
  const words = WORDS[lang];
  const told = (text: Told): string => (typeof text === 'string' ? text : inLanguage(text, lang));
  let bar: SingleBar | null = null;
  let title = '';
  let total = 0;
  let smooth = smoother();
  let said = 0;
  return {
    say: (line) => {
      write(`${told(line)}\n`);
    },
    begin: (name, steps, done) => {
      [title, total, smooth] = [told(name), steps, smoother()];
      if (!out.isTTY) {
        said = performance.now();
        write(`${title} ${done}/${steps}\n`);
        return;
      }
      bar = new SingleBar({
        format: '{title} [{bar}] {value}/{total}  {loss}{pace}',
        stream: out,
        linewrap: true, // else a run that is killed leaves the terminal without it
      });
      bar.start(steps, done, { title, loss: '', pace: '' });
    },
    step: (done, metrics, secondsLeft) => {
      const loss = metrics.loss === undefined ? '' : `${words.loss} ${smooth(metrics.loss).toFixed(4)}  `;
      // The time left is not always known, and nothing is left of it at the end.
      const pace =
        secondsLeft > 0
          ? `${words.rate(((total - done) / secondsLeft).toFixed(2))}  ${words.left(clock(secondsLeft, words.units))}`
          : '';
      if (bar) bar.update(done, { title, loss, pace });
      else if (done % linesEvery === 0 || done === total || performance.now() > said + SILENCE) {
        said = performance.now();
        const line = `${title} ${done}/${total}  ${loss}${pace}`;
        write(`${line.trimEnd()}\n`);
      }
    },
    end: () => {
      bar?.stop();
      bar = null;
    },
  };
}
