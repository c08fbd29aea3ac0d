import type { JSX } from 'preact';
import { readable } from '../../inspect/figures/words.ts';
import type { RunView } from '../protocol.ts';
import { withGate } from '../state.ts';
import { FigureFrame } from './figure-tools.tsx';
import { GateLines } from './gate-lines.tsx';
import { Num } from './num.tsx';
import { Problem } from './problem.tsx';
import { Scroll } from './scroll.tsx';
import { change, fields, problems, requestOf, scenes, settle, state, view } from './store.ts';
import type { TextKey } from './texts.en.ts';
import { t } from './texts.ts';

/** Rows of the table of all steps. */
const ROWS = 24;

/** The run that made the shipped weights: its gates step by step, and what the scenes got at some steps. */
export function RunLens(): JSX.Element {
  const open = fields.lens.value === 'training';
  const run = view('run');
  const problem = problems.value.run;
  return (
    <section class="train" aria-labelledby="run-title">
      <details
        class="fold"
        open={open}
        onToggle={(event) => {
          const now = event.currentTarget.open;
          if (now !== open) change({ lens: now ? 'training' : null });
        }}
      >
        <summary>
          <h2 id="run-title">{t('runLens')}</h2>
        </summary>
        <p class="quiet small">{t('runHint')}</p>
        {problem ? <Problem problem={problem} /> : null}
        {open && !run && !problem ? <p class="quiet">{t('working')}</p> : null}
        {open && run ? <Shown run={run.view} /> : null}
      </details>
    </section>
  );
}

function Shown({ run }: { run: RunView }): JSX.Element {
  return (
    <>
      {run.steps.length === 0 ? <p>{t('noLog')}</p> : <Gates run={run} />}
      {run.snapshots.length === 0 ? <p>{t('noSnapshots')}</p> : <Answers run={run} />}
    </>
  );
}

/** Where the chosen step stands in the log: it, or the last one before it. */
function placeOf({ steps }: RunView): number {
  const step = fields.step.value;
  if (step === null) return steps.length - 1;
  return Math.max(
    0,
    steps.findLastIndex((one) => one <= step),
  );
}

function Gates({ run }: { run: RunView }): JSX.Element {
  const { steps, gates, signed } = run;
  const at = placeOf(run);
  const step = steps[at] ?? 0;
  const take = (): void => {
    let next = state.value;
    for (const { layer, gate, values } of gates)
      next = withGate(next, layer, gate, Math.round(1000 * (values[at] ?? 0)) / 1000);
    change({ edits: next.edits });
  };
  return (
    <>
      {signed ? null : <p class="notice small">{t('unsignedLog')}</p>}
      <FigureFrame
        name="gates-of-the-shipped-run"
        table={() => <AllSteps run={run} />}
        below={
          <>
            <label class="small at-step">
              {t('stepN', { n: step })}
              <input
                type="range"
                min="0"
                max={steps.length - 1}
                value={at}
                aria-valuetext={t('stepN', { n: step })}
                onInput={(event) => {
                  const chosen = steps[event.currentTarget.valueAsNumber] ?? 0;
                  change({ step: chosen === steps.at(-1) ? null : chosen }, { merge: true });
                }}
                onChange={settle}
              />
            </label>
            <StepTable run={run} rows={[at]} />
            <p class="buttons">
              <button type="button" disabled={!signed} onClick={take}>
                {t('takeGates', { n: step })}
              </button>
            </p>
            <p class="quiet small">{t('takeGatesHint', { n: step, end: steps.at(-1) ?? 0 })}</p>
          </>
        }
      >
        <GateLines trails={gates} steps={steps} at={at} signed={signed} />
      </FigureFrame>
    </>
  );
}

function AllSteps({ run }: { run: RunView }): JSX.Element {
  const { length } = run.steps;
  const count = Math.min(ROWS, length);
  const rows = Array.from({ length: count }, (_, i) => Math.round((i * (length - 1)) / Math.max(1, count - 1)));
  return <StepTable run={run} rows={rows} />;
}

function StepTable({ run, rows }: { run: RunView; rows: readonly number[] }): JSX.Element {
  const [row = 0] = rows;
  const label = `${t('attention')}, ${t('dense')}${rows.length === 1 ? `, ${t('stepN', { n: run.steps[row] ?? 0 })}` : ''}`;
  return (
    <Scroll label={label}>
      <table class="grid">
        <thead>
          <tr>
            <th scope="col">{t('stepWord')}</th>
            {run.gates.map(({ layer, gate }) => (
              <th key={`${layer} ${gate}`} scope="col">
                {layer} {t(gate)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              <th scope="row">{run.steps[row]}</th>
              {run.gates.map(({ layer, gate, values }, i) => (
                <td key={`${layer} ${gate}`}>
                  <Num
                    at={`run.gates.${i}.values.${row}`}
                    value={values[row] ?? Number.NaN}
                    as={run.signed ? 'signed' : 'plain'}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

const sceneName = (name: string): string => {
  const i = scenes().findIndex(({ title }) => title === name);
  return i < 0 ? name : t(`scene${i}` as TextKey);
};

/** What every scene was answered, snapshot by snapshot, with the probability of its first token. */
function Answers({ run: { snapshots, parts } }: { run: RunView }): JSX.Element {
  const chosen = fields.step.value ?? Number.POSITIVE_INFINITY; // what was there at the end
  const near = snapshots.findLastIndex(({ step }) => step <= chosen);
  const names = Array.from(new Set(snapshots.flatMap(({ scenes }) => scenes.map(({ name }) => name))));
  return (
    <>
      <h3>{t('answersAtSteps')}</h3>
      {parts.length > 0 ? <p class="quiet small">{t('stepButtons')}</p> : null}
      <Scroll label={t('answersAtSteps')}>
        <table class="grid answers">
          <thead>
            <tr>
              <th scope="col">{t('stepWord')}</th>
              {names.map((name) => (
                <th key={name} scope="col">
                  {sceneName(name)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {snapshots.map((snapshot, i) => (
              <tr key={snapshot.step} aria-current={i === near ? 'step' : undefined}>
                <th scope="row">
                  {snapshot.step} {parts.includes(snapshot.step) ? <PartButtons step={snapshot.step} /> : null}
                </th>
                {names.map((name) => {
                  const s = snapshot.scenes.findIndex((scene) => scene.name === name);
                  const { text, top } = snapshot.scenes[s] ?? { text: '', top: [] };
                  return (
                    <td key={name} title={top.map(({ token }) => readable(token)).join(' ')}>
                      {text || t('nothing')}{' '}
                      <Num
                        at={`run.snapshots.${i}.scenes.${s}.top.0.probability`}
                        value={top[0]?.probability ?? Number.NaN}
                        as="percent"
                      />
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </>
  );
}

/** Runs the whole page on the weights of a step, and sets them beside the shipped ones. */
function PartButtons({ step }: { step: number }): JSX.Element {
  const here = fields.weights.value === step;
  return (
    <>
      <button
        type="button"
        aria-pressed={here}
        aria-label={t('runStep', { n: step })}
        title={t('runStep', { n: step })}
        onClick={() => change({ weights: here ? 'shipped' : step })}
      >
        ▸
      </button>{' '}
      <button
        type="button"
        aria-label={t('besideStep', { n: step })}
        title={t('besideStep', { n: step })}
        onClick={() => change({ b: { ...requestOf(state.value), weights: step }, lens: 'compare' })}
      >
        B
      </button>
    </>
  );
}
