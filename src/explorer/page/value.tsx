import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { significant } from '../../inspect/figures/numbers.ts';
import { readable } from '../../inspect/figures/words.ts';
import { citation } from '../../runs/citation.ts';
import { inLanguage } from '../../runs/worded.ts';
import type { TapView } from '../protocol.ts';
import { isLatents, type PageEdit } from '../state.ts';
import { FigureFrame } from './figure-tools.tsx';
import { Num } from './num.tsx';
import { Scroll } from './scroll.tsx';
import { change, fields, view } from './store.ts';
import { t } from './texts.ts';

/** One value: what it is, how it is computed, how its numbers are spread; and a change of it. */
export function Value({ name }: { name: string }): JSX.Element {
  const tap = view('tap');
  if (tap?.view.name !== name) return <p class="quiet">{t('working')}</p>;
  const { dims, shape, equation, source, file, gloss } = tap.view;
  return (
    <div class={tap.stale ? 'value stale' : 'value'}>
      <p>{inLanguage(gloss, fields.lang.value)}</p>
      <dl>
        <dt>{t('equation')}</dt>
        <dd>
          <code lang="en">{equation}</code>
        </dd>
        <dt>{t('source')}</dt>
        <dd>{citation(source, fields.lang.value)}</dd>
        <dt>{t('file')}</dt>
        <dd>
          <code lang="en">{file}</code>
        </dd>
        <dt>{t('axes')}</dt>
        <dd lang="en">{dims.map((dim, i) => `${dim} ${shape[i]}`).join(' × ')}</dd>
      </dl>
      <Cell tap={tap.view} />
      <Spread tap={tap.view} />
      <EditHere name={name} tap={tap.view} />
      <Cells tap={tap.view} />
    </div>
  );
}

const choose = (name: string, cell: readonly number[]): void => change({ at: { tap: name, cell } }, { merge: true });

/** The chosen cell, and the equation with its numbers. */
function Cell({ tap: { name, dims, shape, cell } }: { tap: TapView }): JSX.Element {
  const { index, value, equation } = cell;
  const tokens = view('figure')?.view.tokens ?? [];
  const off = equation !== null && Math.abs(equation.value - value) > 1e-3 * Math.max(1e-3, Math.abs(value));
  return (
    <section class="cell" aria-labelledby="cell-title">
      <h3 id="cell-title">{t('cell')}</h3>
      <p class="buttons">
        {index.map((at, axis) => (
          <label key={axis} class="small">
            <span lang="en">{dims[axis]}</span>{' '}
            <input
              type="number"
              min="0"
              max={(shape[axis] ?? 1) - 1}
              value={at}
              onChange={(event) => choose(name, index.with(axis, Math.max(0, event.currentTarget.valueAsNumber || 0)))}
            />{' '}
            {dims[axis] === 'text' ? readable(tokens[at] ?? '') : ''}
          </label>
        ))}
      </p>
      <p class="numbers">
        {equation ? (
          <>
            <code class="num-equation">{equation.text}</code> ={' '}
            <Num at="tap.cell.equation.value" value={equation.value} as="significant" />
          </>
        ) : (
          <>
            {t('noEquation')} <Num at="tap.cell.value" value={value} as="significant" />
          </>
        )}
      </p>
      {equation?.text.includes('Σ(') ? <p class="quiet small">{t('sumHint')}</p> : null}
      {off ? (
        <p class="notice small">
          {t('editedCell')} <Num at="tap.cell.value" value={value} as="significant" />
        </p>
      ) : null}
    </section>
  );
}

function Spread({ tap }: { tap: TapView }): JSX.Element {
  const { name, mean, std, min, max, counts, edges } = tap;
  const most = Math.max(1, ...counts);
  const numbers = { mean, std, min, max };
  return (
    <figure>
      <figcaption>{t('histogram')}</figcaption>
      <dl class="statistics">
        {(['mean', 'std', 'min', 'max'] as const).map((key) => (
          <div key={key}>
            <dt>{t(key)}</dt>
            <dd>
              <Num at={`tap.${key}`} value={numbers[key] ?? Number.NaN} as="significant" />
            </dd>
          </div>
        ))}
      </dl>
      <FigureFrame
        name={`spread-of-${name}`}
        table={() => (
          <Scroll label={t('histogram')}>
            <table class="grid bins">
              <thead>
                <tr>
                  <th scope="col">{t('from')}</th>
                  <th scope="col">{t('to')}</th>
                  <th scope="col">{t('count')}</th>
                </tr>
              </thead>
              <tbody>
                {counts.map((count, i) => (
                  <tr key={`bin ${i}`}>
                    <td>
                      <Num at={`tap.edges.${i}`} value={edges[i] ?? 0} as="significant" />
                    </td>
                    <td>
                      <Num at={`tap.edges.${i + 1}`} value={edges[i + 1] ?? 0} as="significant" />
                    </td>
                    <td>
                      <Num at={`tap.counts.${i}`} value={count} as="whole" />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        )}
      >
        <svg class="histogram" viewBox={`0 0 ${counts.length} 1`} preserveAspectRatio="none" aria-hidden="true">
          {counts.map((count, i) => (
            <rect key={`bin ${i}`} x={i + 0.05} y={1 - count / most} width="0.9" height={count / most} />
          ))}
        </svg>
        <p class="histogram-ends num quiet small" aria-hidden="true">
          <span>{significant(min ?? Number.NaN)}</span>
          <span>{significant(max ?? Number.NaN)}</span>
        </p>
      </FigureFrame>
    </figure>
  );
}

/** The numbers around the chosen cell; each can be chosen by a click. */
function Cells({ tap: { name, shape, cells, cell } }: { tap: TapView }): JSX.Element {
  const [row, column] = [cell.index.at(-2) ?? 0, cell.index.at(-1) ?? 0];
  const at = (r: number, c: number): number[] =>
    shape.length > 1 ? [...cell.index.slice(0, -2), cells.from[0] + r, cells.from[1] + c] : [cells.from[1] + c];
  return (
    <details class="fold">
      <summary>{t('cells')}</summary>
      <Scroll label={t('cells')}>
        <table class="grid cells">
          <tbody>
            <tr>
              <td />
              {Array.from({ length: cells.columns }, (_, c) => (
                <th key={`column ${c}`} scope="col">
                  {cells.from[1] + c}
                </th>
              ))}
            </tr>
            {Array.from({ length: cells.rows }, (_, r) => (
              <tr key={`row ${r}`}>
                <th scope="row">{cells.from[0] + r}</th>
                {Array.from({ length: cells.columns }, (_, c) => (
                  // biome-ignore lint/a11y/useKeyWithClickEvents: the fields of the chosen cell do the same by keyboard
                  <td
                    key={`cell ${c}`}
                    class={cells.from[0] + r === row && cells.from[1] + c === column ? 'chosen' : ''}
                    onClick={() => choose(name, at(r, c))}
                  >
                    <Num
                      at={`tap.cells.values.${r * cells.columns + c}`}
                      value={cells.values[r * cells.columns + c] ?? 0}
                      as="significant"
                    />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}

const CHANGES = { set: 'setTo', scale: 'scaleBy', add: 'addTo' } as const;
const PLACES = { all: 'wholeValue', row: 'thisRow', cell: 'thisCell' } as const;

function EditHere({ name, tap }: { name: string; tap: TapView }): JSX.Element | null {
  const [kind, setKind] = useState<keyof typeof CHANGES>('scale');
  const [place, setPlace] = useState<keyof typeof PLACES>('all');
  const [value, setValue] = useState(0);
  if (fields.hide.value.includes('rooms')) return null;
  const others = fields.edits.value.filter((edit) => isLatents(edit) || edit.at !== name);
  const { index } = tap.cell;
  const axes = tap.dims.map((dim, axis) => [dim, index[axis] ?? 0] as const).filter(([dim]) => dim !== 'batch');
  const where = place === 'all' ? null : Object.fromEntries(place === 'row' ? axes.slice(0, -1) : axes);
  const apply = (): void =>
    change({ edits: [...others, { at: name, [kind]: value, ...(where && { where }) } as unknown as PageEdit] });
  return (
    <fieldset class="switch">
      <legend>{t('editHere')}</legend>
      <select aria-label={t('editHere')} value={kind} onChange={(event) => setKind(event.currentTarget.value as 'set')}>
        {(Object.keys(CHANGES) as (keyof typeof CHANGES)[]).map((key) => (
          <option key={key} value={key}>
            {t(CHANGES[key])}
          </option>
        ))}
      </select>
      <input
        type="number"
        step="any"
        aria-label={t(CHANGES[kind])}
        value={value}
        onInput={(event) => setValue(Number(event.currentTarget.value))}
      />
      <select
        aria-label={t('whereHere')}
        value={place}
        onChange={(event) => setPlace(event.currentTarget.value as 'all')}
      >
        {(Object.keys(PLACES) as (keyof typeof PLACES)[])
          .filter((key) => key !== 'row' || axes.length > 1)
          .map((key) => (
            <option key={key} value={key}>
              {t(PLACES[key], { at: axes.map(([dim, i]) => `${dim} ${i}`).join(', ') })}
            </option>
          ))}
      </select>
      <button type="button" onClick={apply}>
        {t('apply')}
      </button>
      <button
        type="button"
        disabled={others.length === fields.edits.value.length}
        onClick={() => change({ edits: others })}
      >
        {t('undoEdit')}
      </button>
    </fieldset>
  );
}
