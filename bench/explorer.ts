/** How fast the explorer's answer follows a slider, in Chromium over the built folder: npm run bench:explorer */

import type { Page } from 'playwright-core';
import { readArguments } from '../scripts/arguments.ts';
import { writeFileWhole } from '../src/files/write-file.ts';
import { CHROMIUM, openExplorer, openPage, settled } from '../test/explorer/support.ts';
import { describeMachine, machineLine } from './page.ts';

const HELP = `Usage: npm run bench:explorer -- [options]

Opens a prompt of three pictures in Chromium and moves a gate's slider, from the slider's event to the new answer: in the
document, and in the frame that paints it. Then drags it for 3 s, one event a frame, and counts the tasks of the page's
main thread that took over 50 ms.

  --markdown FILE   the table with a description of the machine: docs/explorer-speed.md
  --note TEXT       what else the machine was doing, for that page
`;

const PROMPT = '#p=@flamingo~dax*~@trumpet~wug*~@flamingo-2&lang=en';
const MOVES = 200;
const WARM_UP = 20;
const DRAG_FRAMES = 180;

interface Moves {
  /** From the event until the document holds the answer, ms. */
  readonly held: number[];
  /** From the event until the frame that paints it, ms. */
  readonly painted: number[];
}

/** Each move waits for the answer of the one before. */
const moves = (page: Page, count: number): Promise<Moves> =>
  page.evaluate(async (count) => {
    const slider = document.querySelector<HTMLInputElement>('.gate.dense input') as HTMLInputElement;
    const answer = document.querySelector('.answer') as Element;
    const held: number[] = [];
    const painted: number[] = [];
    for (let i = 0; i < count; i++) {
      const begun = performance.now();
      const changed = new Promise<void>((done) => {
        let stale = false;
        const observer = new MutationObserver(() => {
          stale ||= answer.classList.contains('stale');
          if (!stale || answer.classList.contains('stale')) return;
          observer.disconnect();
          done();
        });
        observer.observe(answer, { attributes: true, attributeFilter: ['class'] });
      });
      slider.value = String(Math.round(200 * ((i * 0.618034) % 1)) / 100 - 1); // never the value before
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      await changed;
      held.push(performance.now() - begun);
      await new Promise((done) => requestAnimationFrame(done));
      painted.push(performance.now() - begun);
    }
    return { held, painted };
  }, count);

interface Drag {
  readonly milliseconds: number;
  readonly answers: number;
  readonly longTasks: number[];
}

/** One event in each frame, whatever has been answered. */
const drag = (page: Page, frames: number): Promise<Drag> =>
  page.evaluate(async (frames) => {
    const slider = document.querySelector<HTMLInputElement>('.gate.dense input') as HTMLInputElement;
    const longTasks: number[] = [];
    const watch = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longTasks.push(duration);
    });
    watch.observe({ type: 'longtask' });
    let answers = 0;
    const observer = new MutationObserver(() => answers++);
    observer.observe(document.querySelector('.answer') as Element, { subtree: true, characterData: true });
    const begun = performance.now();
    for (let i = 0; i < frames; i++) {
      slider.value = String(Math.round(100 * Math.sin(i / 20)) / 100);
      slider.dispatchEvent(new Event('input', { bubbles: true }));
      await new Promise((done) => requestAnimationFrame(done));
    }
    const milliseconds = performance.now() - begun;
    await new Promise((done) => setTimeout(done, 200)); // entries come late
    watch.disconnect();
    observer.disconnect();
    return { milliseconds, answers, longTasks };
  }, frames);

function at(values: readonly number[], part: number): string {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number).toFixed(1);
}

const { values } = readArguments(HELP, {
  options: {
    markdown: { type: 'string' },
    note: { type: 'string', default: '' },
  },
});
if (CHROMIUM === undefined) throw new Error('no Chromium found: install it or set CHROMIUM to its path');
const machine = machineLine(describeMachine());
const explorer = await openExplorer();
try {
  const { page } = await openPage(explorer, PROMPT);
  await moves(page, WARM_UP);
  const { held, painted } = await moves(page, MOVES);
  await settled(page);
  const { milliseconds, answers, longTasks } = await drag(page, DRAG_FRAMES);
  const table = `| measure | p50 | p95 | most |
|---|---:|---:|---:|
| slider to answer in the document, ms | ${at(held, 0.5)} | ${at(held, 0.95)} | ${at(held, 1)} |
| slider to the frame that paints it, ms | ${at(painted, 0.5)} | ${at(painted, 0.95)} | ${at(painted, 1)} |

${MOVES} moves of one gate, one after another, three pictures in the prompt. Then a drag of ${(milliseconds / 1000).toFixed(1)} s with
${DRAG_FRAMES} events: ${answers} changes of the answer's words and numbers; tasks over 50 ms on the main thread: ${longTasks.length}${
    longTasks.length > 0 ? ` (the longest ${Math.max(...longTasks).toFixed(0)} ms)` : ''
  }.`;
  const chromium = `Chromium ${explorer.browser.version()}, headless. ${machine}.${values.note ? ` ${values.note}` : ''}`;
  process.stdout.write(`${chromium}\n\n${table}\n`);
  if (values.markdown)
    await writeFileWhole(
      values.markdown,
      `# How fast the explorer follows\n\nMade by \`npm run bench:explorer\`; do not edit.\n\n${chromium}\n\n${table}\n`,
    );
} finally {
  await explorer.close();
}
