import type { JSX } from 'preact';
import { readable } from '../../inspect/figures/words.ts';
import type { AnswerView, CompareView } from '../protocol.ts';
import { untouched, type Weights } from '../state.ts';
import { FigureFrame } from './figure-tools.tsx';
import { Num } from './num.tsx';
import { Problem } from './problem.tsx';
import { Scroll } from './scroll.tsx';
import { change, fields, hereStep, problems, requestOf, state, view } from './store.ts';
import { training } from './teach.ts';
import { t, withParts } from './texts.ts';

const SIDES = ['a', 'b'] as const;
type Side = (typeof SIDES)[number];

/** Two runs side by side, and where they first differ: other edits, another prompt, or the weights of another step. */
export function Compare(): JSX.Element {
  const [lens, b] = [fields.lens.value, fields.b.value];
  const open = lens === 'compare';
  const compare = view('compare');
  return (
    <details
      class="fold"
      open={open}
      onToggle={(event) => {
        const now = event.currentTarget.open;
        if (now !== open) change({ lens: now ? 'compare' : null });
      }}
    >
      <summary>{t('compare')}</summary>
      <p class="quiet small">{t('compareHint')}</p>
      <p class="small">{b ? t('savedB') : t('untouchedB')}</p>
      <p class="buttons">
        <button type="button" onClick={() => change({ b: requestOf(state.value) })}>
          {t('putAside')}
        </button>
        <button type="button" disabled={!b} onClick={() => b && change({ ...b, b: requestOf(state.value) })}>
          {t('swap')}
        </button>
        <button type="button" disabled={!b} onClick={() => change({ b: null })}>
          {t('untouchedAgain')}
        </button>
      </p>
      <p class="buttons small">
        {SIDES.map((side) => (
          <WeightsOf key={side} side={side} />
        ))}
      </p>
      {open && view('run')?.view.parts.length === 0 ? <p class="quiet small">{t('noParts')}</p> : null}
      {problems.value.compare ? <Problem problem={problems.value.compare} /> : null}
      {open && compare ? (
        <div class={compare.stale ? 'stale' : ''}>
          <FigureFrame name="compare">
            <Answers compare={compare.view} />
          </FigureFrame>
          <Divergence compare={compare.view} />
        </div>
      ) : null}
    </details>
  );
}

/** Which weights a side runs on: the shipped ones, those of a step on the way to them, or those trained in the page. */
function WeightsOf({ side }: { side: Side }): JSX.Element {
  const [weights, b] = [fields.weights.value, fields.b.value];
  const now: Weights = side === 'a' ? weights : (b?.weights ?? 'shipped');
  const steps = view('run')?.view.parts ?? [];
  const known: Weights[] = ['shipped', ...steps, ...(training.value ? (['here'] as const) : [])];
  const offered = known.includes(now) ? known : [...known, now];
  const take = (text: string): void => {
    const chosen = offered.find((one) => String(one) === text) ?? 'shipped';
    change(side === 'a' ? { weights: chosen } : { b: { ...(b ?? untouched(state.value)), weights: chosen } });
  };
  return (
    <label>
      {t('runsOn', { side: side.toUpperCase() })}{' '}
      <select value={String(now)} onChange={(event) => take(event.currentTarget.value)}>
        {offered.map((one) => (
          <option key={one} value={String(one)}>
            {nameOf(one)}
          </option>
        ))}
      </select>
    </label>
  );
}

function nameOf(weights: Weights): string {
  if (weights === 'shipped') return t('shippedWeights');
  return weights === 'here' ? t('hereWeights', { n: hereStep.value }) : t('stepN', { n: weights });
}

function Answers({ compare }: { compare: CompareView }): JSX.Element {
  const { a, b } = compare;
  const rows = Array.from({ length: Math.max(a.top.length, b.top.length) }, (_, i) => i);
  return (
    <Scroll label={t('compare')}>
      <table class="grid compared">
        <thead>
          <tr>
            <td />
            {SIDES.map((side) => (
              <th key={side} scope="col">
                {side.toUpperCase()}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{t('answer')}</th>
            {SIDES.map((side) => (
              <td key={side}>
                <strong>{compare[side].text || t('nothing')}</strong>
              </td>
            ))}
          </tr>
          {rows.map((i) => (
            <tr key={i}>
              <th scope="row">{t('nthToken', { n: i + 1 })}</th>
              {SIDES.map((side) => (
                <td key={side}>
                  <Likely answer={compare[side]} at={`compare.${side}.top.${i}.probability`} index={i} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Likely({ answer, at, index }: { answer: AnswerView; at: string; index: number }): JSX.Element | null {
  const chance = answer.top[index];
  if (!chance) return null;
  return (
    <>
      {readable(chance.token)} <Num at={at} value={chance.probability} as="percent" />
    </>
  );
}

function Divergence({ compare: { first, differing, all } }: { compare: CompareView }): JSX.Element {
  const values = <Num at="compare.all" value={all} as="whole" />;
  if (!first) return <p class="small">{withParts('identical', { all: values })}</p>;
  return (
    <>
      <p class="small">{t('diverges')}</p>
      <p>
        <button type="button" onClick={() => change({ at: { tap: first.name } })}>
          {first.name}
        </button>{' '}
        <span>
          <Num at="compare.first.values.0" value={first.values[0]} as="significant" /> /{' '}
          <Num at="compare.first.values.1" value={first.values[1]} as="significant" />
        </span>
      </p>
      <p class="small">
        {withParts('differing', { n: <Num at="compare.differing" value={differing} as="whole" />, all: values })}
      </p>
    </>
  );
}
