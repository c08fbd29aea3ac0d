import { effect } from '@preact/signals';
import type { JSX } from 'preact';
import { TOUR_STEPS } from '../codec.ts';
import { gateEdit, isLatents } from '../state.ts';
import { change, facts, fields, scenes, state } from './store.ts';
import { training } from './teach.ts';
import type { TextKey } from './texts.en.ts';
import { t } from './texts.ts';

/** Which scene the tour walks through: made-up words, where every step shows. */
const SCENE = 3;

interface Stop {
  /** What is pointed at, and gets the focus when it is asked for. */
  readonly target: string;
  /** Whether what the step waits for has been done. */
  readonly done: () => boolean;
}

const lastLayer = (): number => facts.value.gates.at(-1)?.layer ?? 0;
const isClosed = (layer: number): boolean =>
  gateEdit(state.value, layer, 'attention') === 0 && gateEdit(state.value, layer, 'dense') === 0;

const STOPS: readonly Stop[] = [
  { target: '.layer:first-child .gate.dense input', done: () => gateEdit(state.value, lastLayer(), 'dense') === 0 },
  { target: '.close-all', done: () => facts.value.gates.every(({ layer }) => isClosed(layer)) },
  { target: '.card:nth-child(3) .picture', done: () => state.value.edits.some(isLatents) },
  { target: '.ribbon input[type="radio"]:not(:checked)', done: () => state.value.attend === 'previous' },
  { target: '.ribbon li:nth-child(3) .token', done: () => state.value.token !== null },
  { target: '.train-here .begin', done: () => (training.value?.step ?? 0) > 0 },
];

effect(() => {
  document.documentElement.dataset.tour = String(fields.tour.value ?? '');
});

export const startTour = (): void =>
  change({
    tour: 0,
    prompt: scenes()[SCENE]?.prompt ?? [],
    edits: [],
    attend: 'latest',
    weights: 'shipped',
    token: null,
  });

/** Five acts and a sixth: each waits until it is done, and can be passed by. */
export function Tour(): JSX.Element | null {
  const tour = fields.tour.value;
  const stop = tour === null ? undefined : STOPS[tour];
  if (tour === null || !stop) return null;
  const done = stop.done();
  const last = tour === TOUR_STEPS - 1;
  const next = (): void => change({ tour: last ? null : tour + 1 });
  const show = (): void => {
    const target = document.querySelector<HTMLElement>(stop.target);
    target?.scrollIntoView({ block: 'center' });
    target?.focus();
  };
  return (
    <section class="tour" aria-labelledby="tour-title">
      <h2 id="tour-title">{t('tourStep', { n: tour + 1, all: TOUR_STEPS })}</h2>
      <div role="status">
        <p>{t(`tour${tour}` as TextKey, { n: lastLayer() })}</p>
        {done ? <p class="right">✓ {t(`tour${tour}Done` as TextKey)}</p> : null}
      </div>
      <p class="buttons">
        <button type="button" onClick={show}>
          {t('tourShow')}
        </button>
        <button type="button" class={done ? 'primary' : ''} onClick={next}>
          {last ? t('tourEnd') : done ? t('tourNext') : t('tourSkip')}
        </button>
        {last ? null : (
          <button type="button" onClick={() => change({ tour: null })}>
            {t('tourEnd')}
          </button>
        )}
      </p>
    </section>
  );
}
