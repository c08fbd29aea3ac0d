import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { significant } from '../../inspect/figures/numbers.ts';
import { isLatents, type PageEdit } from '../state.ts';
import { Num } from './num.tsx';
import { Scroll } from './scroll.tsx';
import { change, state, view } from './store.ts';
import { t } from './texts.ts';

/** One value: what it is, how it is computed, how its numbers are spread; and a change of it. */
export function Value({ name }: { name: string }): JSX.Element {
  const tap = view('tap');
  if (tap?.view.name !== name) return <p class="quiet">{t('working')}</p>;
  const { dims, shape, equation, source, gloss, mean, std, min, max, counts, cells } = tap.view;
  const most = Math.max(1, ...counts);
  const numbers = {
    mean: significant(mean ?? NaN),
    std: significant(std ?? NaN),
    min: significant(min ?? NaN),
    max: significant(max ?? NaN),
  };
  return (
    <div class={tap.stale ? 'value stale' : 'value'}>
      <p>{gloss[state.value.lang]}</p>
      <dl>
        <dt>{t('equation')}</dt>
        <dd>
          <code lang="en">{equation}</code>
        </dd>
        <dt>{t('source')}</dt>
        <dd lang="en">{source}</dd>
        <dt>{t('axes')}</dt>
        <dd lang="en">{dims.map((dim, i) => `${dim} ${shape[i]}`).join(' × ')}</dd>
      </dl>
      <p>{t('statistics', numbers)}</p>
      <figure>
        <figcaption>{t('histogram')}</figcaption>
        <svg class="histogram" viewBox={`0 0 ${counts.length} 1`} preserveAspectRatio="none" aria-hidden="true">
          {counts.map((count, i) => (
            <rect key={`bin ${i}`} x={i + 0.05} y={1 - count / most} width="0.9" height={count / most} />
          ))}
        </svg>
        <p class="histogram-ends num quiet small" aria-hidden="true">
          <span>{numbers.min}</span>
          <span>{numbers.max}</span>
        </p>
      </figure>
      <EditHere name={name} />
      <details class="fold">
        <summary>{t('cells')}</summary>
        <Scroll label={t('cells')}>
          <table class="grid">
            <tbody>
              {Array.from({ length: cells.rows }, (_, r) => (
                <tr key={`row ${r}`}>
                  {Array.from({ length: cells.columns }, (_, c) => (
                    <td key={`cell ${c}`}>
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
    </div>
  );
}

const CHANGES = { set: 'setTo', scale: 'scaleBy', add: 'addTo' } as const;

function EditHere({ name }: { name: string }): JSX.Element | null {
  const [kind, setKind] = useState<keyof typeof CHANGES>('scale');
  const [value, setValue] = useState(0);
  if (state.value.hide.includes('rooms')) return null;
  const others = state.value.edits.filter((edit) => isLatents(edit) || edit.at !== name);
  const apply = (): void => change({ edits: [...others, { at: name, [kind]: value } as unknown as PageEdit] });
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
      <button type="button" onClick={apply}>
        {t('apply')}
      </button>
      <button
        type="button"
        disabled={others.length === state.value.edits.length}
        onClick={() => change({ edits: others })}
      >
        {t('undoEdit')}
      </button>
    </fieldset>
  );
}
