import type { JSX } from 'preact';
import { Problem } from './answer.tsx';
import { Num } from './num.tsx';
import { change, problems, requestOf, state, view } from './store.ts';
import { t } from './texts.ts';

/** Two runs side by side, and where they first differ. */
export function Compare(): JSX.Element {
  const { lens, b } = state.value;
  const open = lens === 'compare';
  const compare = view('compare');
  const aside = requestOf(state.value);
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
        <button type="button" onClick={() => change({ b: aside })}>
          {t('putAside')}
        </button>
        <button type="button" disabled={!b} onClick={() => b && change({ ...b, b: aside })}>
          {t('swap')}
        </button>
        <button type="button" disabled={!b} onClick={() => change({ b: null })}>
          {t('untouched')}
        </button>
      </p>
      {problems.value.compare ? <Problem message={problems.value.compare.message} /> : null}
      {open && compare ? (
        <div class={compare.stale ? 'stale' : ''}>
          <p>
            A <strong>{compare.view.a.text || t('nothing')}</strong> · B{' '}
            <strong>{compare.view.b.text || t('nothing')}</strong>
          </p>
          <Divergence />
        </div>
      ) : null}
    </details>
  );
}

function Divergence(): JSX.Element | null {
  const compare = view('compare');
  if (!compare) return null;
  const { first, differing, all } = compare.view;
  if (!first) return <p>{t('identical', { all })}</p>;
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
      <p class="small">{t('differing', { n: differing, all })}</p>
    </>
  );
}
